package vault

import (
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"comity"
)

// A place is where a peer uploads a file. Peers do not share places: what one
// sends cannot spoil, or be seen by, another.
type place struct {
	peer   comity.Party
	cipher comity.Hash
}

func (p place) whole() string { return path.Join("peers", string(p.peer), p.cipher.String()) }
func (p place) part() string  { return p.whole() + ".part" }
func (p place) sent() string  { return p.whole() + ".sent" }

type upload struct {
	room int64 // what it counts for; guarded by Vault.mu

	mu    sync.Mutex
	gone  bool // from Vault.uploads
	whole bool
	size  int64
	sum   hash.Hash // of size bytes; nil if we do not know what is on disk
	turn  int       // of the Append that may write
}

// find enters what an earlier process left.
func (v *Vault) find() error {
	peers, err := fs.ReadDir(v.root.FS(), "peers")
	if err != nil {
		return err
	}
	for _, d := range peers {
		if !d.IsDir() {
			continue // not ours to touch
		}
		files, err := fs.ReadDir(v.root.FS(), path.Join("peers", d.Name()))
		if err != nil {
			return err
		}
		for _, f := range files {
			name, part := strings.CutSuffix(f.Name(), ".part")
			cipher, err := comity.ParseHash(name)
			if err != nil || cipher.IsZero() {
				continue // not ours to touch
			}
			s, err := f.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // another process has just stored it
			}
			if err != nil {
				return err
			}
			v.uploads[place{comity.Party(d.Name()), cipher}] = &upload{
				room: max(least, s.Size()), size: s.Size(), whole: !part,
			}
		}
	}
	return nil
}

// Usage returns what a peer's uploads count for against its quota: all that it
// announced and that no statement names.
func (v *Vault) Usage(peer comity.Party) int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.usage(peer)
}

func (v *Vault) usage(peer comity.Party) (n int64) {
	for p, u := range v.uploads {
		if p.peer == peer {
			n += u.room
		}
	}
	return n
}

// Offset returns how many bytes of a file a peer has sent and need not send
// again, and whether that is all of it. What others have sent it is not told.
func (v *Vault) Offset(peer comity.Party, cipher comity.Hash) (n int64, whole bool, err error) {
	p := place{peer, cipher}
	if n, ok, err := v.has(p); ok || err != nil {
		return n, ok, err
	}
	u, err := v.lock(p)
	if u == nil {
		return 0, false, err
	}
	defer u.mu.Unlock()
	err = v.load(p, u)
	return u.size, u.whole, err
}

// Append adds to a peer's file, from offset on, what r gives up to total. It
// returns how many bytes are there then, and whether that is all of the file. If
// r fails, what it gave before is kept. Of two Appends to one file, the one that
// began later goes on, because the other's connection is most likely dead.
func (v *Vault) Append(peer comity.Party, cipher comity.Hash, offset, total int64, r io.Reader) (n int64, whole bool, err error) {
	p := place{peer, cipher}
	if n, ok, err := v.has(p); ok || err != nil {
		return n, ok, errors.Join(err, at(offset, n))
	}
	u, err := v.admit(p, offset, total)
	if err != nil {
		return 0, false, err
	}
	defer u.mu.Unlock()
	if err := v.load(p, u); err != nil {
		return u.size, false, err
	}
	if err := at(offset, u.size); err != nil || u.whole {
		return u.size, u.whole, err
	}
	if err := v.mkdir(path.Dir(p.part())); err != nil {
		return u.size, false, err
	}
	flag := os.O_WRONLY
	if u.size == 0 {
		flag |= os.O_CREATE // later it must be there: a new one would begin with a hole
	}
	f, err := v.root.OpenFile(p.part(), flag, 0o600)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, errTaken
	}
	if err != nil {
		return u.size, false, err
	}
	defer f.Close()
	u.turn++
	err = u.fill(f, total, r)
	if errors.Is(err, comity.Conflict) {
		return u.size, false, err
	}
	if e := f.Sync(); e != nil {
		u.sum = nil
		return u.size, false, errors.Join(err, e)
	}
	if err == nil && u.size == total {
		err = v.finish(p, u)
	}
	return u.size, u.whole, err
}

