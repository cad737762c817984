// Package disk reads and writes the files that a person names.
package disk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"comity"
)

// Error says what the system says of a file that a person named in field.
// What is not there is NotFound, whichever command looked for it.
func Error(field, name string, err error) error {
	why := err
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		why = p.Err
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &comity.Error{Kind: comity.NotFound, Field: field, Text: "there is no " + name}
	case errors.Is(err, fs.ErrPermission):
		return &comity.Error{Kind: comity.Forbidden, Field: field, Text: "this system does not let us at " + name}
	case errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.ENAMETOOLONG):
		return comity.Fieldf(field, "%s: %v", name, why)
	}
	return fmt.Errorf("%s: %s: %w", field, name, why)
}

// Write has write fill a file that appears whole or not at all. It takes the
// place of a plain file only, and of that only if it may overwrite.
func Write(field, name string, mode fs.FileMode, overwrite bool, write func(io.Writer) error) error {
	if st, err := os.Lstat(name); err == nil {
		switch {
		case !st.Mode().IsRegular():
			return comity.Fieldf(field, "%s is there and is no regular file (%s); name another", name, st.Mode().Type())
		case !overwrite:
			return Exists(field, name)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".comity-*.part") // mode 0600
	if err != nil {
		return Error(field, filepath.Dir(name), err)
	}
	defer os.Remove(f.Name()) // after the renaming there is none
	if err = errors.Join(write(f), f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// Exists says that a file would be replaced.
func Exists(field, name string) error {
	return &comity.Error{Kind: comity.Conflict, Field: field, Text: name + " is there already; name another, or say --overwrite"}
}

// Bytes writes b, for Write.
func Bytes(b []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	}
}

// Misfit says in our words what encoding/json could not read.
func Misfit(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return comity.Fieldf(e.Field, "a JSON %s stands where something else should", e.Value)
	}
	if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok { // encoding/json has no type for it
		return comity.Errorf(comity.Invalid, "there is no field %s; perhaps it is misspelt", field)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return comity.Errorf(comity.Invalid, "it stops being JSON at byte %d", e.Offset)
	}
	return comity.Errorf(comity.Invalid, "it is not whole")
}
