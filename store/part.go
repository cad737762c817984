package store

import "comity"

// A Part is a part of a statement. An Erased one has neither salt nor body.
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

// addParts leaves parts alone that are there: the statement is in another channel
// too, and what was erased stays erased.
func (tx *Tx) addParts(id comity.Hash, parts []Part) error {
	if len(parts) == 0 {
		return nil
	}
	var args []any
	for _, p := range parts {
		args = append(args, hash(id), p.N, text(p.Name), text(p.Type), blob(p.Salt), blob(p.Body), bit(p.Erased))
	}
	_, err := tx.exec("INSERT INTO part ("+partColumns+") VALUES "+values(len(parts), 7)+" ON CONFLICT DO NOTHING", args...)
	return err
}

// Parts returns the parts of a statement, in order.
func (tx *Tx) Parts(id comity.Hash) ([]Part, error) {
	return list[Part](tx, "SELECT "+partColumns+" FROM part WHERE statement = $1 ORDER BY n", hash(id))
}

// ErasePart destroys the content of a part. Its hash stays in the manifest.
func (tx *Tx) ErasePart(id comity.Hash, n int) error {
	return tx.set("part", id, "UPDATE part SET salt = $3, body = $3, erased = 1 WHERE statement = $1 AND n = $2", hash(id), n, []byte{})
}
