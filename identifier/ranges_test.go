package identifier_test

import (
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"comity/identifier"
)

const registry = `# as a registry writes it
2|apnic|20260811|4|19830613|20260810|+1000
apnic|*|ipv4|*|3|summary
apnic|CN|asn|64500|1|20110414|allocated
apnic|CN|ipv4|198.51.100.0|192|20110414|allocated|A1
apnic|US|ipv4|203.0.113.0|256|20240701|assigned|A2
apnic||ipv4|192.0.2.0|256||available|
apnic|CN|ipv6|2001:db8:1::|48|20150101|allocated|A1
`

const shared = `{"name": "List of known Example ranges", "type": "cidr", "version": 20260811,
	"list": ["198.51.100.0/24", "198.51.100.16/28", "203.0.113.7", "2001:db8:2::/48", "2001:db8::1"]}`

func TestFind(t *testing.T) {
	for _, tt := range []struct{ name, list, addr, want string }{
		{"the first of a registry's range", registry, "198.51.100.0", "cn 2011"},
		{"the last of a range that is no prefix", registry, "198.51.100.191", "cn 2011"},
		{"the one after", registry, "198.51.100.192", "nowhere"},
		{"the range after it", registry, "203.0.113.255", "us 2024"},
		{"what a registry has not given out", registry, "192.0.2.1", "nowhere"},
		{"before all", registry, "1.1.1.1", "nowhere"},
		{"a prefix of six", registry, "2001:db8:1:ffff::9", "cn 2015"},
		{"another of six", registry, "2001:db8:3::", "nowhere"},
		{"a shared range", shared, "198.51.100.40", "shared"},
		{"a range within another", shared, "198.51.100.20", "shared"},
		{"one address", shared, "203.0.113.7", "shared"},
		{"the one beside it", shared, "203.0.113.8", "nowhere"},
		{"one address of six", shared, "2001:db8::1", "shared"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, err := identifier.ReadRanges([]byte(tt.list))
			if err != nil || l.Dated != "20260811" {
				t.Fatal(l.Dated, err)
			}
			got := "nowhere"
			if r, ok := l.Find(netip.MustParseAddr(tt.addr)); ok {
				got = "shared"
				if r.Country != "" {
					got = r.Country + r.Since.Format(" 2006")
				}
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestReadRangesRefuses(t *testing.T) {
	head := "2|apnic|20260811|x\n"
	for _, tt := range []struct{ name, list, want string }{
		{"nothing", "", "no range"},
		{"another form", "start,end,country\n", "does not begin"},
		{"a list of names", `{"name": "TLDs", "type": "string", "list": ["AAA"]}`, "cidr"},
		{"no range", `{"name": "x", "type": "cidr", "list": ["198.51.100.0/33"]}`, "list[0]"},
		{"no address", head + "apnic|CN|ipv4|2001:db8::|256|20110414|allocated", "line 2, start"},
		{"beyond the last", head + "apnic|CN|ipv4|255.255.255.0|257|20110414|allocated", "line 2, value"},
		{"none of them", head + "apnic|CN|ipv4|198.51.100.0|0|20110414|allocated", "line 2, value"},
		{"longer than an address", head + "apnic|CN|ipv6|2001:db8::|129|20110414|allocated", "line 2, value"},
		{"no day", head + "apnic|CN|ipv4|198.51.100.0|256|2011|allocated", "line 2, date"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := identifier.ReadRanges([]byte(tt.list)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestReadLists(t *testing.T) {
	folder := fstest.MapFS{"apnic": {Data: []byte(registry)}, "README.md": {Data: []byte("whence")}, "shared.json": {Data: []byte(shared)}}
	folder["notes.txt"] = &fstest.MapFile{Data: []byte("hello")}
	var got []string
	for _, l := range identifier.ReadLists(folder) {
		got = append(got, fmt.Sprint(l.Name, " ", l.Fault == nil))
	}
	if want := []string{"apnic true", "notes.txt false", "List of known Example ranges true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if ls := identifier.ReadLists(os.DirFS("no such folder")); ls != nil {
		t.Errorf("no folder: %v", ls)
	}
}

// TestPublishedLists reads the lists as they are published.
func TestPublishedLists(t *testing.T) {
	for name, addr := range map[string]string{"cloudflare": "104.16.1.1", "amazon-aws": "3.5.140.1", "public-dns-v4": "9.9.9.9", "akamai": "104.64.0.1"} {
		b, err := os.ReadFile("../../shared/data/warninglists/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		l, err := identifier.ReadRanges(b)
		if _, ok := l.Find(netip.MustParseAddr(addr)); err != nil || !ok {
			t.Errorf("%s has not %s: %v", name, addr, err)
		}
	}
}

func FuzzReadRanges(f *testing.F) {
	f.Add([]byte(registry))
	f.Add([]byte(shared))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := identifier.ReadRanges(b)
		if err != nil {
			return
		}
		l.Find(netip.MustParseAddr("198.51.100.1"))
		l.Find(netip.MustParseAddr("2001:db8::1"))
	})
}
