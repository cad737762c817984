package pairing

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"comity"
	"comity/disk"
	"comity/evidence"
	"comity/record"
	"comity/shell"
	"comity/store"
)

// trust writes the trust file of ourselves and of the peers whose pair number
// two officers have compared.
func (a *app) trust(args []string) error {
	fs := a.Flags("trust")
	out := fs.String("out", "", "the file to write (default: standard output)")
	overwrite := fs.Bool("overwrite", false, "replace the file if it is there")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		t := evidence.Trust{V: 1, Parties: map[comity.Party]comity.Hash{}}
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			own, err := n.Keeper.Book(tx, n.Party)
			if err != nil {
				return err
			}
			t.Parties[n.Party] = own.Identity()
			rows, err := tx.Parties()
			for _, p := range rows {
				if p.State == record.Pending {
					continue
				}
				book, err := n.Keeper.Book(tx, p.Party)
				if err != nil {
					return err
				}
				if p.Genesis != book.Identity() {
					return comity.Errorf(comity.Untrusted, "the record names another root key of %s than its book begins with; see comity doctor", p.Party)
				}
				t.Parties[p.Party] = p.Genesis
			}
			return err
		})
		if err != nil {
			return err
		}
		b, err := t.Encode()
		if err != nil {
			return err
		}
		if *out == "" {
			_, err = a.Stdout.Write(b)
			return err
		}
		if err := disk.Write("out", *out, 0o644, *overwrite, disk.Bytes(b)); err != nil {
			return err
		}
		return a.Print(t, "wrote %s: %s\n", *out, strings.Trim(fmt.Sprint(slices.Sorted(maps.Keys(t.Parties))), "[]"))
	})
}
