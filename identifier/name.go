package identifier

import (
	"crypto/sha3"
	"encoding/base32"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

// canonicalName returns a name as the DNS has it: lower-case A-labels, no dot at
// the end, at least two labels, the last beginning with a letter.
func canonicalName(s string) (string, bool) {
	if len(s) > 1000 {
		return "", false
	}
	// Hyphens are left to domainForm: "r3---sn.example" is a name, though no A-label.
	profile := idna.New(idna.MapForLookup(), idna.BidiRule(), idna.Transitional(false), idna.CheckHyphens(false), idna.CheckJoiners(true))
	a, err := profile.ToASCII(strings.TrimSuffix(s, "."))
	if err != nil || len(a) > 253 || !domainForm.MatchString(a) {
		return "", false
	}
	if rest, ok := strings.CutSuffix(a, ".onion"); ok && !onion(rest[strings.LastIndexByte(rest, '.')+1:]) {
		return "", false
	}
	return a, true
}

// onion checks the key of a version 3 onion service: Tor rend-spec-v3, "Encoding
// onion addresses". It has a checksum, so a slip of the pen is found here.
func onion(label string) bool {
	b, err := base32.StdEncoding.DecodeString(strings.ToUpper(label))
	if err != nil || len(b) != 35 || b[34] != 3 {
		return false
	}
	sum := sha3.Sum256(append(append([]byte(".onion checksum"), b[:32]...), 3))
	return sum[0] == b[32] && sum[1] == b[33]
}

func checkDomain(s string) Fault {
	want, ok := canonicalName(s)
	switch {
	case ok:
		return spelled(s, want)
	case strings.HasSuffix(strings.ToLower(s), ".onion"):
		return wrong("is not the 56 characters of an onion service: its checksum does not fit", "不是 56 个字符的洋葱服务地址：校验和不符")
	}
	return wrong(fmt.Sprintf("is not a domain such as %q: at least two labels of a–z, 0–9 and -, at most 253 characters, and the last is no number", "mail.example"),
		fmt.Sprintf("不是“%s”这样的域名：至少两级，每级只含 a–z、0–9 和 -，总长不超过 253 个字符，且顶级不是数字", "mail.example"))
}

// canonicalHost returns a host of a URL, without the brackets of an IPv6 address.
func canonicalHost(s string) (string, bool) {
	if a, err := netip.ParseAddr(s); err == nil {
		return a.String(), a.Zone() == ""
	}
	return canonicalName(s)
}

func checkURL(s string) Fault {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "ftp" {
		return unlike(URL)
	}
	host, ok := canonicalHost(u.Hostname())
	if !ok {
		return wrong("has no valid host after its scheme; "+fmt.Sprintf("an example is %q", "https://mail.example/u/3391"), "缺少有效的主机名；示例：“https://mail.example/u/3391”")
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if p := u.Port(); p != "" {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return wrong("has a port that is not 1 to 65535", "端口号不在 1 至 65535 之间")
		}
		if !slices.Contains([]string{"http:80", "https:443", "ftp:21"}, u.Scheme+":"+p) {
			host += ":" + strconv.FormatUint(n, 10)
		}
	}
	secret := u.User != nil
	u.Host, u.User = host, nil
	if u.Path == "" {
		u.Path = "/"
	}
	want := escape(u.String())
	if secret {
		return Fault{t("carries a user name or a password: leave it out, and name the account as an item of its own", "含有用户名或密码：请删去，并将该账号另列一项"), want}
	}
	return spelled(s, want)
}

// escape writes what a URL may not hold as percent-encoded bytes, with capitals:
// RFC 3986, sections 2.1 and 6.2.2.1.
func escape(s string) string {
	isHex := func(i int) bool { return i < len(s) && strings.IndexByte("0123456789abcdefABCDEF", s[i]) >= 0 }
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%' && isHex(i+1) && isHex(i+2):
			b.WriteString(strings.ToUpper(s[i : i+3]))
			i += 2
		case c <= ' ' || c >= 0x7f || strings.IndexByte("%\"<>\\^`{|}", c) >= 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~\u0080-\U0010ffff-]+"

var (
	dotAtom = regexp.MustCompile(`^` + atom + `(\.` + atom + `)*$`)
	quoted  = regexp.MustCompile(`^"([ !#-\[\]-~]+)"$`)
)

// checkEmail takes a quoted local part only where none else will do: some
// providers have given out addresses such as "kite..3391"@mail.example.
func checkEmail(s string) Fault {
	i := strings.LastIndexByte(s, '@')
	if i < 0 || len(s) > 1000 {
		return unlike(Email)
	}
	local, host := norm.NFC.String(s[:i]), s[i+1:]
	if m := quoted.FindStringSubmatch(local); m != nil && dotAtom.MatchString(m[1]) {
		local = m[1]
	} else if m == nil && !dotAtom.MatchString(local) {
		return unlike(Email)
	}
	name, ok := canonicalName(host)
	if !ok || len(local) > 64 || len(local)+1+len(name) > 254 {
		return unlike(Email)
	}
	return spelled(s, local+"@"+name)
}
