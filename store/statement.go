package store

import (
	"strings"

	"comity"
)

// A Statement is a statement in one channel. One that goes to several parties has
// a row in each of their channels.
type Statement struct {
	ID, Channel comity.Hash
	Epoch       uint64
	Seq         int64 // -1 until it is numbered
	I           int   // its place in its item
	Mine        bool
	Realm       comity.Realm
	Matter      comity.Ref
	Author      comity.Party
	Kind        comity.Kind
	Move        bool
	Manifest    []byte
	Sigs        []byte // JSON

	// Who released it, and how: the database itself refuses a row that lacks
	// what its class demands, unless it is a peer's that we refused.
	Class   comity.Class
	Signers []comity.Seat
	Reason  string
	Due     comity.Time

	Seen     int64  // the peer's last item that its author had seen, or -1
	Status   string // Ready, Returned, Placed, Refused
	Code     string // of a refusal, or why it was returned
	Effect   string // "", applied, fact, stale, crossed, disallowed
	Crossed  comity.Hash
	Order    int64       // its place in the queue, given by AddStatement
	At       comity.Time // of its item
	Released comity.Time
	Received comity.Time
}

// What has become of a statement.
const (
	Ready    = "ready"    // released, and waits for a number
	Returned = "returned" // released too late: the matter had moved
	Placed   = "placed"
	Refused  = "refused" // has its place, but no effect
)

const statementColumns = `id, channel, epoch, seq, i, mine, realm, matter, author, kind, move, manifest, sigs,
	class, signer1, signer2, signers, reason, due, seen, status, code, effect, crossed, at, released, received`

type statementRow struct {
	Statement
	signer1, signer2, signers string
}

func (s *statementRow) fields() []any {
	return []any{toHash(&s.ID), toHash(&s.Channel), toUint(&s.Epoch), &s.Seq, &s.I, toBit(&s.Mine),
		(*string)(&s.Realm), (*string)(&s.Matter), (*string)(&s.Author), (*string)(&s.Kind), toBit(&s.Move),
		toBlob(&s.Manifest), toBlob(&s.Sigs), (*string)(&s.Class), &s.signer1, &s.signer2, &s.signers, &s.Reason, toTime(&s.Due),
		&s.Seen, &s.Status, &s.Code, &s.Effect, toHash(&s.Crossed),
		toTime(&s.At), toTime(&s.Released), toTime(&s.Received), &s.Order}
}

func (s *statementRow) statement() Statement {
	for _, name := range append([]string{s.signer1, s.signer2}, strings.Fields(s.signers)...) {
		if name != "" {
			s.Signers = append(s.Signers, comity.Seat(name))
		}
	}
	return s.Statement
}

func (tx *Tx) statements(where string, args ...any) ([]Statement, error) {
	rows, err := list[statementRow](tx, "SELECT "+statementColumns+", ord FROM statement "+where, args...)
	if err != nil {
		return nil, err
	}
	out := make([]Statement, len(rows))
	for i := range rows {
		out[i] = rows[i].statement()
	}
	return out, nil
}

