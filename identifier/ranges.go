package identifier

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"comity"
)

// Ranges are addresses of which something is known offline: a list that somebody
// publishes, and that a party keeps in a folder. A look-up would tell outsiders
// whom we investigate.
type Ranges struct {
	Name  string // of the list, such as "apnic"
	Dated string // its version, as the list has it, such as "20260811"
	Fault error  // why it could not be read
	spans []Range
}

// A Range is an entry of a list, from its first address to its last.
type Range struct {
	First, Last netip.Addr
	Country     string    // in which a registry says it is; "" if the list says that of none
	Since       time.Time // when the registry gave it out
}

// Find returns the range in which an address lies.
func (l Ranges) Find(a netip.Addr) (Range, bool) {
	i, ok := slices.BinarySearchFunc(l.spans, a, func(r Range, a netip.Addr) int { return r.First.Compare(a) })
	if !ok {
		i--
	}
	if i < 0 || l.spans[i].First.BitLen() != a.BitLen() || l.spans[i].Last.Less(a) {
		return Range{}, false
	}
	return l.spans[i], true
}

// largestList is the most bytes of a list: the largest registry's has 20 million.
const largestList = 64 << 20

// ReadLists reads every file of a folder with ReadRanges. A folder that is not
// there has none; README files and those whose names begin with a point are left.
// A file that is no list stands among them with its Fault: a request that cannot
// wait does not wait for it.
func ReadLists(folder fs.FS) (lists []Ranges) {
	files, err := fs.ReadDir(folder, ".")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return []Ranges{{Fault: err}}
	}
	for _, f := range files {
		if f.IsDir() || strings.HasPrefix(f.Name(), ".") || strings.HasPrefix(f.Name(), "README") {
			continue
		}
		l, err := readList(folder, f.Name())
		if err != nil {
			l = Ranges{Name: f.Name(), Fault: err}
		}
		lists = append(lists, l)
	}
	return lists
}

func readList(folder fs.FS, name string) (Ranges, error) {
	f, err := folder.Open(name)
	if err != nil {
		return Ranges{}, err
	}
	defer f.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, largestList+1))
	if err != nil {
		return Ranges{}, err
	}
	return ReadRanges(b)
}

// ReadRanges reads a list in one of two forms as they are published: a MISP
// warninglist of type cidr (what many share: clouds, networks that deliver content,
// public resolvers), or a regional registry's statistics of delegations, in the
// "extended" form or the plain one, which give the country.
func ReadRanges(b []byte) (l Ranges, err error) {
	if len(b) > largestList {
		return l, comity.Errorf(comity.Invalid, "it has more than %d bytes", largestList)
	}
	if bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		l, err = readWarninglist(b)
	} else {
		l, err = readDelegated(b)
	}
	if err != nil {
		return Ranges{}, err
	}
	slices.SortFunc(l.spans, func(a, b Range) int { return cmp.Or(a.First.Compare(b.First), b.Last.Compare(a.Last)) })
	// What lies within the range before it is left out, so that Find need look at one.
	last := 0
	for _, r := range l.spans[min(1, len(l.spans)):] {
		if l.spans[last].Last.Less(r.Last) {
			last++
			l.spans[last] = r
		}
	}
	l.spans = l.spans[:min(last+1, len(l.spans))]
	return l, nil
}

func readWarninglist(b []byte) (l Ranges, err error) {
	var w struct {
		Name, Type string
		Version    int
		List       []string
	}
	if err := json.Unmarshal(b, &w); err != nil {
		return l, comity.Errorf(comity.Invalid, "it is not JSON: %v", err)
	}
	if w.Type != "cidr" || w.Name == "" || len(w.List) == 0 {
		return l, comity.Errorf(comity.Invalid, "it is no MISP warninglist with a name, a list and the type %q", "cidr")
	}
	l.Name, l.Dated = w.Name, strconv.Itoa(w.Version)
	for i, s := range w.List {
		if !strings.Contains(s, "/") {
			s += "/" + strconv.Itoa(bitsOf(s))
		}
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return l, comity.Fieldf("list["+strconv.Itoa(i)+"]", "%q is not a range such as %q", comity.Clip(w.List[i]), "198.51.100.0/24")
		}
		l.spans = append(l.spans, Range{First: p.Masked().Addr(), Last: lastOf(p)})
	}
	return l, nil
}

// bitsOf returns the length of the prefix that is one address.
func bitsOf(s string) int {
	if strings.Contains(s, ":") {
		return 128
	}
	return 32
}

// lastOf returns the last address of a prefix.
func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b) // of 4 or 16 bytes, as Addr gave them
	return a
}

// readDelegated reads lines such as apnic|CN|ipv4|1.0.1.0|256|20110414|allocated.
// The value is a number of addresses of IPv4, and the length of a prefix of IPv6.
// The first line that is no remark has the version, the registry and the day.
func readDelegated(b []byte) (l Ranges, err error) {
	lines := bufio.NewScanner(bytes.NewReader(b))
	for n := 1; lines.Scan(); n++ {
		at := func(field, says string, v ...any) error {
			return comity.Fieldf("line "+strconv.Itoa(n)+", "+field, says, v...)
		}
		line := strings.TrimSpace(lines.Text())
		f := strings.Split(line, "|")
		switch {
		case line == "" || line[0] == '#':
			continue
		case l.Name == "":
			if len(f) < 3 || f[0] != "2" && f[0] != "2.3" || f[1] == "" {
				return l, at("version", "%q does not begin a registry's list such as %q, nor a warninglist", comity.Clip(line), "2|apnic|20260811|...")
			}
			l.Name, l.Dated = f[1], f[2]
			continue
		case len(f) < 7 || f[2] != "ipv4" && f[2] != "ipv6" || f[1] == "" || f[1] == "*" || f[1] == "ZZ" || f[6] != "allocated" && f[6] != "assigned":
			continue // sums, numbers of networks, and what is nobody's
		}
		r := Range{Country: strings.ToLower(f[1])}
		if r.First, err = netip.ParseAddr(f[3]); err != nil || r.First.Is4() != (f[2] == "ipv4") {
			return l, at("start", "%q is no address such as %q", comity.Clip(f[3]), "198.51.100.0")
		}
		many, err := strconv.ParseUint(f[4], 10, 32)
		switch {
		case err != nil || many == 0 || !r.First.Is4() && many > 128:
			return l, at("value", "%q is neither a number of addresses such as 256 nor, of IPv6, a length such as 32", comity.Clip(f[4]))
		case r.First.Is4():
			four := r.First.As4()
			last := uint64(binary.BigEndian.Uint32(four[:])) + many - 1
			if last > 1<<32-1 {
				return l, at("value", "%s and the %d that follow go beyond the last address", f[3], many)
			}
			binary.BigEndian.PutUint32(four[:], uint32(last))
			r.Last = netip.AddrFrom4(four)
		default:
			p := netip.PrefixFrom(r.First, int(many))
			r.First, r.Last = p.Masked().Addr(), lastOf(p)
		}
		if r.Since, err = time.Parse("20060102", f[5]); err != nil && f[5] != "" && f[5] != "00000000" {
			return l, at("date", "%q is no day such as %q", comity.Clip(f[5]), "20110414")
		}
		l.spans = append(l.spans, r)
	}
	if err := lines.Err(); err != nil {
		return l, comity.Errorf(comity.Invalid, "a line of it is too long: %v", err)
	}
	if len(l.spans) == 0 {
		return l, comity.Errorf(comity.Invalid, "no range of addresses stands in it")
	}
	return l, nil
}
