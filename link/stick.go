package link

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"comity"
)

// WriteStick writes an exchange as a file for removable media. The file is whole
// and on the medium when WriteStick returns, or it is not there. An existing file
// is replaced only on request: it may be the other side's answer.
func WriteStick(path string, body []byte, replace bool) (err error) {
	if _, err := os.Lstat(path); err == nil && !replace {
		return comity.Errorf(comity.Conflict, "%s is there already; to replace it, say so", path)
	}
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".comity-*.part") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(body)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return nil // the file is in place; there is nothing left to undo
	}
	defer d.Close()
	return d.Sync()
}

// ReadStick reads an exchange from a file of at most limit bytes. A stick is a
// stranger's: what is on it may be a device, a pipe or a link to our own files.
func ReadStick(path string, limit int64) ([]byte, error) {
	before, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, comity.Errorf(comity.NotFound, "there is no file %s", path)
	}
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, comity.Errorf(comity.Invalid, "%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	now, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !os.SameFile(before, now) {
		return nil, comity.Errorf(comity.Invalid, "%s changed as it was opened", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, comity.Errorf(comity.TooMuch, "%s is longer than %d bytes", path, limit)
	}
	return b, nil
}
