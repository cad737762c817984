package shell

import (
	"cmp"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"comity"
	"comity/clock"
	"comity/config"
	"comity/identifier"
	"comity/keyring"
	"comity/policy"
	"comity/record"
	"comity/seal"
	"comity/store"
	"comity/vault"
)

// A Node is a party's folder, opened.
type Node struct {
	config.Config
	Dir    string
	Ring   keyring.Ring
	DB     *store.DB
	Vault  *vault.Vault
	Keeper *record.Keeper

	// Reader is the seat that has opened its key: who looks. Empty, it is somebody
	// at the terminal, who is admitted to no restricted matter.
	Reader comity.Seat

	own kept
	of  *Node // whose kept is read, if not our own
}

// kept is what was read once, by whoever looked first.
type kept struct {
	mu     sync.Mutex
	pacts  map[string]pactAt
	policy *policy.Set
	ranges func() []identifier.Ranges // read when they are first needed
}

// Offline returns the party's lists of addresses: the files of the folder offline
// in dir. Without it nothing is said of where an address is.
func Offline(dir string) []identifier.Ranges {
	return identifier.ReadLists(os.DirFS(filepath.Join(dir, "offline")))
}

// As is the node as a seat looks at it.
func (n *Node) As(seat comity.Seat) *Node {
	return &Node{Config: n.Config, Dir: n.Dir, Ring: n.Ring, DB: n.DB, Vault: n.Vault, Keeper: n.Keeper, Reader: seat, of: cmp.Or(n.of, n)}
}

func (n *Node) kept() *kept { return &cmp.Or(n.of, n).own }

// Open opens the node in the folder that --dir names.
func (a *App) Open() (*Node, error) {
	c, err := config.Read(a.Dir)
	if err != nil {
		return nil, err
	}
	if name := c.DatabaseURL(a.Dir); !strings.Contains(name, "://") {
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			return nil, comity.Errorf(comity.NotFound, "the record is missing: there is no %s; put a backup of it back (comity restore FILE)", name)
		}
	}
	n := &Node{Config: c, Dir: a.Dir, Ring: keyring.Ring{Dir: filepath.Join(a.Dir, "keys")}}
	n.own.ranges = sync.OnceValue(func() []identifier.Ranges { return Offline(a.Dir) })
	if n.DB, err = store.Open(a.Ctx, c.DatabaseURL(a.Dir)); err != nil {
		return nil, err
	}
	if n.Vault, err = vault.Open(filepath.Join(a.Dir, "vault"), vault.Limits{Quota: c.Quota}); err != nil {
		n.DB.Close()
		return nil, err
	}
	n.Keeper = &record.Keeper{Party: c.Party, DB: n.DB, Kinds: Kinds(), Now: a.Now, Log: slog.New(slog.DiscardHandler), Guard: filepath.Join(a.Dir, "guard")}
	return n, nil
}

// Close closes the vault and the record. What was committed is on disk already, so
// there is nothing to learn from how it goes.
func (n *Node) Close() {
	n.Vault.Close()
	n.DB.Close()
}

// With opens the node, calls f, and closes it. A node that is open already stays so.
func (a *App) With(f func(*Node) error) error {
	if a.Node != nil {
		n := a.Node.As(a.Seat)
		if a.Seat != "" { // it may have been taken off the roster since it signed in
			if err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error { _, err := n.Sits(tx, a.Seat); return err }); err != nil {
				return err
			}
		}
		return f(n)
	}
	n, err := a.Open()
	if err != nil {
		return err
	}
	defer n.Close()
	return f(n)
}

// Root opens the party's root key, which is brought for as long as it takes.
func (a *App) Root(n *Node) (*seal.PrivateKey, error) {
	pass, err := a.Passphrase("root.key")
	if err != nil {
		return nil, err
	}
	keys, err := n.Ring.Key("root", pass)
	if errors.Is(err, comity.NotFound) {
		return nil, comity.Errorf(comity.NotFound, "this needs root.key: bring its medium and copy it to %s for as long as this takes", n.Ring.Dir)
	}
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// NodeKeys opens node.key; what says so to whoever is asked for the passphrase.
func (a *App) NodeKeys(n *Node, what string) (*keyring.Node, error) {
	if a.Node != nil {
		return n.Keeper.Node, nil
	}
	pass, err := a.Passphrase(what)
	if err != nil {
		return nil, err
	}
	return n.Ring.Node(pass)
}

// Officer opens a seat's keys, and notes it in the journal.
func (a *App) Officer(n *Node, seat string) (*keyring.Officer, error) {
	seat = cmp.Or(seat, string(a.Seat))
	if seat == "" {
		return nil, Usagef("say which seat you are with --seat, such as %s", example(n.Ring.Seats(), "us-24-7-01"))
	}
	s, err := comity.ParseSeat(seat)
	if err != nil {
		return nil, err
	}
	o, err := a.opened(n, s)
	if err != nil {
		return nil, err
	}
	err = n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
		own, err := n.Keeper.Book(tx, n.Party)
		if err != nil {
			return err
		}
		_, page := own.Roster()
		if sits, ok := own.Officer(page, s); !ok || o.Key != nil && seal.KeyName(sits.Key) != o.Key.Name() {
			return comity.Errorf(comity.Forbidden, "seat %q is not on our roster with this key; comity seat list shows who is, and with what", seat)
		}
		if o.Key == nil {
			return nil // its session is in the journal
		}
		return tx.Journal(comity.At(a.Now()), "login", seat, "opened its key for a command")
	})
	if err == nil {
		n.Reader = s
	}
	return o, err
}

// opened returns a seat's keys, from its file; in a session that is the seat's own, it
// has none that could be opened here, and signs elsewhere.
func (a *App) opened(n *Node, s comity.Seat) (*keyring.Officer, error) {
	if a.Node != nil {
		if s != a.Seat {
			return nil, comity.Errorf(comity.Forbidden, "this session is of seat %q, and not of %q", a.Seat, s)
		}
		return &keyring.Officer{Seat: s, Box: n.Keeper.Node.Box}, nil
	}
	pass, err := a.Passphrase("seat " + string(s))
	if err != nil {
		return nil, err
	}
	o, err := n.Ring.Officer(s, pass)
	if errors.Is(err, comity.NotFound) {
		return nil, comity.Errorf(comity.NotFound, "%v; a seat that has a passkey signs on the desk's page, or with comity approve DRAFT --seat %s --prepare", err, s)
	}
	return o, err
}

func example[T ~string](list []T, or T) T {
	if len(list) > 0 {
		return list[0]
	}
	return or
}

// Zones returns our capital's time zone and those of peers.
func (n *Node) Zones(tx *store.Tx, peers ...comity.Party) []clock.Zone {
	return zones(tx, n.Keeper, peers...)
}

// zones returns both capitals' zones, ours first.
func zones(tx *store.Tx, k *record.Keeper, peers ...comity.Party) []clock.Zone {
	var list []clock.Zone
	for _, p := range append([]comity.Party{k.Party}, peers...) {
		b, err := k.Book(tx, p)
		if err != nil {
			continue // a time is shown in the zones that we know
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