// AddStatement records a statement with its contents. One that is in its channel
// already, or whose place is taken, is a Conflict.
func (tx *Tx) AddStatement(s Statement, parts []Part, files []File) error {
	var first, second, more string
	for i, seat := range s.Signers {
		switch i {
		case 0:
			first = text(seat)
		case 1:
			second = text(seat)
		default:
			more += " " + text(seat)
		}
	}
	n, err := tx.Exec(`
		INSERT INTO statement (`+statementColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
			$14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)
		ON CONFLICT DO NOTHING`,
		hash(s.ID), hash(s.Channel), int64(s.Epoch), s.Seq, s.I, bit(s.Mine),
		text(s.Realm), text(s.Matter), text(s.Author), text(s.Kind), bit(s.Move),
		blob(s.Manifest), blob(s.Sigs), text(s.Class), first, second, more, text(s.Reason), millis(s.Due),
		s.Seen, s.Status, text(s.Code), s.Effect, hash(s.Crossed),
		millis(s.At), millis(s.Released), millis(s.Received))
	if err != nil {
		return err
	}
	if n == 0 {
		return comity.Errorf(comity.Conflict, "statement %s, or its place in channel %s, is there already", s.ID.Short(), s.Channel.Short())
	}
	if err := tx.addParts(s.Channel, s.ID, parts); err != nil {
		return err
	}
	return tx.addFiles(s.Channel, s.ID, files)
}

// Statement returns a statement as it is in a channel.
func (tx *Tx) Statement(ch, id comity.Hash) (Statement, error) {
	found, err := tx.statements("WHERE id = $1 AND channel = $2", hash(id), hash(ch))
	if err != nil || len(found) == 0 {
		return Statement{}, orAbsent(err, "statement %s in channel %s", id.Short(), ch.Short())
	}
	return found[0], nil
}

type number int64

func (n *number) fields() []any { return []any{(*int64)(n)} }

// HasStatement reports whether a statement is in a channel.
func (tx *Tx) HasStatement(ch, id comity.Hash) (bool, error) {
	_, ok, err := first[number](tx, "SELECT 1 FROM statement WHERE id = $1 AND channel = $2", hash(id), hash(ch))
	return ok, err
}

// Ready returns up to limit statements of a channel that wait for a number, in
// the order of their release.
func (tx *Tx) Ready(ch comity.Hash, limit int) ([]Statement, error) {
	// SQLite does not see for itself that what is ready is not placed, and that the
	// index will do.
	return tx.statements("WHERE channel = $1 AND status = 'ready' AND status <> 'placed' ORDER BY ord LIMIT $2 + 0", hash(ch), limit)
}

// SetPlaced gives a ready statement its place.
func (tx *Tx) SetPlaced(ch, id comity.Hash, epoch, seq uint64, i int, seen int64, at comity.Time) error {
	return tx.leaveQueue(ch, id, `
		UPDATE statement SET status = 'placed', epoch = $3, seq = $4, i = $5, seen = $6, at = $7
		WHERE id = $1 AND channel = $2 AND status = 'ready'`,
		int64(epoch), int64(seq), i, seen, millis(at))
}

// SetReturned takes a ready statement from the queue, because of why.
func (tx *Tx) SetReturned(ch, id comity.Hash, why string) error {
	return tx.leaveQueue(ch, id, `
		UPDATE statement SET status = 'returned', code = $3
		WHERE id = $1 AND channel = $2 AND status = 'ready'`,
		text(why))
}

func (tx *Tx) leaveQueue(ch, id comity.Hash, query string, args ...any) error {
	n, err := tx.Exec(query, append([]any{hash(id), hash(ch)}, args...)...)
	if err != nil || n > 0 {
		return err
	}
	if has, err := tx.HasStatement(ch, id); err != nil || !has {
		return orAbsent(err, "statement %s in channel %s", id.Short(), ch.Short())
	}
	return comity.Errorf(comity.Conflict, "statement %s is not ready any more", id.Short())
}

// SetRefused records that a placed statement has no effect, because of code.
func (tx *Tx) SetRefused(ch, id comity.Hash, code string) error {
	return tx.set("statement", id, `
		UPDATE statement SET status = 'refused', code = $3
		WHERE id = $1 AND channel = $2 AND status IN ('placed', 'refused')`,
		hash(id), hash(ch), text(code))
}

// SetEffect records what a statement did to its matter.
func (tx *Tx) SetEffect(ch, id comity.Hash, effect string, crossed comity.Hash) error {
	return tx.set("statement", id, `
		UPDATE statement SET effect = $3, crossed = $4 WHERE id = $1 AND channel = $2`,
		hash(id), hash(ch), effect, hash(crossed))
}

// set runs an UPDATE that must find its row.
func (tx *Tx) set(noun string, id comity.Hash, query string, args ...any) error {
	n, err := tx.Exec(query, args...)
	if err == nil && n == 0 {
		err = Absent("such %s as %s", noun, id.Short())
	}
	return err
}

func orAbsent(err error, format string, args ...any) error {
	if err != nil {
		return err
	}
	return Absent(format, args...)
}

// Requeue makes own statements ready again that were placed in an epoch from item
// fromSeq on, after both parties agreed that it ended before. They keep their
// order, ahead of those released since. It returns how many they are.
func (tx *Tx) Requeue(ch comity.Hash, epoch, fromSeq uint64) (int, error) {
	return tx.Exec(`
		UPDATE statement
		SET status = 'ready', epoch = 0, seq = -1, i = 0, seen = -1, at = 0, effect = '', crossed = $4
		WHERE channel = $1 AND epoch = $2 AND mine = 1 AND seq >= $3 AND seq >= 0 AND status = 'placed'`,
		hash(ch), int64(epoch), int64(fromSeq), []byte{})
}

// StatementsOf returns all statements of a matter: ours, then theirs, each in the
// order of their places, and then those without a place.
func (tx *Tx) StatementsOf(realm comity.Realm, ref comity.Ref) ([]Statement, error) {
	return tx.statements(`
		WHERE realm = $1 AND matter = $2
		ORDER BY mine DESC, (seq < 0), epoch, seq, i, ord`,
		text(realm), text(ref))
}

// StatementsIn returns the statements of one item.
func (tx *Tx) StatementsIn(ch comity.Hash, epoch uint64, mine bool, seq uint64) ([]Statement, error) {
	return tx.statements(`
		WHERE channel = $1 AND epoch = $2 AND mine = $3 AND seq = $4 AND seq >= 0
		ORDER BY i`,
		hash(ch), int64(epoch), bit(mine), int64(seq))
}

type hashRow struct{ h comity.Hash }

func (r *hashRow) fields() []any { return []any{toHash(&r.h)} }

// Heads returns the last move of each side in a matter, or the zero hash.
func (tx *Tx) Heads(realm comity.Realm, ref comity.Ref) (mine, theirs comity.Hash, err error) {
	const last = `
		SELECT id FROM statement
		WHERE realm = $1 AND matter = $2 AND mine = $3 AND move = 1 AND status IN ('ready', 'placed')
		ORDER BY (seq < 0) DESC, epoch DESC, seq DESC, i DESC, ord DESC LIMIT 1`
	m, _, err := first[hashRow](tx, last, text(realm), text(ref), 1)
	if err != nil {
		return mine, theirs, err
	}
	t, _, err := first[hashRow](tx, last, text(realm), text(ref), 0)
	return m.h, t.h, err
}

// Annul forgets the peer's statements that were placed in an epoch from item
// fromSeq on, after both parties agreed that it ended before: the peer sends
// them again. A matter that is left with none is not there any more. Their items
// stay, as evidence. It returns how many they are.
func (tx *Tx) Annul(ch comity.Hash, epoch, fromSeq uint64) (int, error) {
	const where = `WHERE channel = $1 AND epoch = $2 AND mine = 0 AND seq >= $3 AND seq >= 0`
	args := []any{hash(ch), int64(epoch), int64(fromSeq)}
	if _, err := tx.Exec(`DELETE FROM file WHERE channel = $1 AND mine = 0 AND statement IN (SELECT id FROM statement `+where+`)`, args...); err != nil {
		return 0, err
	}
	if err := tx.unsearch(where, args...); err != nil {
		return 0, err
	}
	n, err := tx.Exec(`DELETE FROM statement `+where, args...)
	if err == nil {
		_, err = tx.Exec("DELETE FROM matter WHERE channel = $1 AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.realm = matter.realm AND s.matter = matter.ref)", hash(ch))
	}
	return n, err
}
