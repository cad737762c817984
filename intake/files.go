package intake

import (
	"context"
	"io"
	"slices"

	"comity"
	"comity/store"
)

// FileOffset says how much of a file a peer has sent. If that is all, we may have
// died before we noted it.
func (in *Intake) FileOffset(ctx context.Context, peer comity.Party, cipher comity.Hash) (int64, error) {
	if err := in.paired(ctx, peer); err != nil {
		return 0, err
	}
	n, whole, err := in.Vault.Offset(peer, cipher)
	if err != nil || !whole {
		return n, err
	}
	return n, in.arrived(ctx, peer, cipher, n)
}

// FileAppend takes a part of a file's ciphertext. When it is whole, and a
// statement names it, it is stored for good and will be receipted.
func (in *Intake) FileAppend(ctx context.Context, peer comity.Party, cipher comity.Hash, offset, total int64, r io.Reader) (int64, error) {
	if err := in.paired(ctx, peer); err != nil {
		return 0, err
	}
	n, whole, err := in.Vault.Append(peer, cipher, offset, total, r)
	if err != nil || !whole {
		return n, err
	}
	return n, in.arrived(ctx, peer, cipher, n)
}

// paired refuses a party that we know of, and with whom there is no channel.
func (in *Intake) paired(ctx context.Context, peer comity.Party) error {
	return in.Keeper.View(ctx, func(tx *store.Tx) error {
		_, err := channelsWith(tx, peer)
		return err
	})
}

func channelsWith(tx *store.Tx, peer comity.Party) (ids []comity.Hash, err error) {
	list, err := tx.Channels()
	for _, ch := range list {
		if ch.Peer == peer {
			ids = append(ids, ch.ID)
		}
	}
	if err == nil && ids == nil {
		err = comity.Errorf(comity.NotFound, "there is no active pair with %q", comity.Clip(string(peer)))
	}
	return ids, err
}

// arrived stores a whole file for good, if a placed statement of the peer names it
// and its size: a refused one, which any node can make without its officers, does
// not free its quota.
func (in *Intake) arrived(ctx context.Context, peer comity.Party, cipher comity.Hash, size int64) error {
	named := false
	err := in.Keeper.View(ctx, func(tx *store.Tx) error {
		channels, err := channelsWith(tx, peer)
		if err != nil {
			return err
		}
		files, err := tx.FilesByCipher(cipher)
		for _, f := range files {
			if err != nil || named {
				break
			}
			if f.Mine || f.Stored || f.CipherSize != size || !slices.Contains(channels, f.Channel) {
				continue
			}
			var s store.Statement
			s, err = tx.Statement(f.Channel, f.Statement)
			named = s.Status == store.Placed
		}
		return err
	})
	if err != nil || !named {
		return err
	}
	return in.claim(ctx, peer, cipher)
}

// ClaimFiles stores for good what the peer has sent of the files that placed
// statements of a channel name. One of another size than its statement says
// stays where it is, and is not receipted.
func (in *Intake) ClaimFiles(ctx context.Context, channel comity.Hash) error {
	var files []store.File
	var peer comity.Party
	err := in.Keeper.View(ctx, func(tx *store.Tx) error {
		ch, err := tx.Channel(channel)
		if err != nil {
			return err
		}
		peer = ch.Peer
		files, err = tx.FilesAwaited(channel, 256)
		return err
	})
	for _, f := range files {
		n, whole, err := in.Vault.Offset(peer, f.Cipher)
		if err != nil {
			return err
		}
		if whole && n == f.CipherSize {
			if err := in.claim(ctx, peer, f.Cipher); err != nil {
				return err
			}
		}
	}
	return err
}

// claim keeps a file, and then notes that. If we die in between, the vault still
// knows that the peer has sent it.
func (in *Intake) claim(ctx context.Context, peer comity.Party, cipher comity.Hash) error {
	size, err := in.Vault.Claim(peer, cipher)
	if err != nil {
		return err
	}
	return in.Keeper.DB.Update(ctx, func(tx *store.Tx) error { return tx.SetFileStored(peer, cipher, size) })
}
