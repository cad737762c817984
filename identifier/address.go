package identifier

import (
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// checkIPv4 takes no leading zeros: some programs read them as octal.
func checkIPv4(s string) Fault {
	if a, err := netip.ParseAddr(s); err == nil && a.Is4() {
		return spelled(s, a.String())
	}
	var parts []string
	for _, p := range strings.Split(s, ".") {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || len(p) > 3 {
			return unlike(IPv4)
		}
		parts = append(parts, strconv.FormatUint(n, 10))
	}
	if len(parts) != 4 {
		return unlike(IPv4)
	}
	want := strings.Join(parts, ".")
	return wrong(fmt.Sprintf("has leading zeros, which some programs read as octal: write %q if that is what the log means", want),
		fmt.Sprintf("含有前导零，部分程序会按八进制解读：如日志即此意，请写作“%s”", want))
}

func checkIPv6(s string) Fault {
	a, err := netip.ParseAddr(s)
	switch {
	case err != nil || a.Is4():
		return unlike(IPv6)
	case a.Zone() != "":
		return wrong("names an interface of one machine after the %; leave it out", "“%” 之后是某台设备的接口名称；请删去")
	case a.Is4In6():
		return wrong(fmt.Sprintf("is the IPv4 address %q: give it as one", a.Unmap()), fmt.Sprintf("实为 IPv4 地址“%s”：请按 IPv4 填写", a.Unmap()))
	}
	return spelled(s, a.String())
}

var (
	asnForm  = regexp.MustCompile(`^(?i:asn?)? ?(\d{1,10})$`)
	asdotted = regexp.MustCompile(`^(?i:asn?)? ?(\d{1,5})\.(\d{1,5})$`)
)

func checkASN(s string) Fault {
	if n, ok := parseASN(s); ok {
		return spelled(s, fmt.Sprintf("AS%d", n))
	}
	return unlike(ASN)
}

// parseASN reads asplain and asdot (RFC 5396), with or without the letters.
func parseASN(s string) (uint32, bool) {
	if m := asnForm.FindStringSubmatch(s); m != nil {
		n, err := strconv.ParseUint(m[1], 10, 32)
		return uint32(n), err == nil
	}
	m := asdotted.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	hi, err := strconv.ParseUint(m[1], 10, 16)
	if err != nil {
		return 0, false
	}
	lo, err := strconv.ParseUint(m[2], 10, 16)
	return uint32(hi<<16 | lo), err == nil
}
