package pgtest_test

import (
	"os"
	"testing"

	"comity/store/pgtest"
)

func TestEachTestHasADatabaseOfItsOwn(t *testing.T) {
	a, b := pgtest.URL(t), pgtest.URL(t)
	if err := pgtest.Exec(t.Context(), a, "CREATE TABLE x (n INT)"); err != nil {
		t.Fatal(err)
	}
	if err := pgtest.Exec(t.Context(), b, "CREATE TABLE x (n INT)"); err != nil {
		t.Fatal("two databases are one:", err)
	}
}

func TestAServerStartsAgainOnItsData(t *testing.T) {
	dir, err := os.MkdirTemp("", "pgtest") // t.TempDir is closed to the user postgres
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for _, query := range []string{"CREATE TABLE x (n INT)", "INSERT INTO x VALUES (1)"} {
		address, stop, err := pgtest.Start(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := pgtest.Exec(t.Context(), address, query); err != nil {
			t.Error(err)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	}
}
