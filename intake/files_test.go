package intake_test

import (
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"comity"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

// A shipment is a file as a hostile peer makes one: bytes, and what a manifest
// says of them.
type shipment struct {
	bytes string
	file  comity.File
}

// ship makes n bytes that a manifest says are the ciphertext of size bytes.
func ship(n int, size int64) shipment {
	b := strings.Repeat("x", n)
	return shipment{b, comity.File{Name: "a.bin", Type: "application/octet-stream", Size: size, Plain: comity.Hash{1}, Cipher: sha256.Sum256([]byte(b))}}
}

// A naming is a note that names a file, and is yet to be sent.
type naming struct {
	id       comity.Hash
	item     comity.Item
	from, to *testnet.Node
}

// notes makes a note for each file, in the order in which they must be sent.
func notes(t *testing.T, from, to *testnet.Node, ref comity.Ref, list ...shipment) (made []naming) {
	t.Helper()
	var contents [][]comity.Statement
	for _, s := range list {
		x := from.Statement(t, to.Party, ref, "note", testnet.Body(&thread.Note{Text: "with a file"}), func(m *comity.Manifest) { m.Files = []comity.File{s.file} })
		x.Files[0] = comity.FileKey{Salt: make([]byte, 32), Key: make([]byte, 32)}
		contents, made = append(contents, []comity.Statement{x}), append(made, naming{id: x.ID, from: from, to: to})
	}
	for i, it := range from.Forge(t, to.Party, nil, contents...) {
		made[i].item = it
	}
	return made
}

func (n naming) send(t *testing.T) comity.Hash {
	t.Helper()
	if _, err := n.to.Accept(t, n.from.Name, n.from.Exchange(t, n.to.Party, n.item)); err != nil {
		t.Fatal(err)
	}
	return n.id
}

func (s shipment) send(t *testing.T, from, to *testnet.Node) {
	t.Helper()
	n := int64(len(s.bytes))
	if got, err := to.Intake.FileAppend(t.Context(), from.Name, s.file.Cipher, 0, n, strings.NewReader(s.bytes)); got != n || err != nil {
		t.Fatalf("%d bytes of %d have arrived, %v", got, n, err)
	}
}

func (s shipment) offset(t *testing.T, from, to *testnet.Node) int64 {
	t.Helper()
	n, err := to.Intake.FileOffset(t.Context(), from.Name, s.file.Cipher)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// signs fails unless the receipt of a statement's file that a node signs now, if
// any, is as wanted.
func signs(t *testing.T, by, to *testnet.Node, statement comity.Hash, want bool) {
	t.Helper()
	if _, err := by.Speak(t.Context(), to.Party); err != nil {
		t.Fatal(err)
	}
	f := by.Files(t, to.Party, statement)
	if len(f) != 1 {
		t.Fatalf("the statement is not here, with its file: %+v", f)
	}
	if got := !f[0].Receipt.IsZero(); got != want || f[0].Stored != want {
		t.Errorf("%s says that the file of %s is stored: %v, and signs that: %v; want %v", by.Name, to.Name, f[0].Stored, got, want)
	}
}

// three returns nodes of which cn and fr each have a matter with us.
func three(t *testing.T) (us, cn, fr *testnet.Node, ofCN, ofFR comity.Ref) {
	t.Helper()
	n := testnet.Nodes(t, "us", "cn", "fr")
	us, cn, fr = n[0], n[1], n[2]
	_, ofCN, err1 := cn.Ask(t.Context(), us.Party, 100)
	_, ofFR, err2 := fr.Ask(t.Context(), us.Party, 100)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	testnet.Settle(t, n...)
	return us, cn, fr, ofCN, ofFR
}

// TestFileOfAnotherSize: a statement says 5 GiB, and 70 bytes come. We do not sign
// that we have 5 GiB, and the bytes count against their sender's quota.
func TestFileOfAnotherSize(t *testing.T) {
	for name, upload := range map[string]bool{"the statement comes first": false, "the file comes first": true} {
		t.Run(name, func(t *testing.T) {
			us, cn, _, ref, _ := three(t)
			lie := ship(70, 5<<30)
			if upload {
				lie.send(t, cn, us)
			}
			list := notes(t, cn, us, ref, lie, ship(70, 70-16))
			id := list[0].send(t)
			if !upload {
				lie.send(t, cn, us)
			}
			if n := lie.offset(t, cn, us); n != 70 {
				t.Errorf("we say that we have %d bytes of 70", n)
			}
			if us.Vault.Usage("cn") == 0 {
				t.Error("it does not count")
			}
			signs(t, us, cn, id, false)
			// One that says how long it is gets its receipt, and the other none by it.
			signs(t, us, cn, list[1].send(t), true)
			signs(t, us, cn, id, false)
		})
	}
}

// TestFileOfAnother: fr learns nothing of a file of cn's, and has no receipt for it
// until it has sent it too.
func TestFileOfAnother(t *testing.T) {
	us, cn, fr, ofCN, ofFR := three(t)
	s := ship(70, 70-16)
	its := notes(t, cn, us, ofCN, s)[0].send(t)
	s.send(t, cn, us)
	if n := s.offset(t, fr, us); n != 0 {
		t.Errorf("fr is told that we have %d bytes", n)
	}
	id := notes(t, fr, us, ofFR, s)[0].send(t)
	_, err := us.Intake.FileAppend(t.Context(), "fr", s.file.Cipher, 70, 70, strings.NewReader(""))
	if !errors.Is(err, comity.Conflict) {
		t.Errorf("fr sends no byte and gets %v", err)
	}
	if n := s.offset(t, fr, us); n != 0 {
		t.Errorf("fr names it, and is told that we have %d bytes", n)
	}
	signs(t, us, cn, its, true)
	signs(t, us, fr, id, false)
	s.send(t, fr, us)
	signs(t, us, fr, id, true)
}

// TestFileSentForAnother: what fr sends is not receipted to cn, who named it.
func TestFileSentForAnother(t *testing.T) {
	us, cn, fr, ofCN, _ := three(t)
	s := ship(70, 70-16)
	id := notes(t, cn, us, ofCN, s)[0].send(t)
	s.send(t, fr, us)
	signs(t, us, cn, id, false)
	if us.Vault.Usage("fr") == 0 {
		t.Error("it does not count against fr's quota")
	}
}

// TestFileNamedTwice: what a peer has sent once, it need not send again.
func TestFileNamedTwice(t *testing.T) {
	us, cn, _, ref, _ := three(t)
	s := ship(70, 70-16)
	list := notes(t, cn, us, ref, s, s)
	one := list[0].send(t)
	s.send(t, cn, us)
	two := list[1].send(t)
	if n := s.offset(t, cn, us); n != 70 {
		t.Errorf("we say that we have %d bytes", n)
	}
	signs(t, us, cn, one, true)
	signs(t, us, cn, two, true)
}

// TestFileClaimedAndNotNoted: we die when the vault has claimed a file and the
// record has not noted it.
func TestFileClaimedAndNotNoted(t *testing.T) {
	us, cn, _, ref, _ := three(t)
	s := ship(70, 70-16)
	id := notes(t, cn, us, ref, s)[0].send(t)
	_, _, err := us.Vault.Append("cn", s.file.Cipher, 0, 70, strings.NewReader(s.bytes))
	if err == nil {
		_, err = us.Vault.Claim("cn", s.file.Cipher)
	}
	if err != nil {
		t.Fatal(err)
	}
	signs(t, us, cn, id, false)
	if n := s.offset(t, cn, us); n != 70 {
		t.Errorf("we say that we have %d bytes", n)
	}
	signs(t, us, cn, id, true)
}

// TestFileOfAParty: a party whose book is here, and with whom there is no
// channel, can neither ask nor send.
func TestFileOfAParty(t *testing.T) {
	us, _, _, _, _ := three(t)
	if err := us.DB.Update(t.Context(), func(tx *store.Tx) error { return tx.PutParty(store.Party{Party: "de", State: "confirmed"}) }); err != nil {
		t.Fatal(err)
	}
	s := ship(70, 70-16)
	_, err1 := us.Intake.FileOffset(t.Context(), "de", s.file.Cipher)
	_, err2 := us.Intake.FileAppend(t.Context(), "de", s.file.Cipher, 0, 70, strings.NewReader(s.bytes))
	if !errors.Is(err1, comity.NotFound) || !errors.Is(err2, comity.NotFound) || us.Vault.Usage("de") != 0 {
		t.Errorf("de gets %v and %v, and %d bytes are here", err1, err2, us.Vault.Usage("de"))
	}
}
