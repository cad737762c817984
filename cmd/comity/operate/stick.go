package operate

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"comity"
	"comity/disk"
	"comity/exchange"
	"comity/intake"
	"comity/keyring"
	"comity/link"
	"comity/record"
	"comity/seal"
	"comity/shell"
	"comity/store"
)

// A stick is a file with one exchange, and a folder FILE.d beside it with the
// ciphertext of each file that the peer has not receipted, under its hash. What
// is read goes the way that HTTPS goes.

// stickSize bounds the exchange that we write: what a reader takes, less a little.
const stickSize = intake.MaxExchange - 8<<20

// stick writes an exchange to a removable medium, or reads one.
func (a *app) stick(args []string) error {
	fs := a.Flags("stick")
	peer := fs.String("peer", "", "the party that it is for, or from")
	realm := fs.String("realm", string(comity.Live), "write: live, or exercise:NAME")
	overwrite := fs.Bool("overwrite", false, "write: replace the file if it is there")
	answer := fs.String("answer", "", "read: write the answer to this file at once; needed to give a restored peer its own items back")
	words, err := shell.Parse(fs, args, 2, 2, "write FILE or read FILE")
	if err != nil {
		return err
	}
	r, err := comity.ParseRealm(*realm)
	if err != nil {
		return err
	}
	p := comity.Party(*peer)
	if p != "" || words[0] == "write" {
		if p, err = comity.ParseParty(*peer); err != nil {
			return &comity.Error{Kind: comity.Invalid, Field: "peer", Text: fmt.Sprintf("%q is not a party such as %q", comity.Clip(*peer), "cn")}
		}
	}
	return a.with(func(n *node) error {
		s := &stick{app: a, n: n, in: &intake.Intake{Keeper: n.Keeper, Vault: n.Vault}}
		if err := s.unlock(); err != nil {
			return err
		}
		switch words[0] {
		case "write":
			w, err := s.write(words[1], p, r, *overwrite, nil)
			if err != nil {
				return err
			}
			return a.Print(w, "%s", w.text())
		case "read":
			return s.read(words[1], p, *answer, *overwrite)
		}
		return shell.Usagef("stick: give write FILE or read FILE")
	})
}

type stick struct {
	*app
	n  *node
	in *intake.Intake
}

