package store

import "comity"

// Annul forgets the peer's statements that were placed in an epoch from item
// fromSeq on, after both parties agreed that it ended before: the peer sends
// them again. Their items stay, as evidence. It returns how many they are.
func (tx *Tx) Annul(ch comity.Hash, epoch, fromSeq uint64) (int, error) {
	const where = `WHERE channel = $1 AND epoch = $2 AND mine = 0 AND seq >= $3 AND seq >= 0`
	args := []any{hash(ch), int64(epoch), int64(fromSeq)}
	if _, err := tx.exec(`DELETE FROM file WHERE channel = $1 AND mine = 0 AND statement IN (SELECT id FROM statement `+where+`)`, args...); err != nil {
		return 0, err
	}
	return tx.exec(`DELETE FROM statement `+where, args...)
}
