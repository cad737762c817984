// Package storetest is the contract of package store, to be kept over every
// database. What it does not check is an accident.
package storetest

import (
	"database/sql"
	"net/url"
	"strings"
	"testing"

	"comity/store"
	"comity/store/pgtest"
)

// Run exercises new, empty records, once for each sentence of the contract.
// address returns where the next may be.
func Run(t *testing.T, address func(testing.TB) string) {
	for _, c := range []struct {
		name string
		test func(*testing.T, record)
	}{
		{"what is written is read back the same, every row of it", roundTrips},
		{"what is not there is not found", notFound},
		{"a failed update leaves no trace", failedUpdate},
		{"a panic and a test's end leave no trace, and the next update works", panics},
		{"a view cannot write", viewCannotWrite},
		{"a view sees one picture", viewSeesOnePicture},
		{"a cancelled caller is let go, and nothing of it stays", cancelled},
		{"a conflict is told, and the update may go on", conflicts},
		{"a swallowed error fails the update all the same", swallowed},
		{"a release lacking what its class demands is refused by the database", classes},
		{"64 callers at once are all durable, and one failure spoils no neighbour", parallel},
		{"two who read a row by its name cannot both act on it", lostUpdate},
		{"two who find a name absent cannot both make it", absentTwice},
		{"a statement is placed once, and a place holds one", placedOnce},
		{"statements queue in order, and go back to their order", queue},
		{"a peer's statements past an agreed end are forgotten, and may come again", annulled},
		{"a matter's statements come in a stable order, with its heads", matters},
		{"receipts are found from both sides", receipts},
		{"files wait until they are receipted", files},
		{"contents are of one channel, and what is erased is gone from all, also from the file", erased},
		{"pages of matters do not overlap or leave out", pages},
		{"a filter chooses what it names, and all of it", filters},
		{"serials are never given twice", serials},
		{"an entry that contradicts another is a conflict", entries},
		{"the log proves what it holds", logs},
		{"the journal shows what was changed in it", journal},
		{"the journal of many writers is one chain", journalParallel},
		{"a lease is held by one", leases},
		{"two replicas see each other's commits", replicas},
		{"a commit before the first look is seen", early},
		{"an update that writes nothing wakes nobody", quiet},
		{"texts that a database cannot hold are kept legible", oddTexts},
		{"an open record can be opened again, and checked", reopened},
		{"two processes may open a new record at once", openedTwice},
		{"a record of before requests had types is brought up to date, and keeps what it has", broughtUp},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record{address: address(t)}
			r.DB = r.open(t)
			c.test(t, r)
		})
	}
}

// A record is a store with its address, so that a test can come in by another door.
type record struct {
	*store.DB
	address string
}

func (r record) open(t testing.TB) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// raw runs a statement as somebody would who has the database's password.
func (r record) raw(t testing.TB, query string) error {
	t.Helper()
	if strings.HasPrefix(r.address, "postgres") {
		return pgtest.Exec(t.Context(), r.address, query)
	}
	at := url.URL{Scheme: "file", OmitHost: true, Path: r.address}
	db, err := sql.Open("sqlite", at.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.ExecContext(t.Context(), query)
	return err
}