var errTaken = comity.Errorf(comity.Conflict, "another upload of this file has taken over")

// fill writes what r gives. The lock is held at the start and at the end, but not
// while r is awaited.
func (u *upload) fill(f *os.File, total int64, r io.Reader) error {
	turn := u.turn
	buf := make([]byte, buffer)
	for dirty := 0; u.size < total; {
		want := buf[:min(buffer, total-u.size)]
		u.mu.Unlock()
		n, rerr := r.Read(want)
		u.mu.Lock()
		if u.gone || u.turn != turn {
			return errTaken
		}
		if n > 0 {
			if _, err := f.WriteAt(want[:n], u.size); err != nil {
				u.sum = nil
				return err
			}
			u.sum.Write(want[:n])
			u.size += int64(n)
		}
		if dirty += n; dirty >= unsynced {
			dirty = 0
			if err := f.Sync(); err != nil {
				u.sum = nil
				return err
			}
		}
		if rerr == io.EOF {
			return nil
		}
		if rerr != nil {
			return comity.Errorf(comity.Unavailable, "the upload stopped after %d of %d bytes: %w", u.size, total, rerr)
		}
	}
	return nil
}

func at(offset, n int64) error {
	if offset != n {
		return comity.Errorf(comity.Conflict, "the next byte of this file is number %d, not %d", n, offset)
	}
	return nil
}

// Claim keeps a peer's upload that a statement now names, frees its quota and
// returns its size. A file that this peer has not sent whole is NotFound, though
// another has. To claim again is no error: its node may have died before it noted
// the first. Two peers may send one file, so a node should count claims before it
// calls Erase.
func (v *Vault) Claim(peer comity.Party, cipher comity.Hash) (int64, error) {
	p := place{peer, cipher}
	if n, ok, err := v.has(p); ok || err != nil {
		if err == nil {
			_, err = v.discard(p, time.Time{})
		}
		return n, err
	}
	u, err := v.lock(p)
	if err != nil {
		return 0, err
	}
	if u == nil {
		return v.claimed(p)
	}
	defer u.mu.Unlock()
	if err := v.load(p, u); err != nil {
		return 0, err
	}
	if !u.whole {
		return v.claimed(p)
	}
	if err := v.root.WriteFile(p.sent(), nil, 0o600); err != nil { // keep makes it durable
		return 0, err
	}
	if err := v.keep(p.whole(), cipher); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	v.forget(p, u)
	return v.claimed(p)
}

// claimed is the answer when there is nothing left to claim: it is stored, by us
// or by another replica that was faster.
func (v *Vault) claimed(p place) (int64, error) {
	n, ok, err := v.has(p)
	if err == nil && !ok {
		err = comity.Errorf(comity.NotFound, "file %s has not arrived whole from %s", p.cipher.Short(), p.peer)
	}
	return n, err
}

