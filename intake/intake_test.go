package intake_test

import (
	"testing"

	"comity"
	"comity/testnet"
)

// A pair is two nodes with a matter open between them, which us has opened.
type pair struct {
	*testing.T
	us, cn *testnet.Node
	ref    comity.Ref
}

func newPair(t *testing.T) *pair {
	t.Helper()
	n := testnet.Nodes(t, "us", "cn")
	p := &pair{T: t, us: n[0], cn: n[1]}
	var err error
	_, p.ref, err = p.us.Ask(t.Context(), p.cn.Party, 2000)
	p.must(err)
	p.settle()
	return p
}

func (p *pair) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// settle has both talk until they are quiet, and agree on everything.
func (p *pair) settle() {
	p.Helper()
	testnet.Settle(p.T, p.us, p.cn)
	testnet.MustAgree(p.T, p.us, p.cn)
}

// note has a node say something, and returns the statement's id.
func (p *pair) note(n *testnet.Node, text string) comity.Hash {
	p.Helper()
	id, err := n.Note(p.Context(), p.ref, "%s", text)
	p.must(err)
	return id
}

// has asserts that both nodes have a statement with this status and code.
func (p *pair) has(id comity.Hash, status, code string) {
	p.Helper()
	for _, n := range []*testnet.Node{p.us, p.cn} {
		if s, ok := n.Statements(p.T, "")[id]; !ok || s.Status != status || s.Code != code {
			p.Errorf("%s has statement %s: %t, %q %q; want %q %q", n.Name, id.Short(), ok, s.Status, s.Code, status, code)
		}
	}
}

func TestTwoNodes(t *testing.T) {
	p := newPair(t)
	p.note(p.cn, "hello")
	p.settle()
	if n := len(p.us.Statements(t, "")); n != 2 {
		t.Errorf("%d statements, want 2", n)
	}
}
