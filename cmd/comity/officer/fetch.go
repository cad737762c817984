package officer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"comity"
	"comity/disk"
	"comity/policy"
	"comity/record"
	"comity/shell"
	"comity/store"
	"comity/vault"
)

// A fetched file has been decrypted into a folder, or has not, and why.
type fetched struct {
	Statement comity.Hash  `json:"statement"`
	From      comity.Party `json:"from"`
	Name      string       `json:"name"`
	As        string       `json:"as,omitempty"`
	Size      int64        `json:"size"`
	Why       string       `json:"why,omitempty"`
	There     bool         `json:"there,omitempty"` // it was written before, and left as it is

	file comity.File
	box  []byte
}

// fetch decrypts a matter's files into a folder.
func (a *app) fetch(args []string) error {
	fs := a.Flags("fetch")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	out := fs.String("out", ".", "the folder to write into")
	only := fs.String("file", "", "only the file whose encrypted bytes have this SHA-256")
	seat := fs.String("seat", "", "the seat that reads")
	words, err := shell.Parse(fs, args, 1, 1, "one matter, such as US-2026-000001")
	if err != nil {
		return err
	}
	m, err := shell.ParseMatter(*realm, words[0])
	if err != nil {
		return err
	}
	return a.with(func(n *node) error {
		o, err := a.Officer(n.Node, *seat)
		if err != nil {
			return err
		}
		var list []fetched
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			list, err = n.attachments(tx, m)
			return err
		})
		if err != nil {
			return err
		}
		if *only != "" {
			list = slices.DeleteFunc(list, func(f fetched) bool { return f.file.Cipher.String() != *only })
			if len(list) == 0 {
				return comity.Errorf(comity.NotFound, "no statement of %s has the file %q", m, comity.Clip(*only))
			}
		}
		if len(list) == 0 {
			return comity.Errorf(comity.NotFound, "no statement of %s has a file", m)
		}
		if err := os.MkdirAll(*out, 0o700); err != nil {
			return disk.Error("out", *out, err)
		}
		dir, err := os.OpenRoot(*out)
		if err != nil {
			return disk.Error("out", *out, err)
		}
		defer dir.Close()
		text, missing, closed := "", 0, 0
		for i := range list {
			f := &list[i]
			if err := a.NoteReading(n.Node, string(o.Seat), "fetched file "+f.file.Cipher.Short()+" of "+m.String()); err != nil {
				return err
			}
			if f.Why != "" {
				closed++
			} else if err := n.fetch(f, dir, o.Box); err != nil {
				f.Why = err.Error()
				missing++
			}
			if f.Why != "" {
				text += shell.Plain(fmt.Sprintf("%s of %s: %s", f.Name, f.From, f.Why)) + "\n"
				continue
			}
			if f.As != f.Name && !f.There {
				why := "another file of that name is there already"
				if vault.CheckName(f.Name) != nil {
					why = "its name could do harm here"
				}
				a.Note("%s of %s is written as %s: %s", shell.Plain(f.Name), f.From, f.As, why)
			}
			text += shell.Plain(fmt.Sprintf("%s  %d bytes, of %s, verified%s", f.As, f.Size, f.From, mark(f.There, "; it was there already"))) + "\n"
		}
		if err := a.Print(list, "%s", text); err != nil {
			return err
		}
		if missing > 0 {
			return comity.Errorf(comity.Unavailable, "%d of %d files were not written", missing, len(list))
		}
		if closed == len(list) {
			return comity.Errorf(comity.Forbidden, "every file of %s reached the wrong desk", m)
		}
		return nil
	})
}

func (n *node) attachments(tx *store.Tx, m shell.MatterName) ([]fetched, error) {
	if err := n.May(tx, policy.Export, m.Realm, m.Ref); err != nil {
		return nil, err
	}
	rows, err := tx.StatementsOf(m.Realm, m.Ref)
	if err != nil {
		return nil, err
	}
	closed, err := n.Sealed(tx, m.Realm, m.Ref)
	if err != nil {
		return nil, err
	}
	var list []fetched
	for _, r := range rows {
		files, err := tx.Files(r.Channel, r.ID)
		if err != nil {
			return nil, err
		}
		if len(files) == 0 || r.Status == store.Refused {
			continue
		}
		s, err := n.Keeper.Statement(tx, r, false)
		if err != nil {
			return nil, err
		}
		for _, f := range files {
			one := fetched{Statement: r.ID, From: r.Author, Name: f.Name, Size: f.Size, file: s.Manifest.Files[f.N], box: f.Box}
			if closed[r.ID] {
				one.Why = "it reached the wrong desk: it is sealed, and comity attest says who had read it"
			}
			list = append(list, one)
		}
	}
	return list, nil
}

// fetch writes one file, under a name of ours if the peer's would be a trap.
func (n *node) fetch(f *fetched, dir *os.Root, box interface {
	Open(string, []byte) ([]byte, error)
}) error {
	if len(f.box) == 0 {
		return comity.Errorf(comity.NotFound, "it has been erased, or its key was withheld")
	}
	key, err := record.UnlockFile(box, f.file.Cipher, f.box)
	if err != nil {
		return err
	}
	name := f.file.Name
	if vault.CheckName(name) != nil {
		name = f.file.Cipher.Short() + ".bin"
	}
	// Two statements may each have an order.pdf, and somebody may have edited it.
	for try, as := 1, name; ; try++ {
		err = n.Vault.WriteFile(dir, as, f.file, key)
		if errors.Is(err, comity.Conflict) {
			f.There, err = n.same(f, dir, as, key)
			if err == nil && !f.There {
				as = f.file.Cipher.Short() + shell.Maybe("-%s", mark(try > 1, fmt.Sprint(try))) + "-" + name
				continue
			}
		}
		if err == nil {
			f.As = as
		}
		return err
	}
}

// same reports whether a file in a folder is what would be written there.
func (n *node) same(f *fetched, dir *os.Root, name string, key comity.FileKey) (bool, error) {
	st, err := dir.Lstat(name)
	if err != nil || !st.Mode().IsRegular() || st.Size() != f.file.Size {
		return false, err
	}
	there, err := dir.Open(name)
	if err != nil {
		return false, err
	}
	defer there.Close() // it is only read
	w := &comparing{there: there, same: true}
	err = n.Vault.Decrypt(f.file, key, w)
	return w.same, err
}

// A comparing writer holds what is written to what is there.
type comparing struct {
	there io.Reader
	same  bool
}

func (c *comparing) Write(b []byte) (int, error) {
	there := make([]byte, len(b))
	_, err := io.ReadFull(c.there, there)
	c.same = c.same && err == nil && bytes.Equal(there, b)
	return len(b), nil
}
