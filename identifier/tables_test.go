package identifier

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
)

// TestTables holds every row to saying what it is, in both languages, by whom, and
// to being reachable.
func TestTables(t *testing.T) {
	whole := func(name string, r Reservation, cite string) {
		t.Helper()
		if !r.Reserved || r.Cite != cite || cite == "" || r.Why.EN == "is " || !HasHan(strings.TrimPrefix(r.Why.ZH, "属于")) {
			t.Errorf("%s: %+v, want a reservation by %q", name, r, cite)
		}
	}
	for _, s := range special {
		p := netip.MustParsePrefix(s.prefix)
		if p.Masked() != p {
			t.Errorf("%s is not the first address of a prefix", p)
		}
		if s.use == none {
			whole(s.prefix, reservedAddr(amid(p)), s.cite)
		}
	}
	for _, s := range specialNames {
		whole(s.name, reservedHost("a."+s.name), s.cite)
	}
	for i, s := range specialASNs {
		if s.from > s.to || i > 0 && s.from <= specialASNs[i-1].to {
			t.Errorf("AS%d to AS%d is not in order", s.from, s.to)
		}
		whole(s.en, reservedASN("AS"+decimal(s.from)), s.cite)
		whole(s.en, reservedASN("AS"+decimal(s.to)), s.cite)
	}
	fs := strings.Fields(ibanTable)
	for i := 0; i < len(fs); i += 2 {
		if !strings.Contains(countries, fs[i]) || i > 0 && fs[i] <= fs[i-2] {
			t.Errorf("%s is no country, or out of order", fs[i])
		}
	}
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }

// amid returns an address amid p, where no narrower row lies.
func amid(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x55 & (0x80 >> (i % 8))
	}
	a, _ := netip.AddrFromSlice(b) // of 4 or 16 bytes, as Addr gave them
	return a
}
