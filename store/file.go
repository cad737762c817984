package store

import "comity"

// A File is an attachment of a statement in one channel; its bytes are in the vault.
type File struct {
	Channel    comity.Hash // given by AddStatement
	Statement  comity.Hash
	N          int
	Name, Type string
	Size       int64
	Cipher     comity.Hash
	CipherSize int64
	Box        []byte // salt and key under the node's storage key; empty: erased or withheld
	Mine       bool
	Stored     bool        // the whole ciphertext is here, and is ours or the peer has sent it
	Receipt    comity.Hash // of the header of the filereceipt's item, ours or theirs
	ReceiptAt  comity.Time
}

const fileColumns = "channel, statement, n, name, type, size, cipher, cipher_size, box, mine, stored, receipt, receipt_at"

// prefixed is for a join with statement s.
const prefixedFileColumns = "f.channel, f.statement, f.n, f.name, f.type, f.size, f.cipher, f.cipher_size, f.box, f.mine, f.stored, f.receipt, f.receipt_at"

func (f *File) fields() []any {
	return []any{toHash(&f.Channel), toHash(&f.Statement), &f.N, &f.Name, &f.Type, &f.Size, toHash(&f.Cipher), &f.CipherSize,
		toBlob(&f.Box), toBit(&f.Mine), toBit(&f.Stored), toHash(&f.Receipt), toTime(&f.ReceiptAt)}
}

func (f *File) of() comity.Hash { return f.Statement }

func (tx *Tx) addFiles(ch, id comity.Hash, files []File) error {
	if len(files) == 0 {
		return nil
	}
	var args []any
	for _, f := range files {
		args = append(args, hash(ch), hash(id), f.N, text(f.Name), text(f.Type), f.Size, hash(f.Cipher), f.CipherSize,
			blob(f.Box), bit(f.Mine), bit(f.Stored), hash(f.Receipt), millis(f.ReceiptAt))
	}
	_, err := tx.Exec("INSERT INTO file ("+fileColumns+") VALUES "+values(len(files), 13), args...)
	return err
}

// Files returns the files of a statement in a channel, in order.
func (tx *Tx) Files(ch, id comity.Hash) ([]File, error) {
	return list[File](tx, "SELECT "+fileColumns+" FROM file WHERE statement = $1 AND channel = $2 ORDER BY n", hash(id), hash(ch))
}

// FilesOf returns the files of a matter's statements in a channel, each statement's
// in order.
func (tx *Tx) FilesOf(ch comity.Hash, realm comity.Realm, ref comity.Ref) (map[comity.Hash][]File, error) {
	return byStatement(list[File](tx, `
		SELECT `+fileColumns+` FROM file
		WHERE channel = $1 AND statement IN (SELECT id FROM statement WHERE realm = $2 AND matter = $3 AND channel = $1)
		ORDER BY statement, n`, hash(ch), text(realm), text(ref)))
}

// FilesByCipher returns every file whose ciphertext has that hash.
func (tx *Tx) FilesByCipher(cipher comity.Hash) ([]File, error) {
	return list[File](tx, "SELECT "+fileColumns+" FROM file WHERE cipher = $1 ORDER BY statement, channel, n", hash(cipher))
}

// SetFileStored records that a peer has sent a ciphertext of that size, whole.
func (tx *Tx) SetFileStored(peer comity.Party, cipher comity.Hash, size int64) error {
	_, err := tx.Exec(`UPDATE file SET stored = 1 WHERE cipher = $1 AND cipher_size = $2 AND mine = 0 AND stored = 0
		AND channel IN (SELECT id FROM channel WHERE peer = $3)`, hash(cipher), size, string(peer))
	return err
}

// SetFileReceipt records the item that says a file has arrived.
func (tx *Tx) SetFileReceipt(ch, statement comity.Hash, n int, header comity.Hash, at comity.Time) error {
	return tx.set("file", statement, "UPDATE file SET receipt = $4, receipt_at = $5 WHERE channel = $1 AND statement = $2 AND n = $3",
		hash(ch), hash(statement), n, hash(header), millis(at))
}

// EraseFile destroys the key of a file in every channel. Its hashes stay in the
// manifest, and its ciphertext is noise from now on.
func (tx *Tx) EraseFile(statement comity.Hash, n int) error {
	return tx.set("file", statement, "UPDATE file SET box = $3 WHERE statement = $1 AND n = $2", hash(statement), n, []byte{})
}

// waiting returns up to limit files of a channel for which the other end's receipt,
// or ours, is still to be given, and of which more holds. To SQLite, CROSS JOIN also
// says in which order: there are many statements, and few files that wait.
func (tx *Tx) waiting(ch comity.Hash, limit int, more string) ([]File, error) {
	return list[File](tx, `
		SELECT `+prefixedFileColumns+` FROM file f CROSS JOIN statement s
		WHERE s.id = f.statement AND s.channel = f.channel AND f.channel = $1 AND length(f.receipt) = 0 AND `+more+`
		ORDER BY s.ord, f.n LIMIT $2 + 0`, hash(ch), limit)
}

// FilesToPush returns up to limit own files of a channel that the peer has not
// receipted.
func (tx *Tx) FilesToPush(ch comity.Hash, limit int) ([]File, error) {
	return tx.waiting(ch, limit, "f.mine = 1 AND s.status IN ('ready', 'placed')")
}

// FilesToReceipt returns up to limit files of the peer that are here, whole, and
// that we have not receipted.
func (tx *Tx) FilesToReceipt(ch comity.Hash, limit int) ([]File, error) {
	return tx.waiting(ch, limit, "f.mine = 0 AND f.stored = 1 AND s.status = 'placed'")
}

// FilesAwaited returns up to limit files of the peer that placed statements name
// and that are not here, whole.
func (tx *Tx) FilesAwaited(ch comity.Hash, limit int) ([]File, error) {
	return tx.waiting(ch, limit, "f.mine = 0 AND f.stored = 0 AND s.status = 'placed'")
}
