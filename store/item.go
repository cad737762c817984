package store

import "comity"

// An Item is an entry of one of a channel's two streams.
type Item struct {
	Channel    comity.Hash
	Epoch, Seq uint64
	Mine       bool
	Hash       comity.Hash // of the header
	Header     []byte
	Sigs       []byte // JSON
	Control    []byte
	Statements int   // how many it holds
	Upto       int64 // of a receipt, else -1
	At         comity.Time
}

const itemColumns = "channel, epoch, seq, mine, hash, header, sigs, control, statements, upto, at"

func (m *Item) fields() []any {
	return []any{toHash(&m.Channel), toUint(&m.Epoch), toUint(&m.Seq), toBit(&m.Mine), toHash(&m.Hash),
		toBlob(&m.Header), toBlob(&m.Sigs), toBlob(&m.Control), &m.Statements, &m.Upto, toTime(&m.At)}
}

// AddItem appends to a stream. A number that is taken is a Conflict.
func (tx *Tx) AddItem(m Item) error {
	n, err := tx.Exec(`
		INSERT INTO item (`+itemColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT DO NOTHING`,
		hash(m.Channel), int64(m.Epoch), int64(m.Seq), bit(m.Mine), hash(m.Hash),
		blob(m.Header), blob(m.Sigs), blob(m.Control), m.Statements, m.Upto, millis(m.At))
	if err == nil && n == 0 {
		return comity.Errorf(comity.Conflict, "item %d of channel %s is there already", m.Seq, m.Channel.Short())
	}
	return err
}

// Item returns one item.
func (tx *Tx) Item(ch comity.Hash, epoch uint64, mine bool, seq uint64) (Item, error) {
	m, ok, err := first[Item](tx, `
		SELECT `+itemColumns+` FROM item
		WHERE channel = $1 AND epoch = $2 AND mine = $3 AND seq = $4`,
		hash(ch), int64(epoch), bit(mine), int64(seq))
	if err == nil && !ok {
		err = Absent("item %d of channel %s", seq, ch.Short())
	}
	return m, err
}

// A receipted statement was first receipted at that time.
type receipted struct {
	Statement comity.Hash
	At        comity.Time
}

func (r *receipted) fields() []any { return []any{toHash(&r.Statement), toTime(&r.At)} }

// ReceiptsOf returns when the items of a matter's statements in a channel were first
// receipted, as ReceiptCovering finds it; those that never were are not there.
func (tx *Tx) ReceiptsOf(ch comity.Hash, realm comity.Realm, ref comity.Ref) (map[comity.Hash]comity.Time, error) {
	rows, err := list[receipted](tx, `
		SELECT s.id, COALESCE((
			SELECT i.at FROM item i
			WHERE i.channel = s.channel AND i.epoch = s.epoch AND i.mine = 1 - s.mine AND i.upto >= s.seq + 0 AND i.upto >= 0
			ORDER BY i.upto, i.seq LIMIT 1), 0)
		FROM statement s WHERE s.realm = $2 AND s.matter = $3 AND s.channel = $1 AND s.seq >= 0`,
		hash(ch), text(realm), text(ref))
	at := map[comity.Hash]comity.Time{}
	for _, r := range rows {
		if !r.At.IsZero() {
			at[r.Statement] = r.At
		}
	}
	return at, err
}

// Items returns up to limit items from number from on.
func (tx *Tx) Items(ch comity.Hash, epoch uint64, mine bool, from uint64, limit int) ([]Item, error) {
	return list[Item](tx, `
		SELECT `+itemColumns+` FROM item
		WHERE channel = $1 AND epoch = $2 AND mine = $3 AND seq >= $4
		ORDER BY seq LIMIT $5 + 0`,
		hash(ch), int64(epoch), bit(mine), int64(from), limit)
}

// ReceiptBefore returns the last receipt before seq in a stream: what its author
// had seen there.
func (tx *Tx) ReceiptBefore(ch comity.Hash, epoch uint64, mine bool, seq uint64) (Item, bool, error) {
	return first[Item](tx, `
		SELECT `+itemColumns+` FROM item
		WHERE channel = $1 AND epoch = $2 AND mine = $3 AND upto >= 0 AND seq < $4
		ORDER BY seq DESC LIMIT 1`,
		hash(ch), int64(epoch), bit(mine), int64(seq))
}

// ReceiptCovering returns the first receipt of a stream whose Upto is at least upto.
// SQLite begins its search at the first bound: the other way round it would read
// every receipt of the stream.
func (tx *Tx) ReceiptCovering(ch comity.Hash, epoch uint64, mine bool, upto uint64) (Item, bool, error) {
	return first[Item](tx, `
		SELECT `+itemColumns+` FROM item
		WHERE channel = $1 AND epoch = $2 AND mine = $3 AND upto >= $4 + 0 AND upto >= 0
		ORDER BY upto, seq LIMIT 1`,
		hash(ch), int64(epoch), bit(mine), int64(upto))
}
