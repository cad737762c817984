package main

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"comity"
	"comity/clock"
	"comity/desk"
	"comity/keyring"
	"comity/record"
	"comity/request"
	"comity/roster"
	"comity/store"
	"comity/vault"
)

// kinds hands the kernel the one capability there is. A second one is a second
// row here.
func kinds() record.Kinds {
	byName := map[comity.Kind]request.Kind{}
	for _, k := range request.Kinds() {
		byName[k.Kind] = k
	}
	return record.Kinds{
		Table:  request.Table(),
		Opens:  func(k comity.Kind) bool { return k == request.Opens },
		Allows: func(k comity.Kind, c comity.Class) bool { return byName[k].May(c) },
		Body: func(k comity.Kind, b []byte) error {
			body, err := request.Decode(k, b)
			if err != nil {
				return err
			}
			return request.Check(body)
		},
		Title: request.Title,
	}
}

// A node is a party's folder, opened.
type node struct {
	Config
	dir    string
	ring   keyring.Ring
	db     *store.DB
	vault  *vault.Vault
	keeper *record.Keeper
	desk   *desk.Desk
}

// open opens the node in the folder that --dir names.
func (a *app) open() (*node, error) {
	c, err := a.config()
	if err != nil {
		return nil, err
	}
	n := &node{Config: c, dir: a.dir, ring: keyring.Ring{Dir: filepath.Join(a.dir, "keys")}}
	if n.db, err = store.Open(a.ctx, c.databaseURL(a.dir)); err != nil {
		return nil, err
	}
	if n.vault, err = vault.Open(filepath.Join(a.dir, "vault"), vault.Limits{Quota: c.Quota}); err != nil {
		n.db.Close()
		return nil, err
	}
	n.keeper = &record.Keeper{Party: c.Party, DB: n.db, Kinds: kinds(), Now: time.Now, Log: slog.New(slog.DiscardHandler), Guard: filepath.Join(a.dir, "guard")}
	n.desk = &desk.Desk{Keeper: n.keeper, Vault: n.vault}
	return n, nil
}

func (n *node) Close() {
	n.vault.Close()
	n.db.Close()
}

// with opens the node, calls f, and closes it.
func (a *app) with(f func(*node) error) error {
	n, err := a.open()
	if err != nil {
		return err
	}
	defer n.Close()
	return f(n)
}

// officer opens a seat's keys.
func (a *app) officer(n *node, seat string) (*keyring.Officer, error) {
	if seat == "" {
		return nil, usagef("say which seat you are with --seat, such as %s", example(n.ring.Seats(), "us-24-7-01"))
	}
	s, err := comity.ParseSeat(seat)
	if err != nil {
		return nil, err
	}
	pass, err := a.passphrase("seat " + seat)
	if err != nil {
		return nil, err
	}
	o, err := n.ring.Officer(s, pass)
	if err != nil {
		return nil, err
	}
	return o, n.keeper.DB.Update(a.ctx, func(tx *store.Tx) error {
		return tx.Journal(comity.At(a.now()), "login", seat, "opened its key for a command")
	})
}

func example[T ~string](list []T, or T) T {
	if len(list) > 0 {
		return list[0]
	}
	return or
}

// zones returns both capitals' zones, ours first.
func zones(tx *store.Tx, k *record.Keeper, peers ...comity.Party) []clock.Zone {
	var list []clock.Zone
	for _, p := range append([]comity.Party{k.Party}, peers...) {
		b, err := k.Book(tx, p)
		if err != nil {
			continue
		}
		c, _ := b.Chain()
		if z, err := clock.ParseZone(c.Zone, capital(c.Zone)); err == nil {
			list = append(list, z)
		}
	}
	return list
}

// capitals gives the city that a zone is known by where the IANA database names
// another.
var capitals = map[string]string{"America/New_York": "Washington", "Asia/Shanghai": "Beijing"}

func capital(zone string) string {
	if c := capitals[zone]; c != "" {
		return c
	}
	return filepath.Base(zone)
}

// newest returns a book's newest prekey, for a party file.
func file(b *roster.Book) []byte { return b.File().Encode() }

// readInput reads a file, or standard input if its name is "-".
func (a *app) readInput(name string, limit int64) ([]byte, error) {
	var r io.Reader = a.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, comity.Fieldf("FILE", "%v", err)
		}
		defer f.Close()
		r = f
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = comity.Errorf(comity.TooMuch, "%s has more than %d bytes", name, limit)
	}
	return b, err
}
