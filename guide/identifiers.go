package guide

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"comity"
)

// Addresses and names that nobody can own. An exercise may use only these, and
// live traffic none of them, so that a leak either way is caught by the check.
var (
	reservedNets = nets("192.0.2.0/24 198.51.100.0/24 203.0.113.0/24 2001:db8::/32 3fff::/20" + // documentation
		" 0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.168.0.0/16" +
		" 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4" +
		" ::/128 ::1/128 ::ffff:0:0/96 100::/64 fc00::/7 fe80::/10 fec0::/10 ff00::/8")
	reservedNames = []string{"example", "test", "invalid", "localhost", "local", "example.com", "example.net", "example.org", "home.arpa"}
)

func nets(list string) (ps []netip.Prefix) {
	for _, s := range strings.Fields(list) {
		ps = append(ps, netip.MustParsePrefix(s))
	}
	return ps
}

func reservedAddr(a netip.Addr) bool {
	for _, p := range reservedNets {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func reservedName(host string) bool {
	host = strings.ToLower(host)
	for _, n := range reservedNames {
		if host == n || strings.HasSuffix(host, "."+n) {
			return true
		}
	}
	return false
}

// host returns what of an item a registry could have given to somebody.
func host(it Item) (string, bool) {
	switch it.Type {
	case "ipv4", "ipv6", "domain":
		return it.Value, true
	case "url":
		u, err := url.Parse(it.Value)
		if err != nil {
			return "", false
		}
		return u.Hostname(), true
	case "email", "account":
		_, h, ok := strings.Cut(it.Value, "@")
		return h, ok
	}
	return "", false
}

// realms keeps play out of work and work out of play. An account without an @
// and a hash belong to no registry, so nothing can be said of them.
func realms(p Preservation, s Setting) (fs []fault) {
	for i, it := range p.Items {
		h, ok := host(it)
		if !ok || h == "" {
			continue
		}
		a, err := netip.ParseAddr(h)
		reserved := err == nil && reservedAddr(a) || err != nil && reservedName(h)
		switch {
		case s.Realm == comity.Live && reserved:
			fs = append(fs, fault{at(i, "value"), fmt.Sprintf("%s is private or reserved for documentation: nobody holds data on it", comity.Clip(h))})
		case s.Realm != comity.Live && !reserved:
			fs = append(fs, fault{at(i, "value"), fmt.Sprintf("%s may be somebody's; an exercise uses only reserved ones, such as %q or %q", comity.Clip(h), "203.0.113.77", "mail.example")})
		}
	}
	return fs
}

func ports(p Preservation, _ Setting) (fs []fault) {
	for i, it := range p.Items {
		if it.Type == "ipv4" && it.Port == 0 {
			fs = append(fs, fault{at(i, "port"), "there is none"})
		}
	}
	return fs
}

var domainForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)

func isDomain(s string) bool { return len(s) <= 253 && domainForm.MatchString(s) }

func forms(p Preservation, _ Setting) (fs []fault) {
	for i, it := range p.Items {
		if w := malformed(it); w != "" {
			fs = append(fs, fault{at(i, "value"), fmt.Sprintf("%q %s", comity.Clip(it.Value), w)})
		}
		if w := BadID(it.ID); w != "" {
			fs = append(fs, fault{at(i, "id"), w})
		}
		if it.Port < 0 || it.Port > 65535 {
			fs = append(fs, fault{at(i, "port"), "it is not 1 to 65535"})
		}
	}
	return fs
}

// BadID says what is wrong with an item's id. An answer names several with commas
// between them. That there is one, package request says.
func BadID(id string) string {
	other := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-", r)
	}
	if strings.ContainsFunc(id, other) {
		return fmt.Sprintf("%q has more than letters, digits, '.', '_' and '-'; an example is %q", comity.Clip(id), "1")
	}
	return ""
}

func malformed(it Item) string {
	v := it.Value
	if strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return "has a character that cannot be seen"
	}
	switch it.Type {
	case "ipv4", "ipv6":
		a, err := netip.ParseAddr(v)
		if err != nil || a.Zone() != "" || a.Is4() != (it.Type == "ipv4") {
			return fmt.Sprintf("is not an address such as %q", map[string]string{"ipv4": "203.0.113.77", "ipv6": "2001:db8::77"}[it.Type])
		}
		if a.String() != v {
			return fmt.Sprintf("is usually written %q", a)
		}
	case "domain":
		if !isDomain(v) {
			return fmt.Sprintf("is not a domain such as %q; write other scripts as xn-- labels, in lower case", "mail.example")
		}
	case "email":
		local, h, ok := strings.Cut(v, "@")
		if !ok || local == "" || len(local) > 64 || strings.ContainsFunc(local, unprintable) || !isDomain(h) {
			return fmt.Sprintf("is not an address such as %q", "kite-3391@mail.example")
		}
	case "url":
		u, err := url.Parse(v)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || !isHost(u.Hostname()) {
			return fmt.Sprintf("is not a URL such as %q", "https://mail.example/u/3391")
		}
	case "hash":
		b, err := hex.DecodeString(v)
		if n := len(b); err != nil || v != strings.ToLower(v) || n != 16 && n != 20 && n != 32 && n != 48 && n != 64 {
			return "is not the lower-case hexadecimal digits of an MD5, SHA-1 or SHA-2 value"
		}
	}
	return ""
}

func isHost(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil || isDomain(s)
}

func unprintable(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) || r == '@' }

// displayNames takes what has a space in it for what a person is called: no
// service we know of has spaces in its account IDs.
func displayNames(p Preservation, _ Setting) (fs []fault) {
	for i, it := range p.Items {
		if it.Type == "account" && strings.ContainsFunc(it.Value, unicode.IsSpace) {
			fs = append(fs, fault{at(i, "value"), fmt.Sprintf("%q looks like a display name", comity.Clip(it.Value))})
		}
	}
	return fs
}
