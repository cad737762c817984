package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/store"
	"comity/store/pgtest"
	"comity/store/storetest"

	"go.uber.org/goleak"
)

// TestMain is also the child of TestKill.
func TestMain(m *testing.M) {
	if address := os.Getenv("COMITY_STORE_CHILD"); address != "" {
		if err := child(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func sqliteFile(t testing.TB) string { return filepath.Join(t.TempDir(), "a #1%20?.db") }

var databases = map[string]func(testing.TB) string{"sqlite": sqliteFile, "postgres": pgtest.URL}

func open(t testing.TB, address string) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestContract(t *testing.T) {
	for name, address := range databases {
		t.Run(name, func(t *testing.T) { storetest.Run(t, address) })
	}
}

func child(address string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, address)
	if err != nil {
		return err
	}
	ch := storetest.H("channel", "a")
	for range 4 {
		go func() {
			for {
				var seq uint64
				err := db.Update(ctx, func(tx *store.Tx) (err error) {
					seq, err = storetest.Append(tx, ch)
					if err == nil {
						err = tx.Journal(comity.Time{}, "release", "us-24-7-01", "")
					}
					return err
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				fmt.Println(seq) // one write, so one line, even if we are killed
			}
		}()
	}
	select {}
}

// TestKill kills a process that writes, 30 times: what it acknowledged is there,
// and item, statement and log are never apart.
func TestKill(t *testing.T) {
	kills := 30
	if testing.Short() {
		kills = 5
	}
	for name, address := range databases {
		t.Run(name, func(t *testing.T) {
			address := address(t)
			db := open(t, address)
			ch := storetest.PutChannel(t, db, "a")
			db.Close()
			total := 0
			for kill := range kills {
				acked := runAndKill(t, address, time.Duration(60+7*kill)*time.Millisecond)
				total += len(acked)
				db := open(t, address)
				err := db.View(t.Context(), func(tx *store.Tx) error {
					n, err := storetest.Whole(tx, ch)
					for _, seq := range acked {
						if seq >= n {
							t.Errorf("kill %d: item %d of %d was acknowledged and is gone", kill, seq, n)
						}
					}
					return errors.Join(err, tx.CheckJournal())
				})
				if err != nil {
					t.Fatalf("kill %d: %v", kill, err)
				}
				db.Close()
			}
			if total < kills {
				t.Errorf("only %d writes were acknowledged: nothing was tested", total)
			}
			t.Logf("%d writes acknowledged, none lost", total)
			db = open(t, address)
			if err := db.Check(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

func runAndKill(t *testing.T, address string, after time.Duration) (acked []uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "COMITY_STORE_CHILD="+address)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	var kill *time.Timer
	for lines.Scan() {
		if kill == nil { // it works: let it work a while
			kill = time.AfterFunc(after, func() { cmd.Process.Kill() })
		}
		seq, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		acked = append(acked, seq)
	}
	cmd.Wait()
	return acked
}

func TestALostConnectionIsUnavailable(t *testing.T) {
	address := pgtest.URL(t)
	db := open(t, address)
	ch := storetest.PutChannel(t, db, "a")
	cut := func() {
		t.Helper()
		// Not the connection that listens: that it comes back is another test.
		if err := pgtest.Exec(t.Context(), address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
			t.Fatal(err)
		}
	}
	for name, run := range map[string]func(context.Context, func(*store.Tx) error) error{"Update": db.Update, "View": db.View} {
		times := 0
		err := run(t.Context(), func(tx *store.Tx) error {
			times++
			if _, err := tx.Channel(ch); err != nil {
				return err
			}
			cut()
			_, err := tx.Channels()
			return err
		})
		if !errors.Is(err, comity.Unavailable) || times != 1 {
			t.Errorf("%s cut off = %v after %d times, want Unavailable", name, err, times)
		}
		err = run(t.Context(), func(tx *store.Tx) error { // the cut comes before the commit
			_, err := tx.Channel(ch)
			if name == "Update" {
				err = tx.SetMeta("a", "b")
			}
			cut()
			return err
		})
		if name == "Update" && !errors.Is(err, comity.Unavailable) {
			t.Errorf("%s cut off before its commit = %v, want Unavailable", name, err)
		}
		// Those that were idle when the server went are not noticed at all.
		cut()
		if err := run(t.Context(), func(tx *store.Tx) error { _, err := tx.Channel(ch); return err }); err != nil {
			t.Errorf("%s after idle connections were cut = %v", name, err)
		}
	}
}

func TestAListenerComesBack(t *testing.T) {
	address := pgtest.URL(t)
	a, b := open(t, address), open(t, address)
	changed := a.Changed(t.Context())
	time.Sleep(200 * time.Millisecond)
	if err := pgtest.Exec(t.Context(), address, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN comity'"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(1500 * time.Millisecond)
	var best time.Duration = time.Hour
	for i := range 5 {
		select {
		case <-changed:
		default:
		}
		start := time.Now()
		if err := b.Update(t.Context(), func(tx *store.Tx) error { return tx.SetMeta("n", fmt.Sprint(i)) }); err != nil {
			t.Fatal(err)
		}
		<-changed
		best = min(best, time.Since(start))
	}
	if best > 200*time.Millisecond {
		t.Errorf("at best it heard after %v", best)
	}
}

func TestAServerThatIsDownIsUnavailable(t *testing.T) {
	_, err := store.Open(t.Context(), "postgres://comity:secret@127.0.0.1:1/x?sslmode=disable")
	if !errors.Is(err, comity.Unavailable) {
		t.Errorf("Open = %v, want Unavailable", err)
	}
	if strings.Contains(fmt.Sprint(err), "secret") {
		t.Errorf("the error tells the password: %v", err)
	}
}

func TestAnAddressIsAFileOrAPostgresURL(t *testing.T) {
	for _, address := range []string{"", ":memory:", "mysql://host/db", "sqlite://x.db"} {
		if _, err := store.Open(t.Context(), address); !errors.Is(err, comity.Invalid) {
			t.Errorf("Open(%q) = %v, want Invalid", address, err)
		}
	}
	if _, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "no", "such", "folder.db")); !errors.Is(err, comity.Unavailable) {
		t.Errorf("Open = %v, want Unavailable", err)
	}
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	for name, address := range databases {
		address := address(t)
		before := goleak.IgnoreCurrent()
		db := open(t, address)
		db.Changed(t.Context())
		ch := storetest.PutChannel(t, db, "a")
		err := db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Channel(ch); return err })
		if err := errors.Join(err, db.Close(), db.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		goleak.VerifyNone(t, before)
		for what, call := range map[string]func(context.Context, func(*store.Tx) error) error{"View": db.View, "Update": db.Update} {
			if err := call(t.Context(), func(*store.Tx) error { return nil }); !errors.Is(err, comity.Unavailable) {
				t.Errorf("%s: %s after Close: %v, want an Unavailable", name, what, err)
			}
		}
	}
}

// What was deleted stands in the write-ahead log until it is cut.
func TestScrub(t *testing.T) {
	const secret = "nobody may read this any more"
	address := sqliteFile(t)
	db := open(t, address)
	holds := func(what string, want bool) {
		t.Helper()
		found := false
		for _, suffix := range []string{"", "-wal"} {
			b, err := os.ReadFile(address + suffix)
			if err != nil {
				t.Fatal(err)
			}
			found = found || strings.Contains(string(b), secret)
		}
		if found != want {
			t.Errorf("%s: the files of the record hold it: %t, want %t", what, found, want)
		}
	}
	title := func(to string) {
		t.Helper()
		m := store.Matter{Realm: comity.Live, Ref: "US-2026-000001", Peer: "cn", Title: to}
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutMatter(m) }); err != nil {
			t.Fatal(err)
		}
	}
	title(secret)
	title("")
	holds("deleted", true)
	if err := db.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	holds("and scrubbed", false)
	if err := open(t, pgtest.URL(t)).Scrub(t.Context()); err != nil {
		t.Errorf("PostgreSQL has no such log: %v", err)
	}
}

func TestBackup(t *testing.T) {
	address := sqliteFile(t)
	db := open(t, address)
	ch := storetest.PutChannel(t, db, "a")
	for range 20 {
		if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := storetest.Append(tx, ch); return err }); err != nil {
			t.Fatal(err)
		}
	}
	to := filepath.Join(t.TempDir(), "copy.db")
	if err := db.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{to, address} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if err := db.Backup(t.Context(), to); err == nil {
		t.Error("a backup wrote over another")
	}
	err := open(t, to).View(t.Context(), func(tx *store.Tx) error {
		n, err := storetest.Whole(tx, ch)
		if n != 20 {
			t.Errorf("%d of 20 items are in the copy", n)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if err := open(t, pgtest.URL(t)).Backup(t.Context(), to); err == nil || !strings.Contains(err.Error(), "pg_dump") {
		t.Errorf("Backup of PostgreSQL = %v", err)
	}
}

func BenchmarkUpdate(b *testing.B) {
	for name, address := range databases {
		for _, callers := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d", name, callers), func(b *testing.B) {
				db := open(b, address(b))
				chs := make(chan [32]byte, callers) // each caller in a channel of its own
				for i := range callers {
					chs <- storetest.PutChannel(b, db, fmt.Sprint(i))
				}
				b.ReportAllocs()
				b.SetParallelism((callers + 1) / 2) // on two cores
				b.ResetTimer()
				if callers == 1 {
					ch := <-chs
					for b.Loop() {
						if err := db.Update(b.Context(), func(tx *store.Tx) error { _, err := storetest.Append(tx, ch); return err }); err != nil {
							b.Fatal(err)
						}
					}
				} else {
					b.RunParallel(func(p *testing.PB) {
						ch := <-chs
						for p.Next() {
							if err := db.Update(b.Context(), func(tx *store.Tx) error { _, err := storetest.Append(tx, ch); return err }); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
			})
		}
	}
}
