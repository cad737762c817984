package cabinet

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"comity"
	"comity/form"
	"comity/search"
	"comity/store"
)

// What is looked for by its words is a statement, a draft, or a minute: a source.
// Their words are a view, made of them some at a time, after they were written: to
// write one costs no more than a mark that its words are not there yet.

// A Source is what can be found.
type Source struct {
	From   string // statement, draft, minute
	Key    string // its ord, id or n
	Realm  comity.Realm
	Matter comity.Ref // none of a minute about the party itself
	Name   string     // the kind of a statement or minute, the id of a draft
	ID     comity.Hash
	Seat   comity.Seat // of a draft, a minute
	TLP    string      // of a draft
	At     comity.Time
	Texts  []Text
}

// A Text is a text of a source, and where it stands: a member of the body, "file" or
// "id".
type Text struct{ Where, Text string }

// texts are the members of a body. What is no JSON has none.
func texts(body []byte) (list []Text) {
	for _, l := range form.Lines(body) {
		where, text, _ := strings.Cut(l, ": ")
		if text != "yes" && text != "no" && text != "null" {
			list = append(list, Text{where, text})
		}
	}
	return list
}

// A source is a table of what can be found, its key, and how a row of it is read.
type source struct {
	name, key string
	read      func(*store.Tx, *Source) (bool, error)
}

// value is a key as the table has it.
func (of source) value(key string) any {
	if of.name == "draft" {
		return key
	}
	return number(key)
}

var sources = []source{
	{"statement", "ord", readStatement},
	{"draft", "id", readDraft},
	{"minute", "n", readMinute},
}

// Read returns a source with its texts as they are now; false if it is not there any
// more, or not to be found.
func Read(tx *store.Tx, from, key string) (s Source, ok bool, err error) {
	s.From, s.Key = from, key
	for _, of := range sources {
		if of.name == from {
			ok, err = of.read(tx, &s)
		}
	}
	return s, ok, err
}

// ReadHits returns the sources of hits; without one that is not there any more.
func ReadHits(tx *store.Tx, hits []Hit) (map[Hit]Source, error) {
	var ords []int64
	for _, h := range hits {
		if h.From == "statement" {
			ords = append(ords, number(h.Key))
		}
	}
	said, err := readStatements(tx, ords)
	if err != nil {
		return nil, err
	}
	all := map[Hit]Source{}
	for _, h := range hits {
		if s, ok := said[h.Key]; ok && h.From == "statement" {
			all[h] = *s
		} else if h.From != "statement" {
			s, ok, err := Read(tx, h.From, h.Key)
			if err != nil {
				return nil, err
			}
			if ok {
				all[h] = s
			}
		}
	}
	return all, nil
}

// one reads the row that a query finds.
func one(tx *store.Tx, into []any, query string, args ...any) (bool, error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if !rows.Next() {
		return false, rows.Err()
	}
	return true, rows.Scan(into...)
}

func readStatement(tx *store.Tx, s *Source) (bool, error) {
	all, err := readStatements(tx, []int64{number(s.Key)})
	found, ok := all[s.Key]
	if ok {
		*s = *found
	}
	return ok, err
}

