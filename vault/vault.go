// Package vault keeps attachments on disk as the ciphertext that crosses the
// border, each under the SHA-256 of that ciphertext. It holds no key: those are
// in the statements, and whoever erases a statement's key has erased its file,
// whatever a disk may remember.
//
//	files/ab/abcd…        whole files: ours, and peers' that a statement names
//	peers/cn/abcd….part   what has arrived of an upload
//	peers/cn/abcd…        an upload that is whole, but that no statement names yet
//	peers/cn/abcd….sent   empty: cn has sent this one whole, and it is in files/
//	tmp/                  files of ours on their way in
//
// An officer's file comes in by [Vault.Put]. A peer's comes in by
// [Vault.Append], in as many pieces as the line allows, and counts against that
// peer's quota until a statement names it and the node calls [Vault.Claim]. A peer
// learns nothing of what others have sent: it sends the same bytes again.
// What is known of an upload is in its bytes: after a crash they are read once
// and the upload goes on. A name of a hash alone, in files/ or peers/, means
// that the bytes are whole and on disk.
//
// Replicas of one party share the folder. What one has taken in, another finds on
// disk and goes on with; a quota counts what its own process has seen.
package vault

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"sync"
	"time"

	"comity"
	"comity/seal"
)

const (
	buffer   = 256 << 10 // bytes of a file in memory
	unsynced = 16 << 20  // bytes of a file that a power cut may cost
	least    = 64 << 10  // bytes that an upload counts for at least, so that a quota bounds their number too
)

// Limits bound what peers may leave here. A zero field is its default.
type Limits struct {
	File  int64 // bytes of one file's ciphertext: 16 GiB
	Quota int64 // bytes of one peer's uploads that no statement names: 64 GiB
}

// A Vault is a folder of sealed files. Obtain one from Open.
type Vault struct {
	root   *os.Root
	limits Limits

	mu      sync.Mutex // never held while an upload's is awaited
	uploads map[place]*upload
}

// Open opens the vault in folder dir, which it makes if need be.
func Open(dir string, l Limits) (*Vault, error) {
	if l.File == 0 {
		l.File = 16 << 30
	}
	if l.Quota == 0 {
		l.Quota = 64 << 30
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	v := &Vault{root: root, limits: l, uploads: map[place]*upload{}}
	for _, d := range []string{"files", "peers", "tmp"} {
		err = errors.Join(err, v.mkdir(d))
	}
	if err == nil {
		err = v.find()
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return v, nil
}

// Close lets go of the folder. Files that are open stay so.
func (v *Vault) Close() error { return v.root.Close() }

// Put encrypts a file of at most limit bytes under a fresh key and keeps it. The
// description lacks a name and a type, which are the author's to give.
func (v *Vault) Put(plaintext io.Reader, limit int64) (comity.File, comity.FileKey, error) {
	tmp := path.Join("tmp", rand.Text())
	f, err := v.root.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return comity.File{}, comity.FileKey{}, err
	}
	file, key, err := encrypt(f, plaintext, limit)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = v.keep(tmp, file.Cipher)
	}
	if err != nil {
		return comity.File{}, comity.FileKey{}, errors.Join(err, v.root.Remove(tmp))
	}
	return file, key, nil
}

func encrypt(w io.Writer, r io.Reader, limit int64) (comity.File, comity.FileKey, error) {
	e, err := seal.NewFileWriter(w)
	if err != nil {
		return comity.File{}, comity.FileKey{}, err
	}
	n, err := io.CopyBuffer(e, io.LimitReader(r, limit+1), make([]byte, buffer))
	if err != nil {
		return comity.File{}, comity.FileKey{}, err
	}
	if n > limit {
		return comity.File{}, comity.FileKey{}, comity.Errorf(comity.TooMuch, "the file is longer than %d bytes", limit)
	}
	if err := e.Close(); err != nil {
		return comity.File{}, comity.FileKey{}, err
	}
	return e.File("", ""), e.Key(), nil
}

// Open opens a file's ciphertext for reading, and returns its size.
func (v *Vault) Open(cipher comity.Hash) (*os.File, int64, error) {
	f, err := v.root.Open(stored(cipher))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, comity.Errorf(comity.NotFound, "file %s is not here", cipher.Short())
	}
	if err != nil {
		return nil, 0, err
	}
	s, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, 0, err
	}
	return f, s.Size(), nil
}

// Decrypt writes a file's plaintext to w. Each piece that it writes has been
// authenticated, but only when Decrypt returns nil is it the whole file, and the
// one that the manifest names.
func (v *Vault) Decrypt(file comity.File, key comity.FileKey, w io.Writer) error {
	f, _, err := v.Open(file.Cipher)
	if err != nil {
		return err
	}
	defer f.Close()
	r, err := seal.NewFileReader(f, file, key)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{w}, r, make([]byte, buffer))
	return err
}

// Erase removes a file, whoever sent it. To erase what is not there is no error.
func (v *Vault) Erase(cipher comity.Hash) error {
	for _, p := range v.places(func(p place) bool { return p.cipher == cipher }) {
		if _, err := v.discard(p, time.Time{}); err != nil {
			return err
		}
	}
	return v.remove(stored(cipher))
}

func stored(cipher comity.Hash) string {
	s := hex.EncodeToString(cipher[:])
	return path.Join("files", s[:2], s)
}

// keep makes the file at name, whole and on disk, the one stored under cipher.
func (v *Vault) keep(name string, cipher comity.Hash) error {
	to := stored(cipher)
	if err := v.mkdir(path.Dir(to)); err != nil {
		return err
	}
	if err := v.root.Rename(name, to); err != nil {
		return err
	}
	return errors.Join(v.sync(path.Dir(to)), v.sync(path.Dir(name)))
}

// mkdir makes a folder that a power cut does not take away.
func (v *Vault) mkdir(name string) error {
	err := v.root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return v.sync(path.Dir(name))
}

// remove removes a file, if it is there.
func (v *Vault) remove(name string) error {
	err := v.root.Remove(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return v.sync(path.Dir(name))
}

// sync makes a folder's names durable.
func (v *Vault) sync(dir string) error {
	d, err := v.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
