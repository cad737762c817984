package store

import (
	"fmt"
	"strings"
	"time"

	"comity"
)

// A Matter is a view of its statements, for lists and pages. All matters may be
// dropped and made again from the statements.
type Matter struct {
	Realm        comity.Realm
	Ref          comity.Ref
	Channel      comity.Hash
	Peer, Opener comity.Party
	Kind         comity.Kind
	State        string
	Open         bool // somebody still owes a move
	Title        string
	TLP          string
	Priority     string
	Type         string // of request
	Category     string // of crime
	Secret       bool   // its opening says that its very existence is secret
	Restricted   bool   // it is, by that or by our own list
	Opened       comity.Time
	Changed      comity.Time
}

const matterColumns = "realm, ref, channel, peer, opener, kind, state, is_open, title, tlp, priority, type, category, secret, restricted, opened, changed"

func (m *Matter) fields() []any {
	return []any{(*string)(&m.Realm), (*string)(&m.Ref), toHash(&m.Channel), (*string)(&m.Peer), (*string)(&m.Opener), (*string)(&m.Kind),
		&m.State, toBit(&m.Open), &m.Title, &m.TLP, &m.Priority, &m.Type, &m.Category, toBit(&m.Secret), toBit(&m.Restricted), toTime(&m.Opened), toTime(&m.Changed)}
}

// Matter returns one matter.
func (tx *Tx) Matter(realm comity.Realm, ref comity.Ref) (Matter, error) {
	m, ok, err := named[Matter](tx, fmt.Sprintf("matter/%s/%s", realm, ref),
		"SELECT "+matterColumns+" FROM matter WHERE realm = $1 AND ref = $2", text(realm), text(ref))
	if err == nil && !ok {
		err = Absent("matter %s in %s", ref, realm)
	}
	return m, err
}

var putMatter = upsert("matter", matterColumns, "realm, ref") + ", version = matter.version + 1"

// PutMatter records a matter as it is now.
func (tx *Tx) PutMatter(m Matter) error {
	_, err := tx.Exec(putMatter,
		text(m.Realm), text(m.Ref), hash(m.Channel), text(m.Peer), text(m.Opener), text(m.Kind),
		text(m.State), bit(m.Open), text(m.Title), text(m.TLP), text(m.Priority), text(m.Type), text(m.Category), bit(m.Secret), bit(m.Restricted), millis(m.Opened), millis(m.Changed))
	return err
}

// A Filter chooses matters. An empty field chooses all.
type Filter struct {
	Realm comity.Realm
	Peer  comity.Party
	Kind  comity.Kind // that opened it
	State string
	Open  *bool
	Limit int // 0: all

	Restricted bool // only those whose very existence is secret

	Type, Priority, Category string
	From, Until              comity.Time // opened at or after, and before

	// Of an agenda alone, which has these beside the matter.
	Owes     comity.Party // who owes the next move
	Unsigned bool         // a sole release of ours waits for its countersignature
	Warned   time.Time    // the end of a hold that we asked for was near by then; zero: any

	// The last matter of the page before, if there was one.
	BeforeChanged comity.Time
	BeforeRef     comity.Ref
}

// Matters returns the matters of a filter, the last changed first.
func (tx *Tx) Matters(f Filter) ([]Matter, error) {
	where := []string{"1 = 1"}
	var args []any
	and := func(condition string, vs ...any) {
		for _, v := range vs {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, condition)
	}
	if f.Realm != "" {
		and("realm = ?", text(f.Realm))
	}
	if f.Peer != "" {
		and("peer = ?", text(f.Peer))
	}
	for _, c := range [][2]string{{"state", f.State}, {"kind", string(f.Kind)}, {"type", f.Type}, {"priority", f.Priority}, {"category", f.Category}} {
		if c[1] != "" { // always in one order: a database keeps the plans of texts it knows
			and(c[0]+" = ?", text(c[1]))
		}
	}
	if f.Restricted {
		and("restricted = 1")
	}
	if !f.From.IsZero() {
		and("opened >= ?", millis(f.From))
	}
	if !f.Until.IsZero() {
		and("opened < ?", millis(f.Until))
	}
	if f.Open != nil && *f.Open {
		and("is_open = 1")
	}
	if f.Open != nil && !*f.Open {
		and("is_open = 0")
	}
	if f.BeforeRef != "" {
		and("(changed, ref) < (?, ?)", millis(f.BeforeChanged), text(f.BeforeRef))
	}
	limit := ""
	if f.Limit > 0 {
		limit = fmt.Sprintf(" LIMIT %d", f.Limit)
	}
	return list[Matter](tx, "SELECT "+matterColumns+" FROM matter WHERE "+strings.Join(where, " AND ")+" ORDER BY changed DESC, ref DESC"+limit, args...)
}

// NextSerial returns 1, 2, 3… for the matters we open in a year. None is given
// twice, whatever becomes of the matter.
func (tx *Tx) NextSerial(realm comity.Realm, year int) (int, error) {
	tx.wrote = true
	n, _, err := first[number](tx, `
		INSERT INTO serial (realm, year, n) VALUES ($1, $2, 1)
		ON CONFLICT (realm, year) DO UPDATE SET n = serial.n + 1
		RETURNING n`, text(realm), year)
	return int(n), err
}

// SkipSerials leaves a gap of n in every count of serials. A record that was put
// back may have handed some out that it does not remember.
func (tx *Tx) SkipSerials(n int) error {
	_, err := tx.Exec("UPDATE serial SET n = n + $1", n)
	return err
}
