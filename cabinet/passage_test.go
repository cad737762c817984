package cabinet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"comity"
	"comity/cabinet"
	"comity/search"
	"comity/store"
	"comity/store/storetest"
)

// say records a statement that has only a text, and a file.
func say(t *testing.T, db *store.DB, channel comity.Hash, text, file string) store.Statement {
	t.Helper()
	s := storetest.NewStatement(channel)
	body, err := json.Marshal(map[string]any{"text": text, "urgent": true})
	if err != nil {
		t.Fatal(err)
	}
	var files []store.File
	if file != "" {
		files = append(files, store.File{Name: file, Cipher: s.ID, Box: []byte("key")})
	}
	update(t, db, func(tx *store.Tx) error {
		return tx.AddStatement(s, []store.Part{{Name: "body", Salt: []byte("s"), Body: body}}, files)
	})
	return s
}

func index(t *testing.T, db *store.DB) (done int) {
	t.Helper()
	update(t, db, func(tx *store.Tx) (err error) {
		done, err = cabinet.Index(tx, 64)
		return err
	})
	return done
}

// found returns what a query finds, as source and key.
func found(t *testing.T, db *store.DB, query string) (list []string) {
	t.Helper()
	q, err := search.Parse(query)
	if err != nil {
		t.Fatal(err)
	}
	view(t, db, func(tx *store.Tx) error {
		hits, err := cabinet.Find(tx, q, comity.Live, 0, 10)
		for _, h := range hits {
			s, ok, err := cabinet.Read(tx, h.From, h.Key)
			if err != nil || !ok {
				t.Errorf("a hit cannot be read: %+v, %v", h, err)
			}
			all := uint(0)
			for _, text := range s.Texts {
				_, has := search.Highlight(text.Text, q)
				all |= has
			}
			if all != 1<<len(q)-1 {
				t.Errorf("%q finds %+v, which has no such words", query, s)
			}
			list = append(list, h.From+" "+h.Key)
		}
		return err
	})
	return list
}

func TestBothDatabasesFindTheSame(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ch := storetest.PutChannel(t, db, "a")
		one := say(t, db, ch, "帐户ｋｉｔｅ-3391在上海的電腦, seen at 192.0.2[.]5", "日志 2026.csv")
		say(t, db, ch, "The account kite 3391 isn't \\ 'known' & | ! <-> :* \"here\"; call +1 (202) 555-0143", "")
		say(t, db, ch, strings.Repeat("前言 ", 2100)+"上海 "+strings.Repeat("word ", 4080)+"kite "+strings.Repeat("end ", 4096)+"尾声", "")
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.PutDraft(store.Draft{ID: "D-1", Realm: comity.Live, Matter: "US-2026-000009", Status: "draft", Body: []byte(`{"text":"勒索软件 ransomware"}`), Meta: []byte(`{"files":[{"name":"样本.zip"}]}`)}),
				cabinet.Add(tx, cabinet.Minute{Scope: cabinet.Scope(comity.Live, "US-2026-000009"), Kind: "note", Seat: "us-24-7-01", At: hour(1), Body: []byte(`{"text":"与上海通话"}`)}),
				cabinet.Add(tx, cabinet.Minute{Scope: cabinet.Party, Kind: "calendar", At: hour(1), Body: []byte("BEGIN:VCALENDAR 上海")}))
		})
		if n := index(t, db); n != 6 {
			t.Fatalf("indexed %d sources, want 6", n)
		}
		for _, c := range []struct{ says, query, want string }{
			{"two characters", "上海", "minute 1, statement 3, statement 1"},
			{"traditional or simplified", "的电脑", "statement 1"},
			{"what no run holds", "海服", ""},
			{"one character begins a pair, or is alone", "海", "minute 1, statement 3, statement 1"},
			{"a name by its parts, in any width", "kite-3391", "statement 2, statement 1"},
			{"words in any order", "3391 上海", "statement 1"},
			{"an address that nobody can click on", "192.0.2.5", "statement 1"},
			{"a telephone number", "+12025550143", "statement 2"},
			{"a phrase with signs that a database might read", `"isn't \ 'known' & | ! <-> :*"`, "statement 2"},
			{"the beginning of a word", "ransom*", "draft D-1"},
			{"a file's name", "样本.zip", "draft D-1"},
			{"and of a statement", `"日志 2026"`, "statement 1"},
			{"a reference", "US-2026-000009", "minute 1, draft D-1"},
			{"a hash", one.ID.String(), "statement 1"},
			{"its first digits", one.ID.Short(), "statement 1"},
			{"the end of what is long", "尾声", "statement 3"},
			{"yes is no word", "yes", ""},
		} {
			if got := strings.Join(found(t, db, c.query), ", "); got != c.want {
				t.Errorf("%s: %s finds %s, want %s", c.says, c.query, got, c.want)
			}
		}
	})
}