// readStatements reads many at once: a question of each would take longer than its
// answer.
func readStatements(tx *store.Tx, ords []int64) (map[string]*Source, error) {
	all := map[string]*Source{}
	if len(ords) == 0 {
		return all, nil
	}
	in := strings.Trim(strings.ReplaceAll(fmt.Sprint(ords), " ", ", "), "[]")
	err := each(tx, "SELECT ord, id, realm, matter, kind, at, released FROM statement WHERE ord IN ("+in+")", func(scan func(...any) error) error {
		var s Source
		var ord, at, released int64
		var id []byte
		err := scan(&ord, &id, (*string)(&s.Realm), (*string)(&s.Matter), &s.Name, &at, &released)
		if err == nil {
			copy(s.ID[:], id)
			s.From, s.Key, s.At = "statement", fmt.Sprint(ord), comity.At(time.UnixMilli(max(at, released)))
			all[s.Key] = &s
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	const of = " JOIN statement s ON x.statement = s.id AND x.channel = s.channel WHERE s.ord IN ("
	err = each(tx, "SELECT s.ord, x.body FROM part x"+of+in+") ORDER BY s.ord, x.n", func(scan func(...any) error) error {
		var ord int64
		var body []byte
		err := scan(&ord, &body)
		if s := all[fmt.Sprint(ord)]; err == nil {
			s.Texts = append(s.Texts, texts(body)...)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	// Of one that was erased the name may tell as much as it did.
	err = each(tx, "SELECT s.ord, x.name FROM file x"+of+in+") AND length(x.box) > 0 ORDER BY s.ord, x.n", func(scan func(...any) error) error {
		var ord int64
		var name string
		err := scan(&ord, &name)
		if s := all[fmt.Sprint(ord)]; err == nil {
			s.Texts = append(s.Texts, Text{"file", name})
		}
		return err
	})
	for _, s := range all {
		s.Texts = append(s.Texts, Text{"id", string(s.Matter)}, Text{"id", s.ID.String()}, Text{"id", s.ID.Short()})
	}
	return all, err
}

// each reads the rows of a query.
func each(tx *store.Tx, query string, do func(scan func(...any) error) error, args ...any) error {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

func readDraft(tx *store.Tx, s *Source) (bool, error) {
	d, err := tx.Draft(s.Key)
	if errors.Is(err, comity.NotFound) {
		return false, nil
	}
	if err != nil || d.Status == "released" || d.Status == "dropped" { // what was released is a statement
		return false, err
	}
	var m struct {
		Marking comity.Marking
		Files   []struct{ Name string }
	}
	if err := json.Unmarshal(d.Meta, &m); err != nil && len(d.Meta) > 0 {
		return false, err
	}
	s.Realm, s.Matter, s.Name, s.Seat, s.TLP = d.Realm, d.Matter, d.ID, d.Author, m.Marking.TLP
	s.At, s.Texts = d.Changed, texts(d.Body)
	for _, f := range m.Files {
		s.Texts = append(s.Texts, Text{"file", f.Name})
	}
	s.Texts = append(s.Texts, Text{"id", string(d.Matter)}, Text{"id", d.ID})
	return true, nil
}

func readMinute(tx *store.Tx, s *Source) (bool, error) {
	var scope string
	var at int64
	var body []byte
	ok, err := one(tx, []any{&scope, &s.Name, (*string)(&s.Seat), &at, &body},
		"SELECT scope, kind, seat, at, body FROM minute WHERE n = $1", number(s.Key))
	if err != nil || !ok {
		return false, err
	}
	s.At, s.Texts = comity.At(time.UnixMilli(at)), texts(body)
	realm, ref, ok := strings.Cut(scope, " ")
	if s.Realm = comity.Live; ok {
		s.Realm, s.Matter = comity.Realm(realm), comity.Ref(ref)
		s.Texts = append(s.Texts, Text{"id", ref})
	}
	return len(texts(body)) > 0, nil
}

// number is the key of a statement or a minute, or 0, which is of none.
func number(key string) int64 {
	n, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// A database knows the distance of two words only within some thousand, so a source
// of more is several passages, which share a phrase's length of words.
const (
	passageWords = 4096
	shared       = 32
)

// Index makes the words of up to limit sources that were written since theirs were
// made, and returns how many they were.
func Index(tx *store.Tx, limit int) (done int, err error) {
	for _, of := range sources {
		query := fmt.Sprintf("SELECT CAST(%[2]s AS TEXT) FROM %[1]s WHERE searched = 0 ORDER BY %[2]s LIMIT %[3]d", of.name, of.key, limit-done)
		n, err := index(tx, of, query+tx.Locked())
		if err != nil {
			return done, err
		}
		if done += len(n); done == limit {
			break
		}
	}
	return done, nil
}

// Reindex makes the words of the next sources again, whether or not they are there,
// after one that it returned before. It returns none after the last.
func Reindex(tx *store.Tx, after string, limit int) (last string, done int, err error) {
	name, key, _ := strings.Cut(after, " ")
	first := max(0, slices.IndexFunc(sources, func(of source) bool { return of.name == name }))
	for _, of := range sources[first:] {
		query := fmt.Sprintf("SELECT CAST(%[2]s AS TEXT) FROM %[1]s WHERE %[2]s > $1 ORDER BY %[2]s LIMIT %[3]d", of.name, of.key, limit)
		keys, err := index(tx, of, query+tx.Locked(), of.value(key))
		if err != nil {
			return after, 0, err
		}
		if len(keys) > 0 {
			return of.name + " " + keys[len(keys)-1], len(keys), nil
		}
		key = ""
	}
	return "", 0, nil
}

// index makes the words of the sources whose keys a query finds.
func index(tx *store.Tx, of source, query string, args ...any) (keys []string, err error) {
	var hits []Hit
	err = each(tx, query, func(scan func(...any) error) error {
		h := Hit{From: of.name}
		err := scan(&h.Key)
		hits, keys = append(hits, h), append(keys, h.Key)
		return err
	}, args...)
	if err != nil {
		return nil, err
	}
	all, err := ReadHits(tx, hits)
	if err != nil {
		return nil, err
	}
	for _, h := range hits {
		if err := put(tx, of, h.Key, all[h]); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// put makes the words of one source.
func put(tx *store.Tx, of source, key string, s Source) error {
	if err := tx.Unsearch(of.name, "$1", key); err != nil {
		return err
	}
	var words []string
	for _, t := range s.Texts {
		words = append(words, search.Fold(t.Text)...)
	}
	for len(words) > 0 {
		some := words[:min(len(words), passageWords)]
		if words = words[len(some):]; len(words) > 0 {
			words = append(slices.Clone(some[len(some)-shared:]), words...)
		}
		if err := add(tx, s, some); err != nil {
			return err
		}
	}
	_, err := tx.Exec("UPDATE "+of.name+" SET searched = 1 WHERE "+of.key+" = $1", of.value(key))
	return err
}

func add(tx *store.Tx, s Source, words []string) error {
	e := engine(tx)
	var n int64
	_, err := one(tx, []any{&n}, "INSERT INTO passage (source, key, realm, matter) VALUES ($1, $2, $3, $4) RETURNING n", s.From, s.Key, string(s.Realm), string(s.Matter))
	if err == nil {
		_, err = tx.Exec("INSERT INTO words (rowid, folded) VALUES ($1, "+e.Param+")", n, e.Words(words))
	}
	return err
}

func engine(tx *store.Tx) search.Engine {
	if tx.Dialect() == "postgres" {
		return search.Postgres
	}
	return search.SQLite
}

// Waiting returns how many sources' words are not there yet.
func Waiting(tx *store.Tx) (n int, err error) {
	_, err = one(tx, []any{&n}, `SELECT (SELECT count(*) FROM statement WHERE searched = 0)
		+ (SELECT count(*) FROM draft WHERE searched = 0) + (SELECT count(*) FROM minute WHERE searched = 0)`)
	return n, err
}

// A Hit is a passage that has the words.
type Hit struct {
	N         int64
	From, Key string // of its source
	Realm     comity.Realm
	Matter    comity.Ref
	Open      bool   // the matter is there, and is not restricted: all seats may know of it
	Title     string // of the matter
}

// Find returns up to limit passages that have all phrases, of one realm or of all,
// the last indexed first, before that of an earlier hit if one is given.
func Find(tx *store.Tx, q search.Query, realm comity.Realm, before int64, limit int) (list []Hit, err error) {
	e := engine(tx)
	query, args := `SELECT p.n, p.source, p.key, p.realm, p.matter, coalesce(m.restricted, 1), coalesce(m.title, '')
		FROM words JOIN passage p ON p.n = words.rowid LEFT JOIN matter m ON m.realm = p.realm AND m.ref = p.matter
		WHERE `+e.Match, []any{e.Query(q)}
	if before > 0 {
		args = append(args, before)
		query += fmt.Sprintf(" AND words.rowid < $%d", len(args))
	}
	if realm != "" {
		args = append(args, string(realm))
		query += fmt.Sprintf(" AND p.realm = $%d", len(args))
	}
	err = each(tx, fmt.Sprintf("%s ORDER BY words.rowid DESC LIMIT %d", query, limit), func(scan func(...any) error) error {
		var h Hit
		var restricted int64
		err := scan(&h.N, &h.From, &h.Key, (*string)(&h.Realm), (*string)(&h.Matter), &restricted, &h.Title)
		h.Open = restricted == 0
		list = append(list, h)
		return err
	}, args...)
	return list, err
}
