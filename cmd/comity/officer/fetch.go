package officer

import (
	"errors"
	"fmt"
	"os"

	"comity"
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

	file comity.File
	box  []byte
}

// fetch decrypts a matter's files into a folder.
func (a *app) fetch(args []string) error {
	fs := a.Flags("fetch")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	out := fs.String("out", ".", "the folder to write into")
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
		var list []fetched
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
			list, err = n.attachments(tx, m)
			return err
		})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return comity.Errorf(comity.NotFound, "no statement of %s has a file", m)
		}
		o, err := a.Officer(n.Node, *seat)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(*out, 0o700); err != nil {
			return shell.FileError("out", *out, err)
		}
		dir, err := os.OpenRoot(*out)
		if err != nil {
			return shell.FileError("out", *out, err)
		}
		defer dir.Close()
		text, missing := "", 0
		for i := range list {
			f := &list[i]
			if err := a.NoteReading(n.Node, string(o.Seat), "fetched file "+f.file.Cipher.Short()+" of "+m.String()); err != nil {
				return err
			}
			if err := n.fetch(f, dir, o.Box); err != nil {
				f.Why = err.Error()
				missing++
			}
			if f.Why != "" {
				text += shell.Plain(fmt.Sprintf("%s of %s: %s", f.Name, f.From, f.Why)) + "\n"
				continue
			}
			text += shell.Plain(fmt.Sprintf("%s  %d bytes, of %s, verified", f.As, f.Size, f.From)) + "\n"
		}
		if err := a.Print(list, "%s", text); err != nil {
			return err
		}
		if missing > 0 {
			return comity.Errorf(comity.Unavailable, "%d of %d files were not written", missing, len(list))
		}
		return nil
	})
}

func (n *node) attachments(tx *store.Tx, m shell.MatterName) ([]fetched, error) {
	if _, err := tx.Matter(m.Realm, m.Ref); err != nil {
		return nil, err
	}
	rows, err := tx.StatementsOf(m.Realm, m.Ref)
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
			list = append(list, fetched{Statement: r.ID, From: r.Author, Name: f.Name, Size: f.Size, file: s.Manifest.Files[f.N], box: f.Box})
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
	err = n.Vault.WriteFile(dir, name, f.file, key)
	if errors.Is(err, comity.Conflict) {
		// Two statements may each have an order.pdf.
		name = f.file.Cipher.Short() + "-" + name
		err = n.Vault.WriteFile(dir, name, f.file, key)
	}
	if err == nil {
		f.As = name
	}
	return err
}
