package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"comity"
	"comity/evidence"
	"comity/ledger"
	"comity/roster"
	"comity/seal"
)

// verify times the command that checks a case file offline. All its keys and
// signatures are real; its two parties are this function.
func verify(ctx context.Context, r *results, binary, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	count := pick(10_000, 500)
	for _, x := range []struct {
		perItem int
		name    string
	}{
		{64, "verify a case of %d statements, in items of 64"},
		{1, "verify a case of %d statements, an item and a receipt each"},
	} {
		file, trust := filepath.Join(dir, "case"), filepath.Join(dir, "trust.json")
		if err := writeCase(file, trust, count, x.perItem); err != nil {
			return err
		}
		f := r.less(fmt.Sprintf(x.name, count), "s", 2)
		for range runs {
			c := exec.CommandContext(ctx, binary, "--json", "verify", file, "--trust", trust)
			start := time.Now()
			if out, err := c.CombinedOutput(); err != nil {
				return fmt.Errorf("verify: %v: %.300s", err, out)
			}
			f.add(time.Since(start).Seconds())
		}
		if s, err := os.Stat(file); err == nil {
			f.Note = fmt.Sprintf("the command from start to end; the file has %d MiB", s.Size()>>20)
		}
	}
	return nil
}

// A party is one side of a case file, with its private keys.
type party struct {
	book         *roster.Book
	root, roster *seal.PrivateKey
	node         *seal.PrivateKey
	seats        [2]*seal.PrivateKey
	names        [2]comity.Seat
	tree         ledger.Tree
	log          ledger.Memory
	items        []comity.Item
}

func newParty(name comity.Party, zone string, now time.Time) (*party, error) {
	p := &party{}
	for _, k := range []**seal.PrivateKey{&p.root, &p.roster, &p.node, &p.seats[0], &p.seats[1]} {
		var err error
		if *k, err = seal.NewSigner("E1", rand.Reader); err != nil {
			return nil, err
		}
	}
	var err error
	p.book, err = roster.NewBook(comity.Chain{Party: name, Name: comity.Name{En: string(name), Zh: string(name)}, Zone: zone, Root: p.root.Key(),
		Node: []comity.Key{p.node.Key()}, Roster: p.roster.Key(), TLS: []comity.Hash{{1}}, Suites: []string{"E1"}, Time: comity.At(now)}, p.root.Sign)
	if err != nil {
		return nil, err
	}
	page := comity.Roster{Time: comity.At(now)}
	for i, key := range p.seats {
		p.names[i] = comity.Seat(fmt.Sprintf("%s-24-7-0%d", name, i+1))
		page.Add = append(page.Add, comity.Officer{Seat: p.names[i], Agency: comity.Agency(name + "-24-7"), Roles: []string{"draft", "registrar", "release"}, Key: key.Key()})
	}
	s, err := p.book.NextRoster(page, p.roster.Sign, p.root.Sign)
	if err != nil {
		return nil, err
	}
	return p, p.book.Add("roster", s)
}

// place signs an item and enters it in p's stream.
func (p *party) place(h comity.Header, peer *party, profile comity.Hash, at time.Time) error {
	_, chain := p.book.Chain()
	_, page := p.book.Roster()
	h.V, h.Channel, h.Seq, h.From, h.Root = 1, p.book.ChannelWith(peer.book, comity.Live), uint64(len(p.items)), p.book.Party(), p.tree.Root()
	h.Profile, h.Chain, h.Roster, h.Suite, h.Key, h.Time = profile, chain, page, "E1", p.node.Name(), comity.At(at)
	b, err := seal.EncodeHeader(h)
	if err != nil {
		return err
	}
	sig, err := p.node.Sign("header", b)
	if err != nil {
		return err
	}
	if _, err := ledger.Append(&p.log, h.Seq, b); err != nil {
		return err
	}
	p.tree.Add(b)
	p.items = append(p.items, comity.Item{Header: h, Bytes: b, Sigs: []comity.Signature{sig}})
	return nil
}

func writeCase(file, trust string, count, perItem int) error {
	now := time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	us, err := newParty("us", "America/New_York", now)
	if err != nil {
		return err
	}
	cn, err := newParty("cn", "Asia/Shanghai", now)
	if err != nil {
		return err
	}
	agreed, err := roster.NewProfile(roster.DefaultProfile(us.book, cn.book), nil, us.root.Sign, cn.root.Sign)
	if err != nil {
		return err
	}
	profile := seal.H("profile", agreed.Bytes)
	text, err := body(2048)
	if err != nil {
		return err
	}
	const ref comity.Ref = "US-2026-000042"
	var statements []comity.Statement
	for len(statements) < count {
		var h comity.Header
		for range min(perItem, count-len(statements)) {
			now = now.Add(time.Second)
			kind, after := comity.Kind("note"), (*comity.After)(nil)
			if len(statements) == 0 {
				kind, after = "preserve.request", &comity.After{}
			}
			s, err := seal.NewStatement(comity.Manifest{Realm: comity.Live, From: "us", To: []comity.Party{"cn"}, Matter: ref, Kind: kind,
				Marking: comity.Marking{TLP: "AMBER"}, After: after, Release: comity.Release{Class: comity.Dual}, Time: comity.At(now),
				Parts: []comity.Part{{Name: "body", Type: "application/json"}}}, [][]byte{text}, nil)
			if err != nil {
				return err
			}
			for i, key := range us.seats {
				sig, err := key.SignSeat(us.names[i], "manifest", s.Bytes)
				if err != nil {
					return err
				}
				s.Sigs = append(s.Sigs, sig)
			}
			statements, h.Statements = append(statements, s), append(h.Statements, s.ID)
		}
		if err := us.place(h, cn, profile, now); err != nil {
			return err
		}
		upto := uint64(len(us.items)) - 1
		if err := cn.place(comity.Header{Receipt: &comity.Receipt{Upto: upto, Root: us.tree.Root()}}, us, profile, now); err != nil {
			return err
		}
	}
	return export(file, trust, us, cn, agreed, statements, ref, now)
}

func export(file, trust string, us, cn *party, agreed comity.Signed, statements []comity.Statement, ref comity.Ref, now time.Time) error {
	out, err := os.Create(file)
	if err != nil {
		return err
	}
	defer out.Close()
	buf := bufio.NewWriter(out)
	c := evidence.NewCaseWriter(buf, evidence.CaseHead{Realm: comity.Live, Matter: ref, By: "us", Parties: []comity.Party{"cn", "us"}, Time: comity.At(now)})
	c.Party(cn.book.File())
	c.Party(us.book.File())
	c.Profile(agreed)
	for _, it := range append(cn.items, us.items...) {
		c.Item(it)
	}
	for seq := range us.items {
		path, err := ledger.Prove(&us.log, uint64(seq), uint64(seq)+1)
		if err != nil {
			return err
		}
		c.Proof(evidence.Proof{From: "us", Seq: uint64(seq), Receipt: uint64(seq), Path: path})
	}
	for _, s := range statements {
		c.Statement(s)
	}
	if err := c.Close(); err != nil { // it remembers the first error
		return err
	}
	if err := buf.Flush(); err != nil {
		return err
	}
	t, err := evidence.Trust{Parties: map[comity.Party]comity.Hash{"us": us.book.Identity(), "cn": cn.book.Identity()}}.Encode()
	if err != nil {
		return err
	}
	return os.WriteFile(trust, t, 0o600)
}
