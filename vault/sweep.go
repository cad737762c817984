package vault

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"

	"comity"
)

// Sweep removes what was last written before a time and leads nowhere: uploads
// that never became whole or were never named, and what a crash left of ours. If
// keep is not nil, it removes stored files too that keep does not want, such as
// those of drafts that were given up. It returns how many files went.
func (v *Vault) Sweep(before time.Time, keep func(cipher comity.Hash) (bool, error)) (int, error) {
	gone := 0
	for _, p := range v.places(func(place) bool { return true }) {
		went, err := v.discard(p, before)
		if err != nil {
			return gone, err
		}
		if went {
			gone++
		}
	}
	err := fs.WalkDir(v.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if name == "peers" {
			return fs.SkipDir
		}
		if errors.Is(err, fs.ErrNotExist) { // it has just moved on
			return nil
		}
		if err != nil || d.IsDir() || path.Dir(path.Dir(name)) == "files" && keep == nil {
			return err
		}
		if old, err := v.older(before, name); err != nil || !old {
			return err
		}
		if path.Dir(name) != "tmp" {
			cipher, err := comity.ParseHash(path.Base(name))
			if err != nil {
				return nil // not ours to touch
			}
			if wanted, err := keep(cipher); err != nil || wanted {
				return err
			}
		}
		gone++
		return v.remove(name)
	})
	return gone, errors.Join(err, v.sweepSent(before))
}

// sweepSent removes what says who sent a file that has gone.
func (v *Vault) sweepSent(before time.Time) error {
	names, err := fs.Glob(v.root.FS(), "peers/*/*.sent")
	for _, name := range names {
		cipher, bad := comity.ParseHash(strings.TrimSuffix(path.Base(name), ".sent"))
		if bad != nil {
			continue // not ours to touch
		}
		_, gone := v.root.Stat(stored(cipher))
		if old, e := v.older(before, name); e == nil && old && errors.Is(gone, fs.ErrNotExist) {
			e = v.remove(name)
			err = errors.Join(err, e)
		}
	}
	return err
}

// older reports whether a file was last written before a time, or is not there.
func (v *Vault) older(before time.Time, name string) (bool, error) {
	s, err := v.root.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	return err == nil && s.ModTime().Before(before), err
}
