package intake

import (
	"context"
	"io"

	"comity"
	"comity/store"
)

// FileOffset says how much of a file we have. If that is all, we may have died
// before we noted it.
func (in *Intake) FileOffset(ctx context.Context, peer comity.Party, cipher comity.Hash) (int64, error) {
	n, whole, err := in.Vault.Offset(peer, cipher)
	if err != nil || !whole {
		return n, err
	}
	return n, in.arrived(ctx, peer, cipher)
}

// FileAppend takes a part of a file's ciphertext. When it is whole, and a
// statement names it, it is stored for good and will be receipted.
func (in *Intake) FileAppend(ctx context.Context, peer comity.Party, cipher comity.Hash, offset, total int64, r io.Reader) (int64, error) {
	n, whole, err := in.Vault.Append(peer, cipher, offset, total, r)
	if err != nil || !whole {
		return n, err
	}
	return n, in.arrived(ctx, peer, cipher)
}

// arrived stores a whole file for good, if a placed statement names it: a refused
// one, which any node can make without its officers, does not free its quota.
func (in *Intake) arrived(ctx context.Context, peer comity.Party, cipher comity.Hash) error {
	named := false
	err := in.Keeper.View(ctx, func(tx *store.Tx) error {
		files, err := tx.FilesByCipher(cipher)
		for _, f := range files {
			if err != nil || f.Mine || f.Stored {
				continue
			}
			var s store.Statement
			s, err = tx.Statement(f.Channel, f.Statement)
			named = named || s.Status == store.Placed
		}
		return err
	})
	if err != nil || !named {
		return err
	}
	return in.claim(ctx, peer, cipher)
}

// ClaimFiles stores for good what has arrived of the files that placed
// statements of a channel name.
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
		_, whole, err := in.Vault.Offset(peer, f.Cipher)
		if err != nil {
			return err
		}
		if whole {
			if err := in.claim(ctx, peer, f.Cipher); err != nil {
				return err
			}
		}
	}
	return err
}

func (in *Intake) claim(ctx context.Context, peer comity.Party, cipher comity.Hash) error {
	if _, err := in.Vault.Claim(peer, cipher); err != nil {
		return err
	}
	return in.Keeper.DB.Update(ctx, func(tx *store.Tx) error { return tx.SetFileStored(cipher) })
}
