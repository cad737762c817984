package identifier

import (
	"cmp"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"comity"
)

// A Reservation says whether anybody can hold data on an identifier. Live traffic
// takes none that is reserved, and an exercise no other, so that a leak either way
// is caught by the check.
type Reservation struct {
	Known    bool // false where the form of the identifier tells nothing
	Reserved bool
	Why      comity.Text // what it is reserved for: "is for documentation (TEST-NET-3)"
	Cite     string      // such as "RFC 5737"
}

// Reserved tells whether value is private, reserved or an example. A value in a
// wrong form counts as the canonical one, where it has such; else it may still
// count as somebody's, as a wrong address counts as a name.
func Reserved(typ, value string) Reservation {
	k, ok := find(typ)
	if !ok || len(value) > Longest {
		return Reservation{}
	}
	return k.reserve(cmp.Or(Check(typ, value).Want, value))
}

// CGNAT reports whether addr is of the address space that a carrier shares among
// its customers (RFC 6598). It is worth its own sentence: the log was taken inside
// the carrier's network, and the public address and port are what to ask for.
func CGNAT(addr string) bool {
	a, err := netip.ParseAddr(addr)
	return err == nil && netip.MustParsePrefix("100.64.0.0/10").Contains(a.Unmap())
}

// prefixes are those of special, read once.
var prefixes = func() (list []netip.Prefix) {
	for _, s := range special {
		list = append(list, netip.MustParsePrefix(s.prefix))
	}
	return list
}()

func unknown(string) Reservation { return Reservation{} }

func nobody(en, zh, cite string) Reservation {
	return Reservation{true, true, t("is "+en, "属于"+zh), cite}
}

var somebody = Reservation{Known: true}

type use int

const (
	none    use = iota // no subscriber has it
	held               // somebody may
	carries            // it carries an IPv4 address, of which the question is asked
)

