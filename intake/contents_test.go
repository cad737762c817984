package intake_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"comity"
	"comity/roster"
	"comity/seal"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

// stored puts a statement together again as a node keeps it.
func stored(t *testing.T, n *testnet.Node, row store.Statement) (s comity.Statement) {
	t.Helper()
	err := n.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		s, err = n.Keeper.Statement(tx, row, true)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestContentsOfAnother: a peer that holds a copy of another's statement sends it
// first, emptied. The true one must still arrive whole.
func TestContentsOfAnother(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn", "fr")
	us, cn, fr := n[0], n[1], n[2]
	_, ref, err := us.Ask(t.Context(), cn.Party, 100)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us, cn, fr)
	x := cn.Statement(t, us.Party, ref, "note", testnet.Body(&thread.Note{Text: "what cn really said"}),
		func(m *comity.Manifest) { m.To = []comity.Party{"fr", "us"} })
	emptied := x
	emptied.Parts = make([]comity.SaltedPart, len(x.Parts))
	for _, it := range fr.Forge(t, us.Party, nil, []comity.Statement{emptied}) {
		if _, err := us.Accept(t, "fr", fr.Exchange(t, us.Party, it)); err != nil {
			t.Fatal(err)
		}
	}
	for _, it := range cn.Forge(t, us.Party, nil, []comity.Statement{x}) {
		if _, err := us.Accept(t, "cn", cn.Exchange(t, us.Party, it)); err != nil {
			t.Fatal(err)
		}
	}
	row := us.Statements(t, "cn")[x.ID]
	if got := string(stored(t, us, row).Parts[0].Body); row.Status != store.Placed || !strings.Contains(got, "what cn really said") {
		t.Errorf("the true statement is %s with body %q", row.Status, got)
	}
}

// TestReflected: our own statement comes back as if it were the peer's. It is
// refused as a duplicate, and the good one beside it counts.
func TestReflected(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")
	us, cn := n[0], n[1]
	_, ref, err := us.Ask(t.Context(), cn.Party, 100)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us, cn)
	id, err := cn.Note(t.Context(), ref, "ours")
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us, cn)
	ours := stored(t, us, us.Statements(t, "cn")[id])
	good := us.Statement(t, cn.Party, ref, "note", testnet.Body(&thread.Note{Text: "good"}), nil)
	for _, it := range us.Forge(t, cn.Party, nil, []comity.Statement{good, ours}) {
		x, err := cn.Accept(t, "us", us.Exchange(t, cn.Party, it))
		if err != nil {
			t.Fatal(err)
		}
		var codes []string
		for _, a := range x.Items {
			if r := a.Header.Receipt; r != nil {
				for _, f := range r.Refused {
					codes = append(codes, f.Code)
				}
			}
		}
		if strings.Join(codes, " ") != "duplicate" {
			t.Errorf("refused %v, want the reflected one as duplicate", codes)
		}
	}
	if row := cn.Statements(t, "us")[good.ID]; row.Status != store.Placed {
		t.Errorf("the good one beside it is %q", row.Status)
	}
}

// TestFalseFileReceipt: a receipt of a file that nobody sent is refused, signed.
func TestFalseFileReceipt(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")
	us, cn := n[0], n[1]
	_, ref, err := us.Ask(t.Context(), cn.Party, 100)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us, cn)
	id, err := cn.Say(t.Context(), ref, "note", &thread.Note{Text: "with a file"}, strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []comity.FileReceipt{
		{V: 1, Statement: comity.Hash{1}, Cipher: comity.Hash{2}, Size: 7, Result: "stored"},
		{V: 1, Statement: id, Cipher: comity.Hash{7}, Size: 7, Result: "stored"},
	} {
		s, err := roster.SignObject("filereceipt", r)
		if err != nil {
			t.Fatal(err)
		}
		s.Sigs = []comity.Signature{}
		items := us.Forge(t, cn.Party, func(h *comity.Header) {
			h.Statements, h.Control = nil, &comity.Control{Type: "filereceipt", Hash: seal.H("filereceipt", s.Bytes)}
		}, []comity.Statement{us.Statement(t, cn.Party, ref, "note", testnet.Body(&thread.Note{Text: "x"}), nil)})
		items[0].Sealed, items[0].Control = nil, seal.EncodeSigned(s)
		x, err := cn.Accept(t, "us", us.Exchange(t, cn.Party, items...))
		if err != nil {
			t.Fatal(err)
		}
		if code, err := testnet.Rejection(x); code != "control" || err != nil {
			t.Errorf("the answer is %q (%v), want a rejection with code control", code, err)
		}
	}
}

// TestRefusedIsKept: what is refused keeps its contents, beside the true ones, but
// its files count against its sender's quota for as long as they lie here.
func TestRefusedIsKept(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn", "fr")
	us, cn, fr := n[0], n[1], n[2]
	_, ref, err := us.Ask(t.Context(), cn.Party, 100)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, us, cn, fr)
	ciphertext := strings.Repeat("x", int(seal.CipherSize(1)))
	cipher := comity.Hash(sha256.Sum256([]byte(ciphertext)))
	x := fr.Statement(t, us.Party, ref, "note", testnet.Body(&thread.Note{Text: "of no matter of mine"}), func(m *comity.Manifest) {
		m.Files = []comity.File{{Name: "large.bin", Type: "application/octet-stream", Size: 1, Plain: comity.Hash{1}, Cipher: cipher}}
	})
	x.Files[0] = comity.FileKey{Salt: make([]byte, 32), Key: make([]byte, 32)}
	for _, it := range fr.Forge(t, us.Party, nil, []comity.Statement{x}) {
		if _, err := us.Accept(t, "fr", fr.Exchange(t, us.Party, it)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := us.Intake.FileAppend(t.Context(), "fr", cipher, 0, int64(len(ciphertext)), strings.NewReader(ciphertext)); err != nil {
		t.Fatal(err)
	}
	var row store.Statement // no matter lists it
	err = us.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		row, err = tx.Statement(testnet.Channel(us.Party, fr.Party), x.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := string(stored(t, us, row).Parts[0].Body); row.Code != "matter" || row.Matter != "" || !strings.Contains(got, "of no matter of mine") {
		t.Errorf("the row has code %q, matter %q and body %q", row.Code, row.Matter, got)
	}
	if f := us.Files(t, fr.Party, x.ID); len(f) != 1 || f[0].Stored || us.Vault.Usage("fr") == 0 {
		t.Errorf("its files are %+v, and %d bytes count against its quota", f, us.Vault.Usage("fr"))
	}
}