func (s *stick) unlock() error {
	pass, err := s.Passphrase("node.key")
	if err != nil {
		return err
	}
	k := s.n.Keeper
	k.Reload = func() (*keyring.Node, error) { return s.n.Ring.Node(pass) }
	k.Log = slog.New(slog.NewTextHandler(s.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.in.Log = k.Log
	k.Node, err = s.n.Ring.Node(pass)
	return err
}

// A written stick tells what is on it.
type written struct {
	File    string       `json:"file"`
	To      comity.Party `json:"to"`
	Realm   comity.Realm `json:"realm"`
	Mode    string       `json:"mode,omitempty"`
	Pairing bool         `json:"pairing,omitempty"` // our signature of the pair's profile is on it
	Items   int          `json:"items"`
	Left    uint64       `json:"left"` // items that did not fit
	Back    int          `json:"given_back,omitempty"`
	Files   int          `json:"files"`
}

func (w written) text() string {
	s := fmt.Sprintf("wrote %s for %s: %d items, %d files", w.File, w.To, w.Items, w.Files)
	if w.Back > 0 {
		s += fmt.Sprintf(", %d items of their own", w.Back)
	}
	if w.Pairing {
		s += ", and our word that the pair is confirmed"
	}
	if w.Left > 0 {
		s += fmt.Sprintf("\n%d items did not fit: when their stick has come back, write another", w.Left)
	}
	if w.Mode != "" && w.Mode != string(exchange.Open) {
		s += fmt.Sprintf("\nthe channel is %s: it numbers nothing until their hello is read", w.Mode)
	}
	return s + "\n"
}

// write numbers what is ready, and writes all that the peer is not known to have.
func (s *stick) write(file string, peer comity.Party, realm comity.Realm, overwrite bool, back *exchange.GiveBack) (written, error) {
	w := written{File: file, To: peer, Realm: realm}
	var state string
	err := s.n.Keeper.View(s.Ctx, func(tx *store.Tx) error {
		row, err := tx.Party(peer)
		state = row.State
		return err
	})
	if err != nil {
		return w, err
	}
	var x comity.Exchange
	switch state {
	case record.Pending:
		return w, comity.Errorf(comity.Conflict, "two officers must compare the pair number with %s first: comity peer confirm %s", peer, peer)
	case record.Confirmed:
		if x, err = s.pairing(peer); err != nil {
			return w, err
		}
		w.Pairing = true
	default:
		if x, err = s.compose(peer, realm, back, &w); err != nil {
			return w, err
		}
	}
	body, err := seal.EncodeExchange(x)
	if err != nil {
		return w, err
	}
	if err := link.WriteStick(file, body, overwrite); errors.Is(err, comity.Conflict) {
		return w, disk.Exists("FILE", file)
	} else if err != nil {
		return w, disk.Error("FILE", filepath.Dir(file), err)
	}
	if state != record.Confirmed {
		w.Files, err = s.putFiles(file+".d", x.Head.Channel)
	}
	return w, err
}

func (s *stick) pairing(peer comity.Party) (comity.Exchange, error) {
	b, err := s.n.Keeper.ComposePairing(s.Ctx, peer)
	if err != nil {
		return comity.Exchange{}, err
	}
	return seal.DecodeExchange(b, intake.MaxExchange, intake.MaxExchange)
}

func (s *stick) compose(peer comity.Party, realm comity.Realm, back *exchange.GiveBack, w *written) (comity.Exchange, error) {
	var ch record.Channel
	err := s.n.Keeper.View(s.Ctx, func(tx *store.Tx) (err error) {
		ch, err = record.ChannelTo(tx, peer, realm)
		return err
	})
	if err != nil {
		return comity.Exchange{}, err
	}
	t, err := s.turn(ch.ID, (*record.Turn).Number)
	if err != nil {
		return comity.Exchange{}, err
	}
	nonce := make([]byte, 32)
	rand.Read(nonce) // it never fails, by its contract
	// A stick has no answer to wait for: it says all there is to say.
	t.Leaves = []exchange.Effect{exchange.Greet{Nonce: nonce}}
	if t.State.Listens() && back == nil {
		t.Leaves = append(t.Leaves, exchange.Send{From: min(t.State.Has, t.State.Receipted)})
	}
	if back != nil {
		t.Leaves = append(t.Leaves, *back)
	}
	if t.State.Mode == exchange.Halted {
		t.Leaves = append(t.Leaves, exchange.Halt{})
	}
	t.Limit = stickSize
	body, err := s.n.Keeper.Compose(s.Ctx, t, false)
	if err != nil {
		return comity.Exchange{}, err
	}
	x, err := seal.DecodeExchange(body, intake.MaxExchange, intake.MaxExchange)
	if err != nil {
		return x, err
	}
	w.Mode = string(t.State.Mode)
	for _, it := range x.Items {
		if it.Header.From == peer {
			w.Back++
			continue
		}
		w.Items++
		w.Left = t.State.Next - it.Header.Seq - 1
	}
	if t.State.Want == 0 && t.State.Epoch == 0 {
		// Nothing has come: perhaps they do not know that the pair is active.
		p, err := s.pairing(peer)
		if err != nil {
			return x, err
		}
		x.Profile, w.Pairing = p.Profile, true
	}
	return x, nil
}

// turn runs f on a channel that has been started. One that a running node, or an
// earlier stick, has started and that no backup set back goes on as it was.
func (s *stick) turn(channel comity.Hash, f func(*record.Turn) error) (*record.Turn, error) {
	g, err := s.n.Keeper.ReadGuard(channel)
	if err != nil {
		return nil, err
	}
	return s.n.Keeper.Turn(s.Ctx, channel, func(t *record.Turn) error {
		older := g.Epoch > t.State.Epoch || g.Epoch == t.State.Epoch && g.Next > t.State.Next
		if t.State.Mode == exchange.New || older && t.State.Mode == exchange.Open {
			if err := t.Feed(exchange.Start{Guard: g}); err != nil {
				return err
			}
		}
		return f(t)
	})
}

// A taken stick tells what came of it.
type taken struct {
	From   comity.Party `json:"from"`
	Realm  comity.Realm `json:"realm,omitempty"`
	Paired bool         `json:"paired,omitempty"`
	Placed int          `json:"placed"`
	Own    int          `json:"own_back,omitempty"` // items of ours that came back
	Files  int          `json:"files"`
	Want   uint64       `json:"want"` // the number of their item that we want next
	Mode   string       `json:"mode,omitempty"`
	Says   string       `json:"says"`
	Answer *written     `json:"answer,omitempty"`
}

// read takes a stick in.
func (s *stick) read(file string, peer comity.Party, answer string, overwrite bool) error {
	body, err := link.ReadStick(file, intake.MaxExchange)
	if err != nil {
		return err
	}
	x, err := seal.DecodeExchange(body, intake.MaxExchange, intake.MaxExchange)
	if err != nil {
		return &comity.Error{Kind: comity.Invalid, Field: "FILE", Text: file + " is not a stick", Cause: err}
	}
	switch {
	case x.Head.From == s.n.Party:
		return comity.Fieldf("FILE", "%s is a stick that we wrote; take it to the peer", file)
	case peer != "" && x.Head.From != peer:
		return comity.Fieldf("peer", "%s is of %s, not of %s", file, comity.Clip(string(x.Head.From)), peer)
	}
	out := taken{From: x.Head.From}
	if x.Profile != nil {
		if x, err = s.pair(x); err != nil {
			return err
		}
		out.Paired = true
	}
	var back *exchange.GiveBack
	if x.Hello == nil && len(x.Items) == 0 && x.Resume == nil && x.Halt == nil && x.Reject == nil {
		out.Says = "the pair with " + string(out.From) + " is active; write a stick back, so that they know"
	} else if back, err = s.take(file, x, &out); err != nil {
		return err
	}
	if answer != "" {
		w, err := s.write(answer, out.From, cmp.Or(out.Realm, comity.Live), overwrite, back)
		if err != nil {
			return err
		}
		out.Answer = &w
		out.Says += "\n" + w.text()[:len(w.text())-1]
	}
	return s.Print(out, "%s\n", out.Says)
}

// pair takes the profile's signature off an exchange: the rest is for a pair
// that is active then.
func (s *stick) pair(x comity.Exchange) (comity.Exchange, error) {
	b, err := seal.EncodeExchange(comity.Exchange{Head: x.Head, Profile: x.Profile})
	if err != nil {
		return x, err
	}
	x.Profile = nil
	_, err = s.in.Take(s.Ctx, "", b, intake.Stick)
	return x, err
}

func (s *stick) take(file string, x comity.Exchange, out *taken) (*exchange.GiveBack, error) {
	var ch record.Channel
	err := s.n.Keeper.View(s.Ctx, func(tx *store.Tx) error {
		list, err := record.Channels(tx)
		i := slices.IndexFunc(list, func(c record.Channel) bool { return c.ID == x.Head.Channel && c.Peer == x.Head.From })
		if err == nil && i < 0 {
			return comity.Errorf(comity.NotFound, "there is no active pair with %s for this stick; comity peers shows how far it is", comity.Clip(string(x.Head.From)))
		}
		if err == nil {
			ch = list[i]
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	before, err := s.turn(ch.ID, func(*record.Turn) error { return nil })
	if err != nil {
		return nil, err
	}
	body, err := seal.EncodeExchange(x)
	if err != nil {
		return nil, err
	}
	o, err := s.in.Take(s.Ctx, "", body, intake.Stick)
	if err != nil {
		return nil, err
	}
	if out.Files, err = s.takeFiles(file+".d", ch); err != nil {
		return nil, err
	}
	err = s.n.DB.Update(s.Ctx, func(tx *store.Tx) error {
		return tx.Journal(comity.At(s.Now()), "stick", "operator", fmt.Sprintf("read a stick of %s: %d items placed, %d files", ch.Peer, o.Placed, out.Files))
	})
	if err != nil {
		return nil, err
	}
	after := o.Turn.State
	out.Realm, out.Placed, out.Want, out.Mode = ch.Realm, o.Placed, after.Want, string(after.Mode)
	for _, it := range x.Items {
		if h := it.Header; h.From == s.n.Party && h.Epoch == after.Epoch && h.Seq >= before.State.Next && h.Seq < after.Next {
			out.Own++
		}
	}
	return s.judge(x, before.State, o, out)
}

// judge says what a stick came to, or why it came to nothing.
func (s *stick) judge(x comity.Exchange, before exchange.State, o intake.Outcome, out *taken) (back *exchange.GiveBack, err error) {
	for _, e := range o.Turn.Leaves {
		if g, ok := e.(exchange.GiveBack); ok {
			back = &g
		}
	}
	first, theirs := uint64(0), 0
	for _, it := range x.Items {
		if it.Header.From == out.From && theirs == 0 {
			first = it.Header.Seq
		}
		if it.Header.From == out.From {
			theirs++
		}
	}
	switch {
	case o.Turn.State.Mode == exchange.Halted || o.Turn.State.Mode == exchange.Frozen:
		return nil, comity.Errorf(comity.Untrusted, "the channel with %s is %s; comity doctor says what to do", out.From, o.Turn.State.Mode)
	case theirs > 0 && o.Placed == 0 && first > before.Want:
		if err := s.Print(map[string]any{"need": before.Want}, "need %d\n", before.Want); err != nil {
			return nil, err
		}
		return nil, comity.Errorf(comity.Conflict, "this stick begins at item %d of %s and item %d has not come: take a stick of ours to them, then theirs has it", first, out.From, before.Want)
	case theirs > 0 && o.Gap && o.Turn.State.Listens():
		return nil, comity.Errorf(comity.Untrusted, "item %d of %s is refused, for the reason above; %d before it were taken in", o.Want, out.From, o.Placed)
	case o.Placed == 0 && out.Own == 0 && out.Files == 0 && before.Mode == o.Turn.State.Mode && before.Receipted == o.Turn.State.Receipted:
		out.Says = "nothing new: we have all that is on it"
	default:
		out.Says = fmt.Sprintf("took in %d items and %d files of %s; we want item %d next", o.Placed, out.Files, out.From, o.Want)
	}
	if out.Own > 0 {
		out.Says += fmt.Sprintf("\n%d items of ours came back", out.Own)
	}
	if back != nil {
		out.Says += fmt.Sprintf("\nthis stick is old, or %s was restored from a backup and lacks its own items %d to %d: if so, read it with --answer FILE", out.From, back.From, back.To)
	}
	return back, nil
}

// putFiles copies the ciphertext of files that the peer has not receipted.
func (s *stick) putFiles(dir string, channel comity.Hash) (n int, err error) {
	var files []store.File
	err = s.n.Keeper.View(s.Ctx, func(tx *store.Tx) (err error) {
		files, err = tx.FilesToPush(channel, 1<<20)
		return err
	})
	if err != nil || len(files) == 0 {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, err
	}
	for _, f := range files {
		if err := s.putFile(filepath.Join(dir, f.Cipher.String()), f); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

func (s *stick) putFile(path string, f store.File) error {
	if whole, err := s.isFile(path, f); whole || err != nil {
		return err
	}
	r, _, err := s.n.Vault.Open(f.Cipher)
	if err != nil {
		return err
	}
	defer r.Close()
	w, err := os.CreateTemp(filepath.Dir(path), ".comity-*.part")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name())
	_, err = io.Copy(w, s.Metered(r, f.Name, f.CipherSize))
	if err = errors.Join(err, w.Sync(), w.Close()); err != nil {
		return err
	}
	return os.Rename(w.Name(), path)
}

// isFile reports whether a file is on the medium from an earlier write, as it was.
func (s *stick) isFile(path string, f store.File) (bool, error) {
	st, err := os.Lstat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() != f.CipherSize {
		return false, nil // whatever it is, the file takes its place
	}
	r, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer r.Close()
	h := sha256.New()
	_, err = io.Copy(h, s.Metered(r, f.Name, f.CipherSize))
	return comity.Hash(h.Sum(nil)) == f.Cipher, err
}

// takeFiles takes what the folder holds of the files that statements name. It is
// a stranger's: links in it are not followed.
func (s *stick) takeFiles(dir string, ch record.Channel) (n int, err error) {
	if st, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !st.IsDir() {
		return 0, nil
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return 0, err
	}
	defer root.Close()
	var files []store.File
	err = s.n.Keeper.View(s.Ctx, func(tx *store.Tx) (err error) {
		files, err = tx.FilesAwaited(ch.ID, 1<<20)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		switch whole, err := s.takeFile(root, ch.Peer, f); {
		case errors.Is(err, comity.Conflict), errors.Is(err, comity.TooMuch):
			// One that is bad on the medium does not hide the next.
			s.Note("%s: %v", filepath.Join(dir, f.Cipher.String()), err)
		case err != nil:
			return n, err
		case whole:
			n++
		}
	}
	if n == 0 {
		return 0, nil
	}
	return n, s.in.ClaimFiles(s.Ctx, ch.ID)
}

func (s *stick) takeFile(root *os.Root, peer comity.Party, f store.File) (whole bool, err error) {
	name := f.Cipher.String()
	if st, err := root.Lstat(name); err != nil || !st.Mode().IsRegular() || st.Size() != f.CipherSize {
		return false, nil
	}
	r, err := root.Open(name)
	if err != nil {
		return false, err
	}
	defer r.Close()
	at, whole, err := s.n.Vault.Offset(peer, f.Cipher)
	if err != nil || whole {
		return whole, err
	}
	if _, err := r.Seek(at, io.SeekStart); err != nil {
		return false, err
	}
	_, whole, err = s.n.Vault.Append(peer, f.Cipher, at, f.CipherSize, s.Metered(r, f.Name, f.CipherSize))
	return whole, err
}
