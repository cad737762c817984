package cabinet

import (
	"database/sql"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"comity"
	"comity/store"
)

// A Line is what the agenda keeps of one matter.
type Line struct {
	Of       store.Matter
	Version  int64        // of the matter
	Due      time.Time    // zero: at no certain time
	Owes     comity.Party // who owes something, at whatever time; empty: nobody
	Warned   time.Time    // from when the end of a hold that we asked for is near; zero if none is
	Unsigned time.Time    // when a sole release of ours must be countersigned; zero if none waits
	Waits    string       // what a change of it would be seen by, beside a writing of the matter; empty if nothing
	Ruled    bool         // it depends on the guidelines in force
	Strict   bool         // it is marked for some seats alone
	Body     []byte
}

// A Version names a matter as it is written now. Waits is what its line waits for.
type Version struct {
	Realm comity.Realm
	Ref   comity.Ref
	N     int64
	Waits string
}

// PutLine keeps a line, unless its matter has been written meanwhile.
func PutLine(tx *store.Tx, l Line) error {
	m := l.Of
	n, err := tx.Exec("UPDATE matter SET listed = $3 WHERE realm = $1 AND ref = $2 AND version = $3", string(m.Realm), string(m.Ref), l.Version)
	if err != nil || n == 0 {
		return err // of no row: its line is made again
	}
	urgency, place, unsigned := 2, -m.Changed.UnixMilli(), int64(0)
	switch {
	case !l.Due.IsZero():
		urgency, place = 0, l.Due.UnixMilli()
	case l.Owes != "" || !l.Unsigned.IsZero():
		urgency = 1
	}
	if !l.Unsigned.IsZero() {
		unsigned = l.Unsigned.UnixMilli()
	}
	warned := int64(0)
	if !l.Warned.IsZero() {
		warned = l.Warned.UnixMilli()
	}
	_, err = tx.Exec(`INSERT INTO agenda (realm, ref, urgency, place, peer, kind, state, is_open, priority, type, category, opened, unsigned, waits, ruled, body, owes, warned, strict)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (realm, ref) DO UPDATE SET urgency = excluded.urgency, place = excluded.place, peer = excluded.peer, kind = excluded.kind,
			state = excluded.state, is_open = excluded.is_open, priority = excluded.priority, type = excluded.type, category = excluded.category,
			opened = excluded.opened, unsigned = excluded.unsigned, waits = excluded.waits, ruled = excluded.ruled, body = excluded.body,
			owes = excluded.owes, warned = excluded.warned, strict = excluded.strict`,
		string(m.Realm), string(m.Ref), urgency, place, string(m.Peer), string(m.Kind), m.State, bit(m.Open), m.Priority, m.Type, m.Category,
		m.Opened.UnixMilli(), unsigned, l.Waits, bit(l.Ruled), l.Body, string(l.Owes), warned, bit(l.Strict))
	return err
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Unlisted returns up to limit matters whose line is not there or of before they were
// last written, in order of their names after one.
func Unlisted(tx *store.Tx, after Version, limit int) ([]Version, error) {
	return versions(tx, "SELECT realm, ref, version, '' FROM matter WHERE listed <> version AND (realm, ref) > ($1, $2) ORDER BY realm, ref LIMIT $3 + 0",
		string(after.Realm), string(after.Ref), limit)
}

// Behind returns the matters whose line waits for something.
func Behind(tx *store.Tx) ([]Version, error) {
	return versions(tx, `SELECT a.realm, a.ref, m.version, a.waits FROM agenda a JOIN matter m ON m.realm = a.realm AND m.ref = a.ref
		WHERE a.waits <> '' ORDER BY a.realm, a.ref`)
}

// Unsigned returns the matters in which a sole release of ours should have been
// countersigned before a moment.
func Unsigned(tx *store.Tx, before time.Time) ([]Version, error) {
	return versions(tx, "SELECT realm, ref, 0, '' FROM agenda WHERE unsigned > 0 AND unsigned < $1 ORDER BY unsigned, realm, ref", before.UnixMilli())
}

// Kept returns the matters that are not for every seat: those that are restricted or
// marked for some alone, and those of which no line says that they are not.
func Kept(tx *store.Tx) ([]Version, error) {
	var all []Version
	// One query each, in the order of its index: joined, SQLite read the tables whole.
	for _, from := range []string{"agenda WHERE strict = 1", "matter WHERE restricted = 1", "matter WHERE listed <> version"} {
		list, err := versions(tx, "SELECT realm, ref, 0, '' FROM "+from+" ORDER BY realm, ref")
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

func versions(tx *store.Tx, query string, args ...any) (list []Version, err error) {
	rows, err := tx.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var v Version
		if err := rows.Scan((*string)(&v.Realm), (*string)(&v.Ref), &v.N, &v.Waits); err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, rows.Err()
}

// A Place is where a matter stands in the agenda. The zero Place is before all.
type Place struct {
	Urgency int
	At      int64
	Realm   comity.Realm
	Ref     comity.Ref
}

// String writes p as ParsePlace reads it, such as 0/1795316400000/live/US-2026-000042.
func (p Place) String() string {
	return fmt.Sprintf("%d/%d/%s/%s", p.Urgency, p.At, p.Realm, p.Ref)
}

// ParsePlace reads a place.
func ParsePlace(s string) (p Place, err error) {
	words := strings.Split(s, "/")
	if len(words) == 4 {
		var errs [4]error
		p.Urgency, errs[0] = strconv.Atoi(words[0])
		p.At, errs[1] = strconv.ParseInt(words[1], 10, 64)
		p.Realm, errs[2] = comity.ParseRealm(words[2])
		p.Ref, errs[3] = comity.ParseRef(words[3])
		if errs == [4]error{} && 0 <= p.Urgency && p.Urgency <= 2 {
			return p, nil
		}
	}
	return Place{}, comity.Fieldf("after", "%q is no place in a list; give the place of the last line that you have, such as %q", comity.Clip(s), "0/1795316400000/live/US-2026-000042")
}

// A Listed matter is one in the agenda. Its channel is not read.
type Listed struct {
	store.Matter
	Place Place
	Body  []byte
}

// Agenda returns what is due, the first first; then what else is owed, and then the
// rest, the last changed first. A filter chooses among them as store.Matters has it.
func Agenda(tx *store.Tx, f store.Filter, after Place) (list []Listed, err error) {
	where, args := chosen(f)
	limit := ""
	if after != (Place{}) {
		args = append(args, after.Urgency, after.At, string(after.Realm), string(after.Ref))
		n := len(args)
		where += fmt.Sprintf(" AND (a.urgency, a.place, a.realm, a.ref) > ($%d, $%d, $%d, $%d)", n-3, n-2, n-1, n)
	}
	if f.Limit > 0 {
		limit = fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	// A cross join has SQLite read the agenda first, in its order.
	rows, err := tx.Query(`SELECT a.urgency, a.place, a.body, m.realm, m.ref, m.peer, m.opener, m.kind, m.state, m.is_open, m.title, m.tlp, m.priority, m.type, m.category,
		m.secret, m.restricted, m.opened, m.changed FROM agenda a CROSS JOIN matter m
		WHERE m.realm = a.realm AND m.ref = a.ref AND `+where+" ORDER BY a.urgency, a.place, a.realm, a.ref"+limit, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var l Listed
		var open, secret, restricted, opened, changed int64
		if err := rows.Scan(&l.Place.Urgency, &l.Place.At, &l.Body, (*string)(&l.Realm), (*string)(&l.Ref), (*string)(&l.Peer), (*string)(&l.Opener), (*string)(&l.Kind),
			&l.State, &open, &l.Title, &l.TLP, &l.Priority, &l.Type, &l.Category, &secret, &restricted, &opened, &changed); err != nil {
			return nil, err
		}
		l.Place.Realm, l.Place.Ref = l.Realm, l.Ref
		l.Open, l.Secret, l.Restricted = open == 1, secret == 1, restricted == 1
		l.Opened, l.Changed = comity.At(time.UnixMilli(opened)), comity.At(time.UnixMilli(changed))
		list = append(list, l)
	}
	return list, rows.Err()
}

// Counts are how many matters are due when.
type Counts struct {
	Critical int `json:"critical"` // overdue by more than a day
	Overdue  int `json:"overdue"`  // by less
	Soon     int `json:"soon"`     // due within a day
	Later    int `json:"later"`
	None     int `json:"none"` // at no certain time
}

// Less returns c without the matters of o.
func (c Counts) Less(o Counts) Counts {
	return Counts{c.Critical - o.Critical, c.Overdue - o.Overdue, c.Soon - o.Soon, c.Later - o.Later, c.None - o.None}
}

// Count counts the matters of a filter, or of those the one of that name.
func Count(tx *store.Tx, f store.Filter, only comity.Ref, now time.Time) (c Counts, err error) {
	where, args := chosen(f)
	if only != "" {
		args = append(args, string(only))
		where += fmt.Sprintf(" AND a.ref = $%d", len(args))
	}
	// Most matters of a long record are due at no time: they are counted apart.
	rows, err := tx.Query("SELECT count(*) FROM agenda a WHERE "+where+" AND a.urgency > 0", args...)
	if err == nil {
		err = scan(rows, &c.None)
	}
	if err != nil {
		return c, err
	}
	day, n := (24 * time.Hour).Milliseconds(), len(args)
	args = append(args, now.UnixMilli()-day, now.UnixMilli(), now.UnixMilli()+day)
	rows, err = tx.Query(fmt.Sprintf(`SELECT count(CASE WHEN place < $%[1]d THEN 1 END), count(CASE WHEN place >= $%[1]d AND place < $%[2]d THEN 1 END),
		count(CASE WHEN place >= $%[2]d AND place < $%[3]d THEN 1 END), count(CASE WHEN place >= $%[3]d THEN 1 END)
		FROM agenda a WHERE %[4]s AND a.urgency = 0`, n+1, n+2, n+3, where), args...)
	if err == nil {
		err = scan(rows, &c.Critical, &c.Overdue, &c.Soon, &c.Later)
	}
	return c, err
}

// scan reads the one row that there is.
func scan(rows *sql.Rows, into ...any) (err error) {
	defer rows.Close()
	if rows.Next() {
		err = rows.Scan(into...)
	}
	if err == nil {
		err = rows.Err()
	}
	return err
}

// chosen writes a filter in SQL, always in one order: a database keeps the plans of
// texts it knows.
func chosen(f store.Filter) (where string, args []any) {
	where = "1 = 1"
	for _, c := range [][2]string{{"realm", string(f.Realm)}, {"state", f.State}, {"priority", f.Priority}, {"type", f.Type}, {"category", f.Category}, {"peer", string(f.Peer)}, {"kind", string(f.Kind)}, {"owes", string(f.Owes)}} {
		if c[1] != "" {
			args = append(args, c[1])
			where += fmt.Sprintf(" AND a.%s = $%d", c[0], len(args))
		}
	}
	if f.Open != nil { // said plainly: the index of open matters is for that alone
		where += fmt.Sprintf(" AND a.is_open = %d", bit(*f.Open))
	}
	if f.Unsigned {
		where += " AND a.unsigned > 0"
	}
	if !f.Warned.IsZero() {
		args = append(args, f.Warned.UnixMilli())
		where += fmt.Sprintf(" AND a.warned > 0 AND a.warned <= $%d", len(args))
	}
	if !f.From.IsZero() || !f.Until.IsZero() {
		until := int64(math.MaxInt64)
		if !f.Until.IsZero() {
			until = f.Until.UnixMilli()
		}
		from := int64(math.MinInt64)
		if !f.From.IsZero() {
			from = f.From.UnixMilli()
		}
		args = append(args, from, until)
		where += fmt.Sprintf(" AND a.opened >= $%d AND a.opened < $%d", len(args)-1, len(args))
	}
	return where, args
}

// ruledKey is the key of the rules by which the lines of the agenda were made.
const ruledKey = "agenda"

// RuledBy reports whether the lines of the agenda were made by these rules.
func RuledBy(tx *store.Tx, rules string) (bool, error) {
	was, _, err := tx.Meta(ruledKey)
	return was == rules, err
}

// Rule drops the lines that were made by other rules: those that depend on them, or
// all if the first word differs, which says how lines are made. A line that was
// dropped stands as it was until it is made again.
func Rule(tx *store.Tx, rules string) error {
	was, _, err := tx.Meta(ruledKey)
	if err != nil || was == rules {
		return err
	}
	query := "UPDATE matter SET listed = -1"
	if how, _, _ := strings.Cut(rules, " "); strings.HasPrefix(was, how+" ") {
		query += " WHERE EXISTS (SELECT 1 FROM agenda a WHERE a.realm = matter.realm AND a.ref = matter.ref AND a.ruled = 1)"
	}
	if _, err := tx.Exec(query); err != nil {
		return err
	}
	return tx.SetMeta(ruledKey, rules)
}
