package identifier_test

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"comity"
	"comity/identifier"
)

func TestCheck(t *testing.T) {
	const ok = "ok"
	for _, tt := range []struct {
		name, typ, value string
		want             string // "ok", or "=" and the canonical form, or a part of the sentence
	}{
		{"an address", "ipv4", "203.0.113.77", ok},
		{"an address with leading zeros, which may be octal", "ipv4", "203.0.113.077", "octal"},
		{"an address of too large numbers", "ipv4", "203.0.113.777", "not in the form"},
		{"an address of three numbers", "ipv4", "203.0.113", "not in the form"},
		{"an address of the other family", "ipv4", "2001:db8::77", "not in the form"},
		{"an address with a port", "ipv4", "203.0.113.77:80", "not in the form"},
		{"a network", "ipv4", "203.0.113.0/24", "not in the form"},
		{"an address after a space", "ipv4", " 203.0.113.77", "=203.0.113.77"},
		{"nothing", "ipv4", "", "is empty"},
		{"spaces", "ipv4", "  ", "is empty"},
		{"a type nobody knows", "fax", "1", "not of a known type"},
		{"an address of six", "ipv6", "2001:db8::77", ok},
		{"leading zeros of six", "ipv6", "2001:0db8::77", "=2001:db8::77"},
		{"capitals of six", "ipv6", "2001:DB8::77", "=2001:db8::77"},
		{"one zero group, shortened", "ipv6", "2001:db8::1:1:1:1:1", "=2001:db8:0:1:1:1:1:1"},
		{"a zone", "ipv6", "fe80::1%eth0", "interface"},
		{"four as six", "ipv6", "::ffff:203.0.113.77", "give it as one"},
		{"four, called six", "ipv6", "203.0.113.77", "not in the form"},

		{"a domain", "domain", "mail.example", ok},
		{"a domain of one label", "domain", "localhost", "not a domain"},
		{"a domain in capitals", "domain", "Mail.Example", "=mail.example"},
		{"a domain with the root's dot", "domain", "mail.example.", "=mail.example"},
		{"a domain in another script", "domain", "邮箱.example", "=xn--c0zu34b.example"},
		{"an A-label", "domain", "xn--c0zu34b.example", ok},
		{"a top level in another script", "domain", "mail.xn--fiqs8s", ok},
		{"an A-label that decodes to nothing", "domain", "xn--a.example", "not a domain"},
		{"a full-width dot", "domain", "mail。example", "=mail.example"},
		{"hyphens in the third place, as caches have", "domain", "r3---sn-4g5e.example", ok},
		{"a label that begins with a hyphen", "domain", "-a.example", "not a domain"},
		{"an underscore", "domain", "a_b.example", "not a domain"},
		{"a numeric top level", "domain", "203.0.113.777", "not a domain"},
		{"a label of 64", "domain", strings.Repeat("a", 64) + ".example", "not a domain"},
		{"a name of 254", "domain", strings.Repeat("a123456789.", 22) + "aaaa.example", "not a domain"},
		{"an onion service", "domain", "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion", ok},
		{"an onion service with a slip", "domain", "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczae.onion", "onion"},

		{"a URL", "url", "https://mail.example/u/3391", ok},
		{"a URL with a query and a fragment", "url", "https://mail.example/?u=3391#top", ok},
		{"a URL with an address and a port", "url", "http://203.0.113.7:8080/x", ok},
		{"a URL with an address of six", "url", "https://[2001:db8::77]/", ok},
		{"a URL with zeros in its address", "url", "https://[2001:0db8::77]/", "=https://[2001:db8::77]/"},
		{"a URL without a path", "url", "https://mail.example", "=https://mail.example/"},
		{"a URL in capitals", "url", "HTTPS://Mail.Example/U", "=https://mail.example/U"},
		{"a URL with its scheme's port", "url", "https://mail.example:443/", "=https://mail.example/"},
		{"another scheme's port", "url", "http://mail.example:443/", ok},
		{"a port with zeros", "url", "http://mail.example:0443/", "=http://mail.example:443/"},
		{"a port that is none", "url", "https://mail.example:0/", "port"},
		{"a URL with characters to encode", "url", "https://mail.example/你?q=a b", "=https://mail.example/%E4%BD%A0?q=a%20b"},
		{"a URL encoded in small letters", "url", "https://mail.example/%e4", "=https://mail.example/%E4"},
		{"a percent sign that encodes nothing", "url", "https://mail.example/?q=100%", "=https://mail.example/?q=100%25"},
		{"a URL with a password", "url", "https://kite:secret@mail.example/", "leave it out"},
		{"a URL without a scheme", "url", "mail.example/u/1", "not in the form"},
		{"a URL of another scheme", "url", "javascript:alert(1)", "not in the form"},
		{"a URL without a host", "url", "https:///u/1", "no valid host"},
		{"a fragment alone", "url", "#top", "not in the form"},

		{"an e-mail address", "email", "kite-3391@mail.example", ok},
		{"a plus in it", "email", "kite+spam@mail.example", ok},
		{"letters of another script", "email", "风筝@mail.example", ok},
		{"a domain in capitals after the at", "email", "Kite@Mail.Example", "=Kite@mail.example"},
		{"no at", "email", "kite-3391", "not in the form"},
		{"two dots, which need quotes", "email", "kite..3391@mail.example", "not in the form"},
		{"two dots in quotes", "email", `"kite..3391"@mail.example`, ok},
		{"quotes for nothing", "email", `"kite"@mail.example`, "=kite@mail.example"},
		{"a name before it", "email", "Kite <kite@mail.example>", "not in the form"},
		{"a literal address", "email", "kite@[203.0.113.77]", "not in the form"},
		{"a local part of 65", "email", strings.Repeat("a", 65) + "@mail.example", "not in the form"},

		{"a telephone number", "phone", "+12025550143", ok},
		{"a mobile number of China", "phone", "+8613800138000", ok},
		{"spaces in a number", "phone", "+1 (202) 555-0143", "=+12025550143"},
		{"the dialling prefix", "phone", "0012025550143", "=+12025550143"},
		{"a trunk prefix", "phone", "+4402079460018", "=+442079460018"},
		{"a zero that belongs, in Italy", "phone", "+390612345678", ok},
		{"no country code", "phone", "2025550143", "no country code"},
		{"a country code that nobody has", "phone", "+99912345678", "ITU"},
		{"too short for its country", "phone", "+12025550", "too few"},
		{"too long for its country", "phone", "+120255501430", "more digits"},
		{"too short for all", "phone", "+1202555", "not in the form"},
		{"letters", "phone", "+1800FLOWERS", "not in the form"},

		{"an account", "account", "kite-3391", ok},
		{"an account in another script", "account", "风筝_3391", ok},
		{"a letter that cannot be seen", "account", "kite\u200b-3391", "cannot be seen (U+200B)"},
		{"text turned around", "account", "kite\u202e3391", "cannot be seen"},
		{"a letter without a shape", "account", "kite\u3164", "cannot be seen"},
		{"not text", "account", "kite\xff", "UTF-8"},
		{"a space at the end", "account", "kite ", "=kite"},
		{"an accent of its own", "account", "cafe\u0301", "=caf\u00e9"},
		{"an account of 257", "account", strings.Repeat("a", 257), "more than 256"},

		{"an IMEI", "imei", "490154203237518", ok},
		{"an IMEI in groups", "imei", "49-015420-323751-8", "=490154203237518"},
		{"an IMEI as a network logs it", "imei", "490154203237510", "=490154203237518"},
		{"an IMEI without its check digit", "imei", "49015420323751", "=490154203237518"},
		{"an IMEISV", "imei", "4901542032375101", "=490154203237518"},
		{"an IMEI with a wrong digit", "imei", "490154203237517", "wrong digit"},
		{"an IMEI of letters", "imei", "49015420323751X", "not in the form"},

		{"an MD5", "hash", "9e107d9d372bb6826bd81d3542a419d6", ok},
		{"capitals", "hash", "9E107D9D372BB6826BD81D3542A419D6", "=9e107d9d372bb6826bd81d3542a419d6"},
		{"a hash of no known length", "hash", "abcd", "hexadecimal"},
		{"a hash with a letter", "hash", "9e107d9d372bb6826bd81d3542a419dg", "hexadecimal"},
		{"the hash of an empty file", "hash", hex.EncodeToString(sum(md5.Sum(nil))), "empty file"},
		{"SHA-1 of it", "hash", hex.EncodeToString(sum20(sha1.Sum(nil))), "empty file"},
		{"SHA-256 of it", "hash", hex.EncodeToString(sum32(sha256.Sum256(nil))), "empty file"},
		{"SHA-384 of it", "hash", hex.EncodeToString(sum48(sha512.Sum384(nil))), "empty file"},
		{"SHA-512 of it", "hash", strings.ToUpper(hex.EncodeToString(sum64(sha512.Sum512(nil)))), "empty file"},

		{"an AS", "asn", "AS64500", ok},
		{"the greatest", "asn", "AS4294967295", ok},
		{"one more", "asn", "AS4294967296", "not in the form"},
		{"a bare number", "asn", "64500", "=AS64500"},
		{"small letters", "asn", "as64500", "=AS64500"},
		{"zeros", "asn", "AS064500", "=AS64500"},
		{"with a dot", "asn", "AS1.10", "=AS65546"},

		{"bitcoin, the first kind", "wallet", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", ok},
		{"bitcoin, a script", "wallet", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", ok},
		{"bitcoin, a wrong letter", "wallet", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "checksum"},
		{"bitcoin, segwit", "wallet", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", ok},
		{"segwit as a QR code has it", "wallet", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "=bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"},
		{"segwit of both cases", "wallet", "bc1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "checksum"},
		{"segwit, a wrong letter", "wallet", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "checksum"},
		{"bitcoin, taproot", "wallet", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", ok},
		{"version 1 with version 0's checksum (BIP 350)", "wallet", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", "checksum"},
		{"ethereum", "wallet", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", ok},
		{"ethereum in small letters", "wallet", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "=0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"},
		{"ethereum in capitals", "wallet", "0XFB6916095CA1DF60BB79CE92CE3EA74C37C5D359", "=0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"},
		{"ethereum, a wrong digit", "wallet", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAee", "capitals"},
		{"tron", "wallet", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", ok},
		{"tron, a wrong letter", "wallet", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u", "checksum"},
		{"another network", "wallet", "ltc1qw508d6qejxtdg4y5r3zarvary0c5xw7kgmn4n9", "account"},

		{"an IBAN", "iban", "GB29NWBK60161331926819", ok},
		{"an IBAN with letters at its end", "iban", "MU17BOMM0101101030300200000MUR", ok},
		{"an IBAN in groups", "iban", "GB29 NWBK 6016 1331 9268 19", "=GB29NWBK60161331926819"},
		{"an IBAN with two digits changed", "iban", "GB29NWBK60161331926891", "check digits"},
		{"an IBAN with digits where letters belong", "iban", "GB2912346016133192681912", "length and the letters"},
		{"an IBAN that is too short", "iban", "DE8937040044053201300", "length and the letters"},
		{"an IBAN of a country without", "iban", "CN8937040044053201300000", "no IBANs"},
		{"check digits that only the remainder allows", "iban", "ZZ99COMITY0000000078", "check digits"},
		{"the same with those that ISO 7064 computes", "iban", "ZZ02COMITY0000000078", ok},

		{"a BIC", "bic", "DEUTDEFF", ok},
		{"a BIC with a branch", "bic", "DEUTDEFF500", ok},
		{"a BIC with the head office", "bic", "DEUTDEFFXXX", "=DEUTDEFF"},
		{"a BIC in small letters", "bic", "deutdeff", "=DEUTDEFF"},
		{"a BIC of no country", "bic", "DEUTXXFF", "no country"},
		{"a BIC of nine", "bic", "DEUTDEFF5", "not in the form"},

		{"a UETR", "uetr", "eb6305c9-1f7f-49de-aed0-16487c27b42d", ok},
		{"a UETR in capitals", "uetr", "EB6305C9-1F7F-49DE-AED0-16487C27B42D", "=eb6305c9-1f7f-49de-aed0-16487c27b42d"},
		{"a UUID of version 1", "uetr", "eb6305c9-1f7f-19de-aed0-16487c27b42d", "not in the form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := identifier.Check(tt.typ, tt.value)
			switch want, canonical := strings.CutPrefix(tt.want, "="); {
			case tt.want == ok:
				if !f.OK() {
					t.Errorf("%q %s", tt.value, f.EN)
				}
			case canonical:
				if f.Want != want || f.EN == "" {
					t.Errorf("%q: %q, want to be told %q", tt.value, f, want)
				}
			case !strings.Contains(f.EN, want):
				t.Errorf("%q %q, want a sentence with %q", tt.value, f.EN, want)
			}
			bilingual(t, f.Text)
		})
	}
}

// bilingual holds every sentence to being there in both languages or in none.
func bilingual(t *testing.T, s comity.Text) {
	t.Helper()
	if (s.EN == "") != (s.ZH == "") || s.ZH != "" && !identifier.HasHan(s.ZH) || identifier.HasHan(s.EN) && !strings.Contains(s.EN, `"`) {
		t.Errorf("not one sentence in each language: %q", s)
	}
}

func sum(b [16]byte) []byte   { return b[:] }
func sum20(b [20]byte) []byte { return b[:] }
func sum32(b [32]byte) []byte { return b[:] }
func sum48(b [48]byte) []byte { return b[:] }
func sum64(b [64]byte) []byte { return b[:] }

func TestReserved(t *testing.T) {
	const nobody, somebody, unknown = "nobody's", "somebody's", "unknown"
	for _, tt := range []struct{ name, typ, value, want, cite string }{
		{"documentation", "ipv4", "203.0.113.77", nobody, "RFC 5737"},
		{"private", "ipv4", "10.1.2.3", nobody, "RFC 1918"},
		{"just above private", "ipv4", "172.32.0.1", somebody, ""},
		{"shared by a carrier", "ipv4", "100.64.0.1", nobody, "RFC 6598"},
		{"just above shared", "ipv4", "100.128.0.0", somebody, ""},
		{"broadcast, of two rows the narrower", "ipv4", "255.255.255.255", nobody, "RFC 8190; RFC 919, section 7"},
		{"public", "ipv4", "8.8.8.8", somebody, ""},
		{"no address at all counts as somebody's name", "ipv4", "203.0.113.777", somebody, ""},
		{"documentation of six", "ipv6", "2001:db8::77", nobody, "RFC 3849"},
		{"documentation of six in another form", "ipv6", "2001:0DB8::77", nobody, "RFC 3849"},
		{"the newer documentation of six", "ipv6", "3fff:fff::1", nobody, "RFC 9637"},
		{"link-local with a zone", "ipv6", "fe80::1%eth0", nobody, "RFC 4291"},
		{"unique local", "ipv6", "fd00::1", nobody, "RFC 4193; RFC 8190"},
		{"public of six", "ipv6", "2606:4700::1111", somebody, ""},
		{"never given out", "ipv6", "4000::1", nobody, "RFC 4291; IANA IPv6 address space"},
		{"6to4 around somebody's address", "ipv6", "2002:808:808::1", somebody, ""},
		{"6to4 around a private address", "ipv6", "2002:a01:203::1", nobody, "RFC 1918"},
		{"Teredo around somebody's address", "ipv6", "2001::f7f7:f7f7", somebody, ""},
		{"Teredo around a private address", "ipv6", "2001::f5fe:fdfc", nobody, "RFC 1918"},
		{"NAT64 around documentation", "ipv6", "64:ff9b::203.0.113.77", nobody, "RFC 5737"},
		{"mapped", "ipv6", "::ffff:8.8.8.8", somebody, ""},
		{"benchmarking, within what IETF protocols have", "ipv6", "2001:2::1", nobody, "RFC 5180; RFC errata 1752"},
		{"an example name", "domain", "mail.example", nobody, "RFC 6761; RFC 2606"},
		{"an example name in capitals", "domain", "Mail.EXAMPLE.", nobody, "RFC 6761; RFC 2606"},
		{"an example name in full width", "domain", "mail.ｅｘａｍｐｌｅ", nobody, "RFC 6761; RFC 2606"},
		{"a name that ends like one", "domain", "notexample.com", somebody, ""},
		{"an onion service is somebody's", "domain", "duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion", somebody, ""},
		{"a URL by its host", "url", "http://203.0.113.7:8080/x", nobody, "RFC 5737"},
		{"a URL with somebody's address", "url", "https://[2606:4700::1111]/", somebody, ""},
		{"a URL without a host", "url", "mail.example/u/1", unknown, ""},
		{"an e-mail address by its domain", "email", "kite@mail.example", nobody, "RFC 6761; RFC 2606"},
		{"an e-mail address without an at", "email", "kite", unknown, ""},
		{"an account with a domain", "account", "@kite@mail.xn--fiqs8s", somebody, ""},
		{"a handle", "account", "@kite_3391", unknown, ""},
		{"an account", "account", "kite-3391", unknown, ""},
		{"for fiction", "phone", "+12025550143", nobody, "NANPA, 555 line numbers: 0100 to 0199"},
		{"for fiction, with spaces", "phone", "+1 202 555 0143", nobody, "NANPA, 555 line numbers: 0100 to 0199"},
		{"for drama, with a trunk prefix", "phone", "0044 (0)20 7946 0018", nobody, "Ofcom, telephone numbers for drama"},
		{"next to fiction", "phone", "+12025550243", somebody, ""},
		{"toll-free", "phone", "+18885550143", somebody, ""},
		{"for drama", "phone", "+447700900123", nobody, "Ofcom, telephone numbers for drama"},
		{"a mobile number", "phone", "+8613800138000", somebody, ""},
		{"no number", "phone", "kite", unknown, ""},
		{"a test device", "imei", "004400152020002", nobody, "GSMA TS.06, reporting body identifier 00"},
		{"a device", "imei", "490154203237518", somebody, ""},
		{"no device", "imei", "x", unknown, ""},
		{"an AS for documentation", "asn", "AS64511", nobody, "RFC 5398"},
		{"a private AS", "asn", "as4200000000", nobody, "RFC 6996"},
		{"an AS", "asn", "AS4134", somebody, ""},
		{"no AS", "asn", "AS", unknown, ""},
		{"a bank account of no country", "iban", "ZZ82COMITY0000003391", nobody, "ISO 3166-1, user-assigned codes; for exercises: ours [proposal]"},
		{"a bank account", "iban", "GB29NWBK60161331926819", somebody, ""},
		{"a bank of no country", "bic", "KITEZZ22", nobody, "ISO 3166-1, user-assigned codes; for exercises: ours [proposal]"},
		{"a bank's test code", "bic", "DEUTDEF0", nobody, "ISO 9362, location code ending in 0"},
		{"a bank", "bic", "DEUTDEFF", somebody, ""},
		{"a wallet of a test network", "wallet", "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", nobody, "BIP 173; Bitcoin Core, chainparams"},
		{"a wallet", "wallet", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", unknown, ""},
		{"a hash", "hash", "9e107d9d372bb6826bd81d3542a419d6", unknown, ""},
		{"a payment", "uetr", "eb6305c9-1f7f-49de-aed0-16487c27b42d", unknown, ""},
		{"a type nobody knows", "fax", "1", unknown, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := identifier.Reserved(tt.typ, tt.value)
			got := unknown
			switch {
			case r.Reserved:
				got = nobody
			case r.Known:
				got = somebody
			}
			if got != tt.want || r.Cite != tt.cite {
				t.Errorf("%q is %s by %q, want %s by %q", tt.value, got, r.Cite, tt.want, tt.cite)
			}
			if r.Reserved == (r.Why == comity.Text{}) {
				t.Errorf("reserved %v because %q", r.Reserved, r.Why)
			}
			bilingual(t, r.Why)
		})
	}
}

// TestExamples holds what we show people to what we ask of them.
func TestExamples(t *testing.T) {
	for _, k := range identifier.Kinds() {
		if f := identifier.Check(k.Type, k.Example); !f.OK() {
			t.Errorf("the example of %s, %q, %s", k.Type, k.Example, f.EN)
		}
		if r := identifier.Reserved(k.Type, k.Example); r.Known && !r.Reserved {
			t.Errorf("the example of %s, %q, may be somebody's", k.Type, k.Example)
		}
		if k.Cite == "" || k.Name.EN == "" || k.Name.ZH == "" {
			t.Errorf("%s has no citation or no name", k.Type)
		}
	}
	if got := strings.Join(identifier.Types(), " "); got != "ipv4 ipv6 domain url email phone account imei hash asn wallet iban bic uetr" {
		t.Errorf("the types are %s", got)
	}
}

func TestCGNAT(t *testing.T) {
	for addr, want := range map[string]bool{
		"100.63.255.255": false, "100.64.0.0": true, "100.127.255.255": true, "100.128.0.0": false,
		"::ffff:100.64.0.1": true, "2001:db8::1": false, "kite": false,
	} {
		if got := identifier.CGNAT(addr); got != want {
			t.Errorf("CGNAT(%q) = %v", addr, got)
		}
	}
}

func TestDisplayName(t *testing.T) {
	for _, tt := range []struct {
		value string
		want  bool
	}{
		{"Kite Runner", true},
		{"Dr. Anne-Marie Kite", true},
		{"张　三", true}, // with the space of Chinese typography
		{"Kite\u00a0Runner", true},
		{"kite-3391", false},
		{"张三", false}, // some services have unique names in Han
		{"Kite Runner 3391", false},
		{"id: kite runner", false},
		{" kite ", false},
		{"", false},
	} {
		if got := identifier.DisplayName(tt.value); got != tt.want {
			t.Errorf("DisplayName(%q) = %v", tt.value, got)
		}
	}
}

func TestScripts(t *testing.T) {
	for _, tt := range []struct {
		name       string
		han, latin bool
	}{
		{"王小明", true, false}, {"王小明 (WANG Xiaoming)", true, true}, {"Ján Ňukáč", false, true}, {"Иван", false, false}, {"", false, false},
	} {
		if han, latin := identifier.HasHan(tt.name), identifier.HasLatin(tt.name); han != tt.han || latin != tt.latin {
			t.Errorf("%q: Han %v, Latin %v", tt.name, han, latin)
		}
	}
}

func TestParseTime(t *testing.T) {
	for _, tt := range []struct {
		name, value string
		fault       identifier.TimeFault
		want        string
	}{
		{"to the letter", "2026-11-22T00:52:09+08:00", "", "2026-11-21T16:52:09Z"},
		{"in UTC", "2026-11-22T00:52:09Z", "", "2026-11-22T00:52:09Z"},
		{"with a fraction", "2026-11-22T00:52:09.5Z", "", "2026-11-22T00:52:09.5Z"},
		{"without a zone", "2026-11-22T00:52:09", identifier.NoZone, ""},
		{"without a zone, with a space", "2026-11-22 00:52:09", identifier.NoZone, ""},
		{"without a zone or seconds", "2026-11-22T00:52", identifier.NoZone, ""},
		{"without seconds", "2026-11-22T00:52Z", identifier.NoSeconds, ""},
		{"without seconds, with an offset", "2026-11-22 00:52+08:00", identifier.NoSeconds, ""},
		{"words", "last night", identifier.NoTime, ""},
		{"nothing", "", identifier.NoTime, ""},
		{"a day alone", "2026-11-22", identifier.NoTime, ""},
		{"a day that is none", "2026-02-30T00:52:09Z", identifier.NoTime, ""},
		{"an hour of one digit", "2026-11-22T0:52:09Z", identifier.NoTime, ""},
		{"a comma", "2026-11-22T00:52:09,5Z", identifier.NoTime, ""},
		{"an offset of a day", "2026-11-22T00:52:09-24:00", identifier.NoTime, ""},
		{"a space for the T", "2026-11-22 00:52:09+08:00", identifier.NoTime, ""},
		{"more than nanoseconds", "2026-11-22T00:52:09.1234567890Z", identifier.NoTime, ""},
		{"a leap second", "2016-12-31T23:59:60Z", identifier.NoTime, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at, fault := identifier.ParseTime(tt.value)
			if fault != tt.fault || fault == "" && at.UTC().Format(time.RFC3339Nano) != tt.want {
				t.Errorf("ParseTime(%q) = %v, %q", tt.value, at, fault)
			}
			if f := fault.Fault(); f.OK() != (fault == "") {
				t.Errorf("%q says %q", fault, f)
			} else {
				bilingual(t, f.Text)
			}
		})
	}
}

func TestAmount(t *testing.T) {
	for _, tt := range []struct {
		name, sum, currency string
		want                int64 // -1 for a fault
	}{
		{"yuan and fen", "12500.00", "CNY", 1250000},
		{"less than a unit", "0.05", "USD", 5},
		{"yen have no decimals", "12500", "JPY", 12500},
		{"dinars of Iraq have three", "1.250", "IQD", 1250},
		{"rupiahs have two, by ISO", "1.00", "IDR", 100},
		{"four", "1.0000", "CLF", 10000},
		{"withdrawn and still in evidence", "1.00", "BGN", 100},
		{"the greatest", "92233720368547758.07", "USD", 9223372036854775807},
		{"one more", "92233720368547758.08", "USD", -1},
		{"yen with decimals", "12500.00", "JPY", -1},
		{"too few decimals", "12500.0", "CNY", -1},
		{"no decimals", "12500", "CNY", -1},
		{"a comma for the point", "12500,00", "CNY", -1},
		{"thousands", "12,500.00", "CNY", -1},
		{"a sign", "-1.00", "CNY", -1},
		{"a plus", "+1.00", "CNY", -1},
		{"a leading zero", "01.00", "CNY", -1},
		{"nothing before the point", ".50", "CNY", -1},
		{"nothing", "", "CNY", -1},
		{"a currency in small letters", "1.00", "cny", -1},
		{"no currency", "1.00", "XXX", -1},
		{"two halves of currencies", "1.00", "D A", -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, f := identifier.ParseAmount(tt.sum, tt.currency)
			if f.OK() != (tt.want >= 0) || tt.want >= 0 && got != tt.want {
				t.Errorf("ParseAmount(%q, %q) = %d, %q", tt.sum, tt.currency, got, f.EN)
			}
			if back := identifier.FormatAmount(got, tt.currency); tt.want >= 0 && back != tt.sum {
				t.Errorf("%d is written %q", got, back)
			}
			bilingual(t, f.Text)
		})
	}
}

// FuzzCheck holds three promises: nothing panics, what is asked for is accepted,
// and what is accepted is the only form, whose case alone cannot be changed.
func FuzzCheck(f *testing.F) {
	for _, k := range identifier.Kinds() {
		f.Add(k.Example)
	}
	for _, s := range []string{"Mail.Example.", "邮箱。example", "HTTP://a:b@[::FFFF:1.2.3.4]:080/%e4 %#?%", `"a..b"@xn--c0zu34b.example`, "+44 (0)20 7946 0018", "AS1.10", "2002::1%x",
		"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "GB29 NWBK 6016 1331 9268 19", "2026-11-22T00:52:09+08:00", "12500.00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range identifier.Types() {
			fault := identifier.Check(typ, s)
			if fault.Want == s && s != "" {
				t.Errorf("%s %q should be written as it is", typ, s)
			}
			if fault.Want != "" && !identifier.Check(typ, fault.Want).OK() {
				t.Errorf("%s %q should be written %q, which %s", typ, s, fault.Want, identifier.Check(typ, fault.Want).EN)
			}
			if fault.OK() && (strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl)) {
				t.Errorf("%s takes %q", typ, s)
			}
			same := []string{"ipv4", "ipv6", "domain", "imei", "hash", "asn", "iban", "bic", "uetr", "phone"}
			if v := strings.ToUpper(s); fault.OK() && v != s && slices.Contains(same, typ) && identifier.Check(typ, v).OK() {
				t.Errorf("%s takes both %q and %q", typ, s, v)
			}
			r := identifier.Reserved(typ, s)
			if r.Reserved && !r.Known {
				t.Errorf("%s %q is reserved and unknown", typ, s)
			}
			if fault.Want != "" && r != identifier.Reserved(typ, fault.Want) {
				t.Errorf("%s %q and %q are not reserved alike", typ, s, fault.Want)
			}
		}
		identifier.CGNAT(s)
		identifier.DisplayName(s)
		if at, fault := identifier.ParseTime(s); fault == "" && at.Format(time.RFC3339Nano) == "" {
			t.Errorf("the time %q has no form", s)
		}
		for _, c := range []string{"CNY", "JPY", "IQD", s} {
			if n, fault := identifier.ParseAmount(s, c); fault.OK() && identifier.FormatAmount(n, c) != s {
				t.Errorf("%q of %s is written %q", s, c, identifier.FormatAmount(n, c))
			}
		}
	})
}
