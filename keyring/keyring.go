// Package keyring keeps a party's private keys on disk, each file encrypted
// under a passphrase.
//
//	root.key           signs the chain and profiles; belongs on a medium in a safe
//	roster.key         signs who may sit where
//	node.key           signs items, opens stored secrets, speaks TLS
//	seats/NAME.key     one officer's; its passphrase is that officer's own
//
// A node runs with node.key alone. A seat's file also holds the storage key, so
// that an officer can read and attach files without the node's.
package keyring

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"comity"
	"comity/seal"
)

// A Ring is a folder of key files.
type Ring struct {
	Dir        string
	Iterations int // how hard a new file is to guess open; default seal.Iterations
}

// contents is what a key file holds, before encryption.
type contents struct {
	Sign    [][]byte `json:"sign,omitempty"` // private keys; the first is current
	Storage []byte   `json:"storage,omitempty"`
	TLSCert []byte   `json:"tlscert,omitempty"` // DER
	TLSKey  []byte   `json:"tlskey,omitempty"`  // PKCS#8
}

// A Node is what a running node needs.
type Node struct {
	Sign    []*seal.PrivateKey // the first is current
	Box     Box
	TLSCert []byte
	TLSKey  []byte
}

// Signer returns the key of that name.
func (n *Node) Signer(name comity.Hash) (*seal.PrivateKey, bool) { return find(n.Sign, name) }

// An Officer is one seat's keys.
type Officer struct {
	Seat comity.Seat
	Key  *seal.PrivateKey
	Box  Box
}

func find(keys []*seal.PrivateKey, name comity.Hash) (*seal.PrivateKey, bool) {
	for _, k := range keys {
		if k.Name() == name {
			return k, true
		}
	}
	return nil, false
}

// PutKey writes a file with one signing key: root or roster.
func (r Ring) PutKey(name, pass string, keys ...*seal.PrivateKey) error {
	return r.put(name, pass, contents{Sign: marshal(keys)})
}

// PutNode writes node.key.
func (r Ring) PutNode(pass string, n *Node) error {
	return r.put("node", pass, contents{marshal(n.Sign), n.Box.key, n.TLSCert, n.TLSKey})
}

// PutOfficer writes a seat's file.
func (r Ring) PutOfficer(pass string, o *Officer) error {
	return r.put("seats/"+string(o.Seat), pass, contents{Sign: marshal([]*seal.PrivateKey{o.Key}), Storage: o.Box.key})
}

// Key reads a file that PutKey wrote.
func (r Ring) Key(name, pass string) ([]*seal.PrivateKey, error) {
	_, sign, err := r.get(name, pass)
	return sign, err
}

// Node reads node.key.
func (r Ring) Node(pass string) (*Node, error) {
	c, sign, err := r.get("node", pass)
	if err != nil {
		return nil, err
	}
	box, err := r.box("node", c)
	return &Node{sign, box, c.TLSCert, c.TLSKey}, err
}

// Officer reads a seat's file.
func (r Ring) Officer(seat comity.Seat, pass string) (*Officer, error) {
	c, sign, err := r.get("seats/"+string(seat), pass)
	if err != nil {
		return nil, err
	}
	box, err := r.box("seats/"+string(seat), c)
	return &Officer{seat, sign[0], box}, err
}

// Has reports whether there is a file of that name.
func (r Ring) Has(name string) bool {
	_, err := os.Stat(r.path(name))
	return err == nil
}

// Seats returns the seats whose files are here.
func (r Ring) Seats() []comity.Seat {
	entries, err := os.ReadDir(filepath.Join(r.Dir, "seats"))
	if err != nil {
		return nil // a node without officers' keys has no such folder
	}
	var seats []comity.Seat
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".key"); ok {
			seats = append(seats, comity.Seat(name))
		}
	}
	return seats
}

func (r Ring) path(name string) string {
	return filepath.Join(r.Dir, filepath.FromSlash(name)+".key")
}

func (r Ring) put(name, pass string, c contents) error {
	if n := utf8.RuneCountInString(pass); n < 8 {
		return comity.Fieldf("passphrase", "it has %d characters; a key file wants 8 or more", n)
	}
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	iterations := r.Iterations
	if iterations == 0 {
		iterations = seal.Iterations
	}
	b, err := seal.Lock(pass, plain, iterations)
	if err != nil {
		return err
	}
	p := r.path(name)
	if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
		return err
	}
	return writeFile(p, b)
}

func (r Ring) get(name, pass string) (contents, []*seal.PrivateKey, error) {
	var c contents
	b, err := os.ReadFile(r.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil, comity.Errorf(comity.NotFound, "there is no key file %s", r.path(name))
	}
	if err != nil {
		return c, nil, err
	}
	plain, err := seal.Unlock(pass, b)
	if err != nil {
		return c, nil, comity.Errorf(comity.Forbidden, "%s does not open: %v", r.path(name), err)
	}
	if json.Unmarshal(plain, &c) != nil || len(c.Sign) == 0 {
		return c, nil, comity.Errorf(comity.Invalid, "%s opens, but holds no signing key; put a backup of it back", r.path(name))
	}
	var sign []*seal.PrivateKey
	for _, s := range c.Sign {
		k, err := seal.ParsePrivateKey(s)
		if err != nil {
			return c, nil, comity.Errorf(comity.Invalid, "%s holds a signing key that is not good: %v", r.path(name), err)
		}
		sign = append(sign, k)
	}
	return c, sign, nil
}

// box returns the storage key of a file that must hold one.
func (r Ring) box(name string, c contents) (Box, error) {
	if len(c.Storage) == 0 {
		return Box{}, comity.Errorf(comity.Invalid, "%s holds no storage key; put a backup of it back", r.path(name))
	}
	return NewBox(c.Storage)
}

// writeFile replaces name by b, durably, or leaves it as it was.
func writeFile(name string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".key-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func marshal(keys []*seal.PrivateKey) [][]byte {
	var out [][]byte
	for _, k := range keys {
		out = append(out, k.Marshal())
	}
	return out
}

// A Box encrypts the small secrets that a node keeps in its database: file keys
// and the private halves of prekeys.
type Box struct {
	key  []byte
	aead cipher.AEAD
}

// NewBox returns the Box of a 32-byte key, or a fresh one if key is nil.
func NewBox(key []byte) (Box, error) {
	if key == nil {
		key = make([]byte, 32)
		rand.Read(key)
	}
	if len(key) != 32 {
		return Box{}, comity.Errorf(comity.Invalid, "the storage key has %d bytes, not 32", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return Box{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return Box{bytes.Clone(key), aead}, err
}

// Seal encrypts secret, bound to the use that name describes.
func (b Box) Seal(name string, secret []byte) []byte {
	return b.aead.Seal(nil, nil, secret, []byte(name))
}

// Open decrypts what Seal made for the same use.
func (b Box) Open(name string, sealed []byte) ([]byte, error) {
	secret, err := b.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, comity.Errorf(comity.Untrusted, "a stored secret (%s) does not open with this node's storage key", name)
	}
	return secret, nil
}
