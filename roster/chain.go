package roster

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"comity"
	"comity/seal"
)

type link struct {
	comity.Chain
	hash   comity.Hash
	signed comity.Signed
	names  names
}

// names are kept because a key's name costs a hash, and every item asks.
type names struct {
	root   comity.Hash
	roster comity.Hash
	node   []comity.Hash
}

func (b *Book) addChain(s comity.Signed) error {
	c, err := decode[comity.Chain]("chain", s.Bytes)
	if err != nil {
		return err
	}
	if err := checkChain(c); err != nil {
		return broken("chain", c.N, err)
	}
	hash, n := seal.H("chain", s.Bytes), uint64(len(b.chain))
	if n > 0 && c.Party != b.Party() {
		return broken("chain", c.N, comity.Errorf(comity.Untrusted, "it is of %s, not %s", c.Party, b.Party()))
	}
	if c.N > n {
		return broken("chain", c.N, comity.Errorf(comity.Conflict, "entry %d comes first", n))
	}
	if c.N >= maxChain {
		return broken("chain", c.N, comity.Errorf(comity.TooMuch, "a party has at most %d chain entries", maxChain))
	}

	by := []comity.Key{c.Root}
	if c.N > 0 {
		if before := b.chain[c.N-1]; before.names.root != seal.KeyName(c.Root) {
			by = []comity.Key{before.Root, c.Root}
		}
	} else if n > 0 {
		by = []comity.Key{b.chain[0].Root} // another root is another identity, and no fork
	}
	if err := signedByAll("chain", s, by...); err != nil {
		return broken("chain", c.N, err)
	}
	if c.N < n {
		if b.chain[c.N].hash == hash {
			return nil
		}
		return &Fork{"chain", c.Party, c.N, by[0], b.chain[c.N].signed, s}
	}
	var prev comity.Hash
	if n > 0 {
		prev = b.chain[n-1].hash
	}
	if c.Prev != prev {
		return broken("chain", c.N, comity.Errorf(comity.Untrusted, "it follows another entry (%s) than ours (%s)", c.Prev.Short(), prev.Short()))
	}

	if err := b.grow(s); err != nil {
		return broken("chain", c.N, err)
	}
	l := link{c, hash, s, names{root: seal.KeyName(c.Root), roster: seal.KeyName(c.Roster)}}
	for _, k := range c.Node {
		l.names.node = append(l.names.node, seal.KeyName(k))
	}
	b.chain = append(b.chain, l)
	b.chainAt[hash] = int(n)
	return nil
}

// endpointForm is https, a host (a name, an IPv4 address, or an IPv6 address in
// brackets) and perhaps a port.
var endpointForm = regexp.MustCompile(`^https://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[1-9][0-9]{0,4})?$`)

func checkChain(c comity.Chain) error {
	switch {
	case c.V != 1:
		return comity.Fieldf("v", "%d is not a version that we know; it is 1", c.V)
	case len(c.Node) < 1 || len(c.Node) > 4:
		return comity.Fieldf("node", "there are %d keys, not 1 to 4", len(c.Node))
	case len(c.TLS) < 1 || len(c.TLS) > 4:
		return comity.Fieldf("tls", "there are %d certificates, not 1 to 4", len(c.TLS))
	case slices.ContainsFunc(c.Endpoints, func(e string) bool { return !endpointForm.MatchString(e) }):
		return comity.Fieldf("endpoints", "one is not an address such as %q", "https://node.example:8443")
	case len(c.Endpoints) > 8:
		return comity.Fieldf("endpoints", "there are %d, more than 8", len(c.Endpoints))
	case c.Time.IsZero():
		return comity.Fieldf("time", "it is missing; it is like %q", "2026-11-22T03:14:28.000Z")
	}
	for _, h := range c.TLS {
		if h.IsZero() {
			return comity.Fieldf("tls", "a hash is missing")
		}
	}
	if _, err := comity.ParseParty(string(c.Party)); err != nil {
		return err
	}
	for _, t := range append([]string{c.Name.En, c.Name.Zh, c.Zone}, c.Endpoints...) {
		if len(t) < 1 || len(t) > 255 || strings.ContainsFunc(t, unseen) {
			return comity.Fieldf("name", "%q is not 1 to 255 bytes of plain text, as names, zone and endpoints are", comity.Clip(t))
		}
	}
	if err := checkSuites(c.Suites); err != nil {
		return err
	}
	if err := cmp.Or(checkOwnKey("root", c.Root), checkOwnKey("roster", c.Roster)); err != nil {
		return err
	}
	for i, k := range c.Node {
		if err := checkOwnKey(fmt.Sprintf("node[%d]", i), k); err != nil {
			return err
		}
	}
	return nil
}

func checkOwnKey(field string, k comity.Key) error {
	err := seal.CheckOwnKey(k)
	if e, ok := errors.AsType[*comity.Error](err); ok {
		return comity.Fieldf(field+"."+e.Field, "%s", e.Text)
	}
	return err
}

func checkSuites(suites []string) error {
	if len(suites) < 1 || len(suites) > 4 {
		return comity.Fieldf("suites", "there are %d, not 1 to 4, such as %q", len(suites), "E1")
	}
	for i, s := range suites {
		if len(s) < 1 || len(s) > 8 || strings.ContainsFunc(s, unseen) || slices.Contains(suites[:i], s) {
			return comity.Fieldf("suites", "%q is no suite, or is there twice; a suite is like %q", comity.Clip(s), "E1")
		}
		if s == seal.Passkey {
			return comity.Fieldf("suites", "%q is for seats alone; nodes sign and seal with one such as %q", s, "E1")
		}
	}
	return nil
}

// unseen characters can make a name look like another.
func unseen(r rune) bool { return unicode.Is(unicode.C, r) }