// has reports whether a file is stored that this peer has sent.
func (v *Vault) has(p place) (int64, bool, error) {
	if _, err := comity.ParseParty(string(p.peer)); err != nil {
		return 0, false, err
	}
	_, err := v.root.Stat(p.sent())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	s, err := v.root.Stat(stored(p.cipher))
	if errors.Is(err, fs.ErrNotExist) { // erased since, or swept
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return s.Size(), true, nil
}

// disk returns what there is at a place.
func (v *Vault) disk(p place) (size int64, whole bool, err error) {
	if _, err := comity.ParseParty(string(p.peer)); err != nil {
		return 0, false, err
	}
	s, err := v.root.Stat(p.whole())
	whole = err == nil
	if errors.Is(err, fs.ErrNotExist) {
		s, err = v.root.Stat(p.part())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	return s.Size(), whole, nil
}

// lock returns an upload, locked, or nil. One that another process began is
// entered as if it were ours.
func (v *Vault) lock(p place) (*upload, error) {
	for {
		v.mu.Lock()
		u := v.uploads[p]
		v.mu.Unlock()
		if u == nil {
			size, whole, err := v.disk(p)
			if err != nil || size == 0 && !whole {
				return nil, err
			}
			v.mu.Lock()
			if u = v.uploads[p]; u == nil {
				u = &upload{room: max(least, size)}
				v.uploads[p] = u
			}
			v.mu.Unlock()
		}
		u.mu.Lock()
		if !u.gone {
			return u, nil
		}
		u.mu.Unlock()
	}
}

// admit makes room for total bytes at p, and returns the upload, locked.
func (v *Vault) admit(p place, offset, total int64) (*upload, error) {
	if _, err := comity.ParseParty(string(p.peer)); err != nil {
		return nil, err
	}
	if p.cipher.IsZero() || offset < 0 || offset > total {
		return nil, comity.Errorf(comity.Invalid, "a file of %d bytes has no byte %d", total, offset)
	}
	if total > v.limits.File {
		return nil, comity.Errorf(comity.TooMuch, "a file may have %d bytes here, not %d", v.limits.File, total)
	}
	for {
		v.mu.Lock()
		u := v.uploads[p]
		room, had := max(least, total), int64(0)
		if u != nil {
			had = u.room
		}
		if used := v.usage(p.peer) - had; used+room > v.limits.Quota && room > had {
			v.mu.Unlock()
			return nil, comity.Errorf(comity.TooMuch, "%d bytes of your files await a statement that names them; with this one it would be more than %d", used, v.limits.Quota)
		}
		if u == nil {
			u = &upload{sum: sha256.New()}
			v.uploads[p] = u
		}
		u.room = max(had, room)
		v.mu.Unlock()
		u.mu.Lock()
		if !u.gone {
			return u, nil
		}
		u.mu.Unlock()
	}
}

// load learns what is on disk, if that is not what we know: we have just begun,
// or another process has gone on with the upload.
func (v *Vault) load(p place, u *upload) error {
	size, whole, err := v.disk(p)
	if err != nil || whole && u.whole || !whole && u.sum != nil && size == u.size {
		return err
	}
	if u.size, u.whole, u.sum = size, whole, nil; whole {
		return nil
	}
	f, err := v.root.Open(p.part())
	if errors.Is(err, fs.ErrNotExist) {
		u.size, u.sum = 0, sha256.New()
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, struct{ io.Reader }{f}, make([]byte, buffer))
	if err != nil {
		return err
	}
	u.size, u.sum = n, sum
	if comity.Hash(sum.Sum(nil)) == p.cipher { // the crash came between its last byte and its name
		return errors.Join(f.Sync(), v.finish(p, u))
	}
	return nil
}

// finish gives an upload whose bytes are on disk its whole name, if it is the
// file that it claims to be.
func (v *Vault) finish(p place, u *upload) error {
	if comity.Hash(u.sum.Sum(nil)) != p.cipher {
		u.size, u.sum = 0, sha256.New()
		return errors.Join(
			comity.Errorf(comity.Conflict, "the bytes of file %s are not those of its name; they are gone, begin again", p.cipher.Short()),
			v.remove(p.part()))
	}
	if err := v.root.Rename(p.part(), p.whole()); err != nil {
		return err
	}
	u.whole = true
	return v.sync(path.Dir(p.whole()))
}

func (v *Vault) forget(p place, u *upload) {
	u.gone = true
	v.mu.Lock()
	delete(v.uploads, p)
	v.mu.Unlock()
}

// discard removes an upload, if there is one that was last written before a time
// or the time is zero. An Append under way ends.
func (v *Vault) discard(p place, before time.Time) (bool, error) {
	u, err := v.lock(p)
	if u == nil {
		return false, err
	}
	defer u.mu.Unlock()
	_, whole, err := v.disk(p)
	if err != nil {
		return false, err
	}
	name := p.part()
	if whole {
		name = p.whole()
	}
	if !before.IsZero() {
		if old, err := v.older(before, name); err != nil || !old {
			return false, err
		}
	}
	if err := v.remove(name); err != nil {
		return false, err
	}
	v.forget(p, u)
	return true, nil
}

func (v *Vault) places(which func(place) bool) (ps []place) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for p := range v.uploads {
		if which(p) {
			ps = append(ps, p)
		}
	}
	return ps
}