// special is the IANA special-purpose registries of IPv4 and IPv6 (RFC 6890, RFC
// 8190; as of 2025) and, since the same question is asked of them, multicast and
// what is not unicast. The longest prefix decides. An IPv4-mapped address
// (::ffff:0:0/96) counts as the IPv4 address that it is.
var special = []struct {
	prefix, en, zh, cite string
	use                  use
}{
	{"0.0.0.0/0", "", "", "", held},
	{"0.0.0.0/8", "this network's own", "“本网络”地址", "RFC 791, section 3.2", none},
	{"0.0.0.0/32", "any host's own, on its network", "“本网络上的本主机”地址", "RFC 1122, section 3.2.1.3", none},
	{"10.0.0.0/8", "private", "私有地址", "RFC 1918", none},
	{"100.64.0.0/10", "shared by a carrier among its customers: ask for the public address and port that the other end logged", "运营商级 NAT 共享地址：请改用对端日志记录的公网地址和端口", "RFC 6598", none},
	{"127.0.0.0/8", "loopback, inside one machine", "本机环回地址", "RFC 1122, section 3.2.1.3", none},
	{"169.254.0.0/16", "link-local", "链路本地地址", "RFC 3927", none},
	{"172.16.0.0/12", "private", "私有地址", "RFC 1918", none},
	{"192.0.0.0/24", "for protocols of the IETF", "IETF 协议专用地址", "RFC 6890, section 2.1", none},
	{"192.0.0.0/29", "for going over to IPv6", "IPv4 服务连续性前缀", "RFC 7335", none},
	{"192.0.0.8/32", "a dummy address", "IPv4 虚设地址", "RFC 7600", none},
	{"192.0.0.9/32", "the anycast address of a port control protocol", "端口控制协议任播地址", "RFC 7723", none},
	{"192.0.0.10/32", "the anycast address of a relay protocol", "TURN 中继任播地址", "RFC 8155", none},
	{"192.0.0.170/32", "for the discovery of NAT64", "NAT64/DNS64 发现地址", "RFC 8880; RFC 7050, section 2.2", none},
	{"192.0.0.171/32", "for the discovery of NAT64", "NAT64/DNS64 发现地址", "RFC 8880; RFC 7050, section 2.2", none},
	{"192.0.2.0/24", "for documentation (TEST-NET-1)", "文档示例地址（TEST-NET-1）", "RFC 5737", none},
	{"192.31.196.0/24", "the anycast address of a DNS sink (AS112)", "AS112 任播地址", "RFC 7535", none},
	{"192.52.193.0/24", "the anycast address of multicast tunnels (AMT)", "AMT 任播地址", "RFC 7450", none},
	{"192.88.99.0/24", "the former anycast address of 6to4 relays", "已废止的 6to4 中继任播地址", "RFC 7526", none},
	{"192.168.0.0/16", "private", "私有地址", "RFC 1918", none},
	{"192.175.48.0/24", "the anycast address of a DNS sink (AS112)", "AS112 任播地址", "RFC 7534", none},
	{"198.18.0.0/15", "for measuring network devices", "网络设备基准测试地址", "RFC 2544", none},
	{"198.51.100.0/24", "for documentation (TEST-NET-2)", "文档示例地址（TEST-NET-2）", "RFC 5737", none},
	{"203.0.113.0/24", "for documentation (TEST-NET-3)", "文档示例地址（TEST-NET-3）", "RFC 5737", none},
	{"224.0.0.0/4", "multicast", "组播地址", "RFC 5771", none},
	{"233.252.0.0/24", "for documentation (MCAST-TEST-NET)", "文档示例组播地址（MCAST-TEST-NET）", "RFC 6676", none},
	{"240.0.0.0/4", "reserved", "保留地址", "RFC 1112, section 4", none},
	{"255.255.255.255/32", "the limited broadcast", "受限广播地址", "RFC 8190; RFC 919, section 7", none},

	{"::/0", "outside the unicast addresses that are given out", "未分配的地址空间", "RFC 4291; IANA IPv6 address space", none},
	{"2000::/3", "", "", "", held},
	{"::/128", "the unspecified address", "未指定地址", "RFC 4291", none},
	{"::1/128", "loopback, inside one machine", "本机环回地址", "RFC 4291", none},
	{"64:ff9b::/96", "", "", "RFC 6052", carries},
	{"64:ff9b:1::/48", "for translation inside one network", "本地 IPv4/IPv6 转换地址", "RFC 8215", none},
	{"100::/64", "discarded by every router", "仅供丢弃的地址", "RFC 6666", none},
	{"100:0:0:1::/64", "a dummy prefix", "IPv6 虚设前缀", "RFC 9780", none},
	{"2001::/23", "for protocols of the IETF", "IETF 协议专用地址", "RFC 2928", none},
	{"2001::/32", "", "", "RFC 4380; RFC 8190", carries},
	{"2001:1::1/128", "the anycast address of a port control protocol", "端口控制协议任播地址", "RFC 7723", none},
	{"2001:1::2/128", "the anycast address of a relay protocol", "TURN 中继任播地址", "RFC 8155", none},
	{"2001:1::3/128", "the anycast address of a registration protocol", "DNS-SD 服务注册协议任播地址", "RFC 9665", none},
	{"2001:2::/48", "for measuring network devices", "网络设备基准测试地址", "RFC 5180; RFC errata 1752", none},
	{"2001:3::/32", "the anycast address of multicast tunnels (AMT)", "AMT 任播地址", "RFC 7450", none},
	{"2001:4:112::/48", "the anycast address of a DNS sink (AS112)", "AS112 任播地址", "RFC 7535", none},
	{"2001:10::/28", "a former identifier of hosts (ORCHID)", "已废止的 ORCHID 标识", "RFC 4843", none},
	{"2001:20::/28", "an identifier of hosts, not of a place in a network (ORCHIDv2)", "ORCHIDv2 标识", "RFC 7343", none},
	{"2001:30::/28", "", "", "RFC 9374: a drone's registered tag", held},
	{"2001:db8::/32", "for documentation", "文档示例地址", "RFC 3849", none},
	{"2002::/16", "", "", "RFC 3056", carries},
	{"2620:4f:8000::/48", "the anycast address of a DNS sink (AS112)", "AS112 任播地址", "RFC 7534", none},
	{"3fff::/20", "for documentation", "文档示例地址", "RFC 9637", none},
	{"5f00::/16", "a segment inside one network (SRv6)", "SRv6 段标识", "RFC 9602", none},
	{"fc00::/7", "private (unique local)", "唯一本地地址", "RFC 4193; RFC 8190", none},
	{"fe80::/10", "link-local", "链路本地地址", "RFC 4291", none},
	{"fec0::/10", "private (site-local)", "已废止的站点本地地址", "RFC 3879", none},
	{"ff00::/8", "multicast", "组播地址", "RFC 4291", none},
}

