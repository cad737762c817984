package store

import "comity"

// A Part is a part of a statement in one channel. An Erased one has neither salt nor body.
type Part struct {
	Statement  comity.Hash
	N          int
	Name, Type string
	Salt, Body []byte
	Erased     bool
}

const partColumns = "statement, n, name, type, salt, body, erased"

func (p *Part) fields() []any {
	return []any{toHash(&p.Statement), &p.N, &p.Name, &p.Type, toBlob(&p.Salt), toBlob(&p.Body), toBit(&p.Erased)}
}

func (p *Part) of() comity.Hash { return p.Statement }

// addParts leaves parts alone that are there: the statement was annulled and comes
// again, and what was erased stays erased.
func (tx *Tx) addParts(ch, id comity.Hash, parts []Part) error {
	if len(parts) == 0 {
		return nil
	}
	var args []any
	for _, p := range parts {
		args = append(args, hash(ch), hash(id), p.N, text(p.Name), text(p.Type), blob(p.Salt), blob(p.Body), bit(p.Erased))
	}
	_, err := tx.Exec("INSERT INTO part (channel, "+partColumns+") VALUES "+values(len(parts), 8)+" ON CONFLICT DO NOTHING", args...)
	return err
}

// Parts returns the parts of a statement in a channel, in order.
func (tx *Tx) Parts(ch, id comity.Hash) ([]Part, error) {
	return list[Part](tx, "SELECT "+partColumns+" FROM part WHERE statement = $1 AND channel = $2 ORDER BY n", hash(id), hash(ch))
}

// PartsIn returns the parts of the statements of one item, each statement's in order.
func (tx *Tx) PartsIn(ch comity.Hash, epoch uint64, mine bool, seq uint64) (map[comity.Hash][]Part, error) {
	return byStatement(list[Part](tx, `
		SELECT `+partColumns+` FROM part
		WHERE channel = $1 AND statement IN (SELECT id FROM statement WHERE channel = $1 AND epoch = $2 AND mine = $3 AND seq = $4 AND seq >= 0)
		ORDER BY statement, n`, hash(ch), int64(epoch), bit(mine), int64(seq)))
}

// PartsOf returns the parts of a matter's statements in a channel, each statement's
// in order.
func (tx *Tx) PartsOf(ch comity.Hash, realm comity.Realm, ref comity.Ref) (map[comity.Hash][]Part, error) {
	return byStatement(list[Part](tx, `
		SELECT `+partColumns+` FROM part
		WHERE channel = $1 AND statement IN (SELECT id FROM statement WHERE realm = $2 AND matter = $3 AND channel = $1)
		ORDER BY statement, n`, hash(ch), text(realm), text(ref)))
}

// byStatement groups what statements have, in order.
func byStatement[T any, R interface {
	row[T]
	of() comity.Hash
}](list []T, err error) (map[comity.Hash][]T, error) {
	of := map[comity.Hash][]T{}
	for i, v := range list {
		id := R(&list[i]).of()
		of[id] = append(of[id], v)
	}
	return of, err
}

// ErasePart destroys the content of a part in every channel, and its words. Its hash
// stays in the manifest.
func (tx *Tx) ErasePart(id comity.Hash, n int) error {
	if err := tx.unsearch("WHERE id = $1", hash(id)); err != nil {
		return err
	}
	return tx.set("part", id, "UPDATE part SET salt = $3, body = $3, erased = 1 WHERE statement = $1 AND n = $2", hash(id), n, []byte{})
}

// Unsearch takes the words out that a query of keys names: of statements their ord, of
// drafts their id, of minutes their n.
func (tx *Tx) Unsearch(source, keys string, args ...any) error {
	where := " WHERE source = '" + source + "' AND key IN (" + keys + ")"
	_, err := tx.Exec("DELETE FROM words WHERE rowid IN (SELECT n FROM passage"+where+")", args...)
	if err == nil {
		_, err = tx.Exec("DELETE FROM passage"+where, args...)
	}
	return err
}

// unsearch has statements searched anew. Their rows come first: who is about to add
// their words waits, or has added them when we take them out.
func (tx *Tx) unsearch(where string, args ...any) error {
	_, err := tx.Exec("UPDATE statement SET searched = 0 "+where, args...)
	if err == nil {
		err = tx.Unsearch("statement", "SELECT CAST(ord AS TEXT) FROM statement "+where, args...)
	}
	return err
}