func TestWordsGoWithWhatTheyAreOf(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ch := storetest.PutChannel(t, db, "a")
		gone := say(t, db, ch, "嫌疑人 zhangsanfeng", "zhangsanfeng.csv")
		say(t, db, ch, "别的 zhangwuji", "")
		put := func(id, status, text string) {
			update(t, db, func(tx *store.Tx) error {
				return tx.PutDraft(store.Draft{ID: id, Realm: comity.Live, Matter: gone.Matter, Status: status, Body: []byte(`{"text":"` + text + `"}`)})
			})
		}
		put("D-1", "draft", "zhangcuishan")
		put("D-2", "draft", "linghuchong")
		for _, c := range []struct {
			says string
			do   func(*store.Tx) error
			want []int // of zhangsanfeng, zhangwuji, zhangcuishan, linghuchong
		}{
			{"before", func(*store.Tx) error { return nil }, []int{1, 1, 1, 1}},
			{"a draft that was changed has other words", func(tx *store.Tx) error {
				d, err := tx.Draft("D-2")
				d.Body = []byte(`{"text":"renwoxing"}`)
				return errors.Join(err, tx.PutDraft(d))
			}, []int{1, 1, 1, 0}},
			{"a statement that is erased is not found, by its file neither", func(tx *store.Tx) error {
				return errors.Join(tx.ErasePart(gone.ID, 0), cabinet.LoseKeys(tx, gone.ID))
			}, []int{0, 1, 1, 0}},
			{"a draft that has left is found as a statement", func(tx *store.Tx) error {
				d, err := tx.Draft("D-1")
				d.Status = "released"
				return errors.Join(err, tx.PutDraft(d))
			}, []int{0, 1, 0, 0}},
			{"what a matter leaves is forgotten", func(tx *store.Tx) error { return cabinet.Forget(tx, comity.Live, gone.Matter, true) }, []int{0, 1, 0, 0}},
		} {
			update(t, db, c.do)
			if strings.Contains(c.says, "erased") && len(found(t, db, "zhangsanfeng")) > 0 {
				t.Errorf("%s: not before it is indexed again", c.says)
			}
			index(t, db)
			for i, word := range []string{"zhangsanfeng", "zhangwuji", "zhangcuishan", "linghuchong"} {
				if n := len(found(t, db, word)); n != c.want[i] {
					t.Errorf("%s: %s is found %d times, want %d", c.says, word, n, c.want[i])
				}
			}
		}
		if got := found(t, db, gone.ID.String()); len(got) != 1 {
			t.Errorf("that an erased statement was said is found as %v", got)
		}
		theirs := storetest.NewStatement(ch)
		theirs.Mine, theirs.Seq, theirs.Status = false, 4, store.Placed
		update(t, db, func(tx *store.Tx) error {
			return tx.AddStatement(theirs, []store.Part{{Name: "body", Salt: []byte("s"), Body: []byte(`{"text":"xiaolongnu"}`)}}, nil)
		})
		index(t, db)
		if n := len(found(t, db, "xiaolongnu")); n != 1 {
			t.Errorf("what the peer said is found %d times", n)
		}
		update(t, db, func(tx *store.Tx) error { _, err := tx.Annul(ch, theirs.Epoch, 0); return err })
		if n := len(found(t, db, "xiaolongnu")); n != 0 {
			t.Errorf("what was annulled is found %d times", n)
		}
	})
}

// An erased word is in no page of the file, not only out of sight.
func TestErasedWordsLeaveTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "comity.db")
	db, err := store.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ch := storetest.PutChannel(t, db, "a")
	for i := range 50 {
		say(t, db, ch, fmt.Sprintf("other words %d", i), "")
	}
	gone := say(t, db, ch, "zhangsanfeng", "")
	for index(t, db) > 0 {
	}
	copied := func(to string) []byte {
		to = filepath.Join(t.TempDir(), to)
		if err := db.Backup(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		return read(t, to)
	}
	if !bytes.Contains(copied("before"), []byte("zhangsanfeng")) {
		t.Fatal("the word was never in the file")
	}
	update(t, db, func(tx *store.Tx) error { return tx.ErasePart(gone.ID, 0) })
	db.Close()
	if b := read(t, name); bytes.Contains(b, []byte("sanfeng")) || !bytes.Contains(b, []byte("other")) {
		t.Error("the word is in the file yet")
	}
}

func TestReindexGoesOnWhereItWas(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		ch := storetest.PutChannel(t, db, "a")
		for i := range 5 {
			say(t, db, ch, fmt.Sprintf("第%d号", i), "")
		}
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.PutDraft(store.Draft{ID: "D-1", Realm: comity.Live, Status: "draft", Body: []byte(`{"text":"第9号"}`)}),
				cabinet.Add(tx, cabinet.Minute{Scope: cabinet.Party, Kind: "note", At: hour(1), Body: []byte(`{"text":"第10号"}`)}))
		})
		index(t, db)
		steps, total, at := 0, 0, ""
		for done := 1; done > 0; steps++ {
			update(t, db, func(tx *store.Tx) (err error) {
				at, done, err = cabinet.Reindex(tx, at, 2)
				return err
			})
			total += done
			if n := len(found(t, db, "第")); n != 7 {
				t.Fatalf("after step %d %d are found, want 7", steps, n)
			}
		}
		if steps != 6 || total != 7 {
			t.Errorf("%d sources in %d steps, want 7 in 6", total, steps)
		}
		view(t, db, func(tx *store.Tx) error {
			n, err := cabinet.Waiting(tx)
			same(t, "waiting", n, 0, err)
			return nil
		})
	})
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
