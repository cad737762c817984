package store

import "comity"

// A Channel is where two parties exchange items in one realm.
type Channel struct {
	ID    comity.Hash
	Peer  comity.Party
	Realm comity.Realm
	State []byte // JSON of the exchange's state
}

const channelColumns = "id, peer, realm, state"

func (c *Channel) fields() []any {
	return []any{toHash(&c.ID), (*string)(&c.Peer), (*string)(&c.Realm), toBlob(&c.State)}
}

// Channel returns a channel. Within Update nobody else can step in it until the
// commit.
func (tx *Tx) Channel(id comity.Hash) (Channel, error) {
	c, ok, err := named[Channel](tx, "channel/"+id.String(), "SELECT "+channelColumns+" FROM channel WHERE id = $1", hash(id))
	if err == nil && !ok {
		err = Absent("channel %s", id.Short())
	}
	return c, err
}

// Channels returns all channels, and keeps nobody from stepping in them.
func (tx *Tx) Channels() ([]Channel, error) {
	return list[Channel](tx, "SELECT "+channelColumns+" FROM channel ORDER BY realm, peer, id")
}

var putChannel = upsert("channel", channelColumns, "id")

// PutChannel records a channel and its state.
func (tx *Tx) PutChannel(c Channel) error {
	_, err := tx.Exec(putChannel,
		hash(c.ID), string(c.Peer), string(c.Realm), blob(c.State))
	return err
}
