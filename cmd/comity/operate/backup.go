package operate

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"comity"
	"comity/config"
	"comity/disk"
	"comity/exchange"
	"comity/record"
	"comity/shell"
	"comity/store"
)

// backup copies a SQLite record out, while the node runs.
func (a *app) backup(args []string) error {
	words, err := shell.Parse(a.Flags("backup"), args, 1, 1, "the FILE to write")
	if err != nil {
		return err
	}
	name := words[0]
	return a.with(func(n *node) error {
		if n.DB.Dialect() != "sqlite" {
			return comity.Errorf(comity.Invalid, "database: this record is in PostgreSQL; copy it with pg_dump, and put it back with pg_restore while no replica runs. Folder guard stays where it is")
		}
		if _, err := os.Lstat(name); err == nil {
			return comity.Errorf(comity.Conflict, "FILE: %s is there already; name another", name)
		}
		if _, err := os.Stat(filepath.Dir(name)); err != nil {
			return disk.Error("FILE", filepath.Dir(name), err)
		}
		err := n.DB.Update(a.Ctx, func(tx *store.Tx) error {
			return tx.Journal(comity.At(a.Now()), "policy", "operator", "backup to "+name)
		})
		if err != nil {
			return err
		}
		if err := n.DB.Backup(a.Ctx, name); err != nil {
			if errors.Is(err, os.ErrExist) {
				return err // it is somebody else's
			}
			if e := os.Remove(name); !errors.Is(e, os.ErrNotExist) {
				err = errors.Join(err, e)
			}
			return err
		}
		size, err := settle(name)
		if err != nil {
			return err
		}
		a.Note("keys and vault/files are not in it; copy them too. Never copy guard: it must not go back in time with the record")
		return a.Print(map[string]any{"file": name, "bytes": size}, "wrote %s, %d bytes\n", name, size)
	})
}

// settle makes a new file survive a power cut, which SQLite does not see to when
// it copies, and returns its size.
func settle(name string) (int64, error) {
	f, err := os.Open(name)
	if err != nil {
		return 0, err
	}
	st, err := f.Stat()
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return 0, err
	}
	return st.Size(), syncDir(name)
}