func reservedAddr(a netip.Addr) Reservation {
	a = a.WithZone("").Unmap()
	best := -1
	var bits int
	for i := range special {
		if p := prefixes[i]; p.Contains(a) && (best < 0 || p.Bits() > bits) {
			best, bits = i, p.Bits()
		}
	}
	s := special[best]
	switch s.use {
	case held:
		return somebody
	case carries:
		return reservedAddr(carried(a, bits))
	}
	return nobody(s.en, s.zh, s.cite)
}

// carried returns the IPv4 address within a: after the prefix of 6to4, inverted at
// the end for Teredo (RFC 4380, section 4), else plain at the end.
func carried(a netip.Addr, bits int) netip.Addr {
	b := a.As16()
	switch bits {
	case 16:
		return netip.AddrFrom4([4]byte(b[2:6]))
	case 32:
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
	}
	return netip.AddrFrom4([4]byte(b[12:]))
}

// specialNames are those of the IANA special-use domain names (RFC 6761) that
// nobody can register. An onion service (RFC 7686) is somebody's.
var specialNames = []struct{ name, en, zh, cite string }{
	{"example", "for documentation", "文档示例域名", "RFC 6761; RFC 2606"},
	{"example.com", "for documentation", "文档示例域名", "RFC 6761; RFC 2606"},
	{"example.net", "for documentation", "文档示例域名", "RFC 6761; RFC 2606"},
	{"example.org", "for documentation", "文档示例域名", "RFC 6761; RFC 2606"},
	{"test", "for tests", "测试用域名", "RFC 6761; RFC 2606"},
	{"invalid", "never valid", "无效域名", "RFC 6761; RFC 2606"},
	{"localhost", "loopback, inside one machine", "本机域名", "RFC 6761; RFC 2606"},
	{"local", "of one local network", "本地网络域名", "RFC 6762"},
	{"home.arpa", "of one home network", "家庭网络域名", "RFC 8375"},
	{"internal", "of one private network", "内部网络专用域名", "ICANN Board resolution 2024.07.29.06"},
	{"alt", "outside the DNS", "非 DNS 名称", "RFC 9476"},
	{"ipv4only.arpa", "for the discovery of NAT64", "NAT64 发现域名", "RFC 8880"},
	{"resolver.arpa", "of one's own resolver", "本地解析器域名", "RFC 9462"},
	{"service.arpa", "of one local network", "本地服务发现域名", "RFC 9665"},
}

func reservedHost(host string) Reservation {
	if a, err := netip.ParseAddr(host); err == nil {
		return reservedAddr(a)
	}
	name, ok := canonicalName(host)
	if !ok {
		name = strings.TrimSuffix(strings.ToLower(host), ".") // such as one with an underscore
	}
	for _, s := range specialNames {
		if name == s.name || strings.HasSuffix(name, "."+s.name) {
			return nobody(s.en, s.zh, s.cite)
		}
	}
	return somebody
}

func reservedURL(s string) Reservation {
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" {
		return Reservation{}
	}
	return reservedHost(u.Hostname())
}

