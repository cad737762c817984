package keyring

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"comity"
	"comity/seal"
)

const pass = "correct horse"

func newKey(t *testing.T) *seal.PrivateKey {
	t.Helper()
	k, err := seal.NewSigner("E1", rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newBox(t *testing.T) Box {
	t.Helper()
	b, err := NewBox(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeysComeBack(t *testing.T) {
	r := Ring{Dir: t.TempDir(), Iterations: 1}
	root, box := newKey(t), newBox(t)
	node := &Node{Sign: []*seal.PrivateKey{newKey(t), newKey(t)}, Box: box, TLSCert: []byte("cert"), TLSKey: []byte("key")}
	officer := &Officer{Seat: "us-24-7-01", Key: newKey(t), Box: box}
	if err := errors.Join(r.PutKey("root", pass, root), r.PutNode(pass, node), r.PutOfficer(pass, officer)); err != nil {
		t.Fatal(err)
	}
	secret := box.Seal("a file", []byte("its key"))

	keys, err := r.Key("root", pass)
	if err != nil || len(keys) != 1 || keys[0].Name() != root.Name() {
		t.Errorf("the root comes back as %v, %v", keys, err)
	}
	n, err := r.Node(pass)
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Sign) != 2 || n.Sign[0].Name() != node.Sign[0].Name() || string(n.TLSCert) != "cert" || string(n.TLSKey) != "key" {
		t.Errorf("the node comes back as %v", n)
	}
	if k, ok := n.Signer(node.Sign[1].Name()); !ok || k.Name() != node.Sign[1].Name() {
		t.Errorf("the node's second key is %v", k)
	}
	if _, ok := n.Signer(root.Name()); ok {
		t.Errorf("the node has the root's key")
	}
	o, err := r.Officer("us-24-7-01", pass)
	if err != nil || o.Key.Name() != officer.Key.Name() || o.Seat != officer.Seat {
		t.Fatalf("the officer comes back as %v, %v", o, err)
	}
	for who, b := range map[string]Box{"node": n.Box, "officer": o.Box} {
		if got, err := b.Open("a file", secret); err != nil || string(got) != "its key" {
			t.Errorf("the %s opens %q, %v", who, got, err)
		}
	}
	if !r.Has("node") || r.Has("roster") || !slices.Equal(r.Seats(), []comity.Seat{"us-24-7-01"}) {
		t.Errorf("it has the seats %v, or not what was put", r.Seats())
	}
}

func TestKeyFilesAreSecret(t *testing.T) {
	r := Ring{Dir: filepath.Join(t.TempDir(), "keys"), Iterations: 1}
	k := newKey(t)
	if err := r.PutOfficer(pass, &Officer{Seat: "us-24-7-01", Key: k, Box: newBox(t)}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(r.Dir, "seats", "us-24-7-01.key")
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(b, k.Marshal()) || strings.Contains(string(b), hex.EncodeToString(k.Key().Pub)) {
		t.Errorf("the key stands in the file")
	}
	for name, want := range map[string]os.FileMode{file: 0o600, filepath.Dir(file): 0o700 | os.ModeDir} {
		if i, err := os.Stat(name); err != nil || i.Mode() != want {
			t.Errorf("%s has mode %v, %v; want %v", name, i.Mode(), err, want)
		}
	}
	left, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(left) != 1 {
		t.Errorf("the folder has %v, %v", left, err)
	}
}

// What cannot be used is refused, with the name of the file. A fresh storage key
// in the place of a lost one would open nothing, and lock away more.
func TestBadKeyFilesAreRefused(t *testing.T) {
	r := Ring{Dir: t.TempDir(), Iterations: 1}
	k := newKey(t)
	locked := func(plain string) []byte {
		b, err := seal.Lock(pass, []byte(plain), 1)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := r.PutKey("good", pass, k); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(r.path("good"))
	if err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf(`{"sign":[%q]`, "eyJ2IjoxfQ==")
	for _, x := range []struct {
		name, pass string
		b          []byte
		want       comity.Trouble
	}{
		{"no file", pass, nil, comity.NotFound},
		{"another passphrase", pass + "!", good, comity.Forbidden},
		{"half a file", pass, good[:len(good)/2], comity.Forbidden},
		{"a file without a storage key", pass, good, comity.Invalid},
		{"a file without a signing key", pass, locked(`{}`), comity.Invalid},
		{"a file with a key that is none", pass, locked(key + `}`), comity.Invalid},
		{"a file of something else", pass, locked(`a poem`), comity.Invalid},
	} {
		t.Run(x.name, func(t *testing.T) {
			if x.b != nil {
				if err := os.WriteFile(r.path("node"), x.b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := r.Node(x.pass)
			if !errors.Is(err, x.want) || !strings.Contains(err.Error(), r.path("node")) || strings.Contains(err.Error(), "json") {
				t.Errorf("it met with %v", err)
			}
		})
	}
	for name, p := range map[string]string{"an empty passphrase": "", "a short one": "1234567", "a short one of long letters": "数据数据"} {
		if err := r.PutKey("root", p, k); !errors.Is(err, comity.Invalid) || r.Has("root") {
			t.Errorf("%s met with %v", name, err)
		}
	}
}

func TestBoxesOpenForTheirUseOnly(t *testing.T) {
	b := newBox(t)
	sealed := b.Seal("a file", []byte("its key"))
	if _, err := b.Open("another file", sealed); !errors.Is(err, comity.Untrusted) {
		t.Errorf("opened for another use: %v", err)
	}
	if _, err := newBox(t).Open("a file", sealed); !errors.Is(err, comity.Untrusted) {
		t.Errorf("opened with another key: %v", err)
	}
	if _, err := b.Open("a file", nil); !errors.Is(err, comity.Untrusted) {
		t.Errorf("opened nothing: %v", err)
	}
	for _, n := range []int{0, 16, 31, 33} {
		if _, err := NewBox(make([]byte, n)); !errors.Is(err, comity.Invalid) {
			t.Errorf("a key of %d bytes met with %v", n, err)
		}
	}
}