// syncDir makes the name of a file survive a power cut.
func syncDir(name string) error {
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// restore puts a backup in place of the record, and keeps the record beside it.
// The node must not run.
func (a *app) restore(args []string) error {
	words, err := shell.Parse(a.Flags("restore"), args, 1, 1, "the FILE that comity backup wrote")
	if err != nil {
		return err
	}
	c, err := config.Read(a.Dir)
	if err != nil {
		return err
	}
	if strings.Contains(c.Database, "://") {
		return comity.Errorf(comity.Invalid, "database: this record is in PostgreSQL; put it back with pg_restore while no replica runs. Folder guard stays where it is: by it the node finds out what the backup lacks")
	}
	target := c.DatabaseURL(a.Dir)
	if pid, held := heldBy(target); held {
		return comity.Errorf(comity.Unavailable, "process %d has %s open; stop the node first", pid, target)
	}
	release, err := shell.Hold(a.Dir) // nor may one start meanwhile
	if err != nil {
		return err
	}
	defer release()
	fresh := target + ".restore-" + rand.Text()[:8]
	defer a.removeRecord(fresh)
	if err := copyRecord(words[0], fresh); err != nil {
		return err
	}
	channels, err := a.prepare(c, fresh, words[0])
	if err != nil {
		return err
	}
	old, err := a.swap(fresh, target)
	if err != nil {
		return err
	}
	return a.Print(map[string]any{"restored": words[0], "kept": old, "channels": channels},
		"restored %s\n%s"+"the node will greet its peers before it numbers anything (%d channels): %s\n", words[0], shell.Maybe("what was there is kept as %s\n", old), channels, a.Typed("start it with comity serve"))
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

var sqliteMark = []byte("SQLite format 3\x00")

func copyRecord(from, to string) error {
	src, err := os.Open(from)
	if err != nil {
		return disk.Error("FILE", from, err)
	}
	defer src.Close()
	head := make([]byte, len(sqliteMark))
	if _, err := io.ReadFull(src, head); err != nil || !bytes.Equal(head, sqliteMark) {
		return comity.Fieldf("FILE", "%s is not a record that comity backup wrote", from)
	}
	if _, err := os.Stat(from + "-wal"); err == nil {
		return comity.Fieldf("FILE", "%s is in use, or was copied while it was; give a file that comity backup wrote", from)
	}
	dst, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = dst.Write(head)
	if err == nil {
		_, err = io.Copy(dst, src)
	}
	return errors.Join(err, dst.Sync(), dst.Close())
}

// prepare checks a copied record and makes every channel ask for its place: the
// backup's word that it knew it is old.
func (a *app) prepare(c config.Config, fresh, from string) (channels int, err error) {
	db, err := store.Open(a.Ctx, fresh)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	k := &record.Keeper{Party: c.Party, DB: db, Kinds: shell.Kinds(), Now: time.Now, Log: quiet(), Guard: filepath.Join(a.Dir, "guard")}
	var list []record.Channel
	err = k.View(a.Ctx, func(tx *store.Tx) error {
		if _, err := k.Book(tx, c.Party); err != nil {
			return comity.Fieldf("FILE", "%s is not a record of party %s", from, c.Party)
		}
		// Nobody is his own peer.
		if _, err := tx.Party(c.Party); !errors.Is(err, comity.NotFound) {
			return errors.Join(err, comity.Fieldf("FILE", "%s is the record of a peer of %s", from, c.Party))
		}
		if err := tx.CheckJournal(); err != nil {
			return comity.Fieldf("FILE", "%s: %v", from, err)
		}
		list, err = record.Channels(tx)
		return err
	})
	if err == nil {
		err = db.Check(a.Ctx)
	}
	if err != nil {
		return 0, err
	}
	for _, ch := range list {
		g, err := k.ReadGuard(ch.ID)
		if err != nil {
			return 0, err
		}
		if _, err := k.Turn(a.Ctx, ch.ID, func(t *record.Turn) error { return t.Feed(exchange.Start{Guard: g}) }); err != nil {
			return 0, err
		}
	}
	return len(list), db.Update(a.Ctx, func(tx *store.Tx) error {
		// A reference is never used twice, and what came after the backup used some.
		if err := tx.SkipSerials(1000); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "policy", "operator", "restored from "+from)
	})
}

// swap puts fresh in the place of target in one step, and returns under which
// name the old record is kept.
func (a *app) swap(fresh, target string) (string, error) {
	if _, err := os.Stat(target); errors.Is(err, os.ErrNotExist) {
		return "", errors.Join(os.Rename(fresh, target), syncDir(target))
	}
	// The last to close it folds its journal in; one left over would be read
	// into the new record.
	if db, err := store.Open(a.Ctx, target); err == nil {
		if err := db.Close(); err != nil {
			return "", err
		}
	}
	old := target + ".before-" + a.Now().UTC().Format("20060102T150405.000Z")
	if err := os.Link(target, old); err != nil {
		return "", err
	}
	for _, part := range []string{"-wal", "-shm"} {
		if err := os.Rename(target+part, old+part); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
	}
	if err := os.Rename(fresh, target); err != nil {
		return "", err
	}
	return old, syncDir(target)
}

// removeRecord removes what there is of a record, which may be nothing.
func (a *app) removeRecord(name string) {
	for _, part := range []string{"", "-wal", "-shm", ".turn"} {
		if err := os.Remove(name + part); err != nil && !errors.Is(err, os.ErrNotExist) {
			a.Note("remove %s by hand: %v", name+part, err)
		}
	}
}

// heldBy returns a process that has a SQLite record open. Whoever reads or
// writes one in its journal mode holds a lock on this byte of its index.
func heldBy(path string) (pid int, held bool) {
	const deadMansSwitch = 128
	f, err := os.OpenFile(path+"-shm", os.O_RDWR, 0)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	l := syscall.Flock_t{Type: syscall.F_WRLCK, Start: deadMansSwitch, Len: 1}
	if err := syscall.FcntlFlock(f.Fd(), syscall.F_GETLK, &l); err != nil {
		return 0, false
	}
	return int(l.Pid), l.Type != syscall.F_UNLCK
}

// version says which program this is.
func (a *app) version(args []string) error {
	if _, err := shell.Parse(a.Flags("version"), args, 0, 0, "no words"); err != nil {
		return err
	}
	v := map[string]string{"version": "unknown", "protocol": "comity/1"}
	if b, ok := debug.ReadBuildInfo(); ok {
		v["version"], v["go"] = b.Main.Version, b.GoVersion
		for _, s := range b.Settings {
			switch s.Key {
			case "vcs.revision", "vcs.time", "vcs.modified", "GOOS", "GOARCH":
				v[strings.TrimPrefix(strings.ToLower(s.Key), "vcs.")] = s.Value
			}
		}
	}
	return a.Print(v, "comity %s%s (%s, %s/%s) protocol %s\n", v["version"], shell.Maybe(" %s", v["revision"]), v["go"], v["goos"], v["goarch"], v["protocol"])
}