// reservedMail reads what follows the last @ as a host. A handle such as @kite has
// none.
func reservedMail(s string) Reservation {
	if i := strings.LastIndexByte(s, '@'); i > 0 && i+1 < len(s) {
		return reservedHost(s[i+1:])
	}
	return Reservation{}
}

var fictionalPhones = []struct {
	form       *regexp.Regexp
	zh, en, by string
}{
	// The toll-free area codes are not split in this way.
	{regexp.MustCompile(`^\+1([2-79]\d\d|8([129]\d|0[1-9]|3[^3]|4[^4]|5[^5]|6[^6]|7[^7]|8[^8]))55501\d\d$`), "北美虚构号码", "for fiction in North America", "NANPA, 555 line numbers: 0100 to 0199"},
	{regexp.MustCompile(`^\+44(2079460\d{3}|7700900\d{3}|1134960\d{3}|1632960\d{3}|8081570\d{3}|3069990\d{3})$`), "英国影视专用号码", "for drama in the United Kingdom", "Ofcom, telephone numbers for drama"},
}

func reservedPhone(s string) Reservation {
	if !e164Form.MatchString(s) {
		return Reservation{}
	}
	for _, f := range fictionalPhones {
		if f.form.MatchString(s) {
			return nobody(f.en, f.zh, f.by)
		}
	}
	return somebody
}

// reservedIMEI knows the reporting body 00, which tests have.
func reservedIMEI(s string) Reservation {
	switch {
	case !allDigit.MatchString(s) || len(s) != 15:
		return Reservation{}
	case strings.HasPrefix(s, "00"):
		return nobody("of a test device", "测试设备的识别码", "GSMA TS.06, reporting body identifier 00")
	}
	return somebody
}

// specialASNs is the IANA special-purpose AS number registry (RFC 7249), and what
// IANA has not given to a regional registry next to it.
var specialASNs = []struct {
	from, to     uint32
	en, zh, cite string
}{
	{0, 0, "never used in routing", "不得用于路由的编号", "RFC 7607"},
	{112, 112, "shared by many operators of a DNS sink", "多家机构共用的 AS112", "RFC 7534"},
	{23456, 23456, "a stand-in for longer numbers (AS_TRANS)", "四字节编号的替代值（AS_TRANS）", "RFC 6793"},
	{64496, 64511, "for documentation", "文档示例编号", "RFC 5398"},
	{64512, 65534, "private", "私有编号", "RFC 6996"},
	{65535, 65535, "reserved", "保留编号", "RFC 7300"},
	{65536, 65551, "for documentation", "文档示例编号", "RFC 5398"},
	{65552, 131071, "reserved", "保留编号", "IANA autonomous system numbers"},
	{4200000000, 4294967294, "private", "私有编号", "RFC 6996"},
	{4294967295, 4294967295, "reserved", "保留编号", "RFC 7300"},
}

func reservedASN(s string) Reservation {
	n, ok := parseASN(s)
	if !ok {
		return Reservation{}
	}
	for _, r := range specialASNs {
		if r.from <= n && n <= r.to {
			return nobody(r.en, r.zh, r.cite)
		}
	}
	return somebody
}

func reservedIBAN(s string) Reservation {
	switch {
	case !ibanForm.MatchString(s):
		return Reservation{}
	case s[:2] == "ZZ":
		return nobody("of no country (ZZ)", "虚构账号（ZZ 不是任何国家）", "ISO 3166-1, user-assigned codes; for exercises: ours [proposal]")
	}
	return somebody
}

func reservedBIC(s string) Reservation {
	switch m := bicForm.FindStringSubmatch(s); {
	case m == nil:
		return Reservation{}
	case m[1] == "ZZ":
		return nobody("of no country (ZZ)", "虚构代码（ZZ 不是任何国家）", "ISO 3166-1, user-assigned codes; for exercises: ours [proposal]")
	case s[7] == '0':
		return nobody("for test and training", "测试和培训用代码", "ISO 9362, location code ending in 0")
	}
	return somebody
}
