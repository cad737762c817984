package roster

import (
	"comity"
	"comity/seal"
)

type prekey struct {
	comity.Prekey
	hash   comity.Hash
	signed comity.Signed
	signer comity.Key  // the node key that signed
	by     comity.Hash // and its name
}

// addPrekey takes a newer prekey than the one we have. Numbers may be left out:
// only the newest is ever used.
func (b *Book) addPrekey(s comity.Signed) error {
	p, err := seal.DecodePrekey(s.Bytes)
	if err != nil {
		return broken("format", 0, err)
	}
	if p.Party != b.Party() {
		return broken("prekey", p.N, comity.Errorf(comity.Untrusted, "it is of %s, not %s", p.Party, b.Party()))
	}
	hash := seal.H("prekey", s.Bytes)
	if b.prekey != nil && b.prekey.hash == hash {
		return broken("prekey", p.N, signedByAll("prekey", s, b.prekey.signer))
	}
	if b.prekey != nil && p.N < b.prekey.N {
		return broken("prekey", p.N, comity.Errorf(comity.Conflict, "we have number %d already", b.prekey.N))
	}
	for _, k := range b.chain[len(b.chain)-1].Node {
		if signedByAll("prekey", s, k) != nil {
			continue
		}
		if b.prekey != nil && b.prekey.N == p.N {
			if b.prekey.by == seal.KeyName(k) {
				return &Fork{"prekey", p.Party, p.N, k, b.prekey.signed, s}
			}
			break
		}
		b.prekey = &prekey{p, hash, s, k, seal.KeyName(k)}
		return nil
	}
	return broken("prekey", p.N, comity.Errorf(comity.Untrusted, "the signature of a node key that is good now is missing, or not good"))
}
