// Package desk is what officers do: draft, approve, release, look.
//
//	draft     a statement that has not left; nobody abroad can see it
//	approve   an officer signs its manifest, which names the matter's heads as
//	          they are now; if the matter moves, all approvals fall. A passkey
//	          signs elsewhere: prepare fixes the manifest and says what to sign
//	send      with the approvals its class asks for, it is released: recorded,
//	          and queued for the peer, in one transaction. The courier takes it
//	          from there
//
// A fact that commits nobody but its seat, such as an acknowledgement, takes the
// same road in one step.
package desk

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"comity"
	"comity/check"
	"comity/guide"
	"comity/keyring"
	"comity/matter"
	"comity/record"
	"comity/request"
	"comity/roster"
	"comity/seal"
	"comity/store"
	"comity/vault"
)

// A Desk is where officers of one party work.
type Desk struct {
	Keeper *record.Keeper
	Vault  *vault.Vault
	Rules  Rules
}

// Rules is what a statement is held to before it leaves: what the node knows
// beyond the kernel. Each may be nil: nothing is held to it then.
type Rules struct {
	// Setting returns what a request is checked against.
	Setting func(tx *store.Tx, realm comity.Realm, to comity.Party, r *guide.Request) (check.Setting, error)

	// Past returns what our own record says of what was asked before.
	Past func(tx *store.Tx, realm comity.Realm, r *guide.Request) (check.Past, error)

	// Sees says of a matter that a seat may not know of what is said of one that
	// does not exist.
	Sees func(tx *store.Tx, realm comity.Realm, ref comity.Ref, seat comity.Seat) error

	// SeesDraft says of a draft that who looks may not know of what is said of one
	// that there is not, and why it may not read another.
	SeesDraft func(tx *store.Tx, d store.Draft) error

	// Changes says why a seat may not add to a draft of another's, or drop it.
	Changes func(tx *store.Tx, d store.Draft, seat comity.Seat) error

	// Gate says why a draft may not leave, signed by these seats: a sheet that is
	// not filled in, a suspension, the party's own policy.
	Gate func(tx *store.Tx, d store.Draft, release comity.Release, files []comity.File, seats []comity.Seat) (warnings []error, err error)

	// Left is told what has left.
	Left func(tx *store.Tx, d store.Draft, statement comity.Hash) error
}

// CountersignWithin is how long a sole release may wait for its second seat
// [proposal: no instrument says it].
const CountersignWithin = 12 * time.Hour

// A Draft is a statement that has not left.
type Draft struct {
	ID      string          `json:"id"`
	Realm   comity.Realm    `json:"realm"`
	Matter  comity.Ref      `json:"matter"`
	Peer    comity.Party    `json:"to"`
	Kind    comity.Kind     `json:"kind"`
	Marking comity.Marking  `json:"marking"`
	Release comity.Release  `json:"release"` // before anybody has signed: as its kind usually leaves
	Seats   int             `json:"seats"`   // that must sign before it may leave
	Alone   bool            `json:"alone"`   // may leave by one of them, in an emergency
	Author  comity.Seat     `json:"author"`
	Signed  []comity.Seat   `json:"signed"`
	Status  string          `json:"status"`
	Why     string          `json:"why,omitempty"`
	Body    json.RawMessage `json:"body"`
	Files   []comity.File   `json:"files,omitempty"`
	Created comity.Time     `json:"created"`
	Changed comity.Time     `json:"changed"`
	Sent    comity.Hash     `json:"statement,omitzero"` // once released
	Warned  []string        `json:"warnings,omitempty"` // of what must be mended now that it has left
}

// The states of a draft.
const (
	Open     = "draft"
	Approved = "approved" // signed by at least one
	Released = "released"
	Returned = "returned"
	Dropped  = "dropped"
)

// meta is what a draft's row keeps as JSON.
type meta struct {
	Marking comity.Marking `json:"marking"`
	Release comity.Release `json:"release"`
	Files   []file         `json:"files,omitempty"`
	Salt    []byte         `json:"salt,omitempty"` // of the body, once signed
	Why     string         `json:"why,omitempty"`
	Sent    comity.Hash    `json:"sent,omitzero"`
	Warned  []string       `json:"warned,omitempty"` // by the gate, when it left
}

// attached are the files of a draft; none is known, and not nil.
func (m *meta) attached() []comity.File {
	files := []comity.File{}
	for _, f := range m.Files {
		files = append(files, f.File)
	}
	return files
}

type file struct {
	comity.File
	Box []byte `json:"box"`
}

// New is what Begin needs of a draft.
type New struct {
	To      comity.Party // of a kind that opens a matter
	Matter  comity.Ref   // of every other kind
	Realm   comity.Realm
	Kind    comity.Kind
	Body    []byte
	Marking comity.Marking
	Noted   func(*store.Tx, comity.Ref) error // what its author notes at home with it; nil if nothing
}

// Begin makes a draft. What the matter does not allow now is refused now.
func (d *Desk) Begin(ctx context.Context, seat comity.Seat, n New) (Draft, error) {
	if n.Realm == "" {
		n.Realm = comity.Live
	}
	if n.Marking.TLP == "" {
		n.Marking.TLP = "AMBER"
	}
	if err := d.Keeper.Kinds.Body(n.Kind, n.Body); err != nil {
		return Draft{}, err
	}
	var out Draft
	err := d.Keeper.DB.Update(ctx, func(tx *store.Tx) error {
		now := comity.At(d.Keeper.Now())
		if err := d.seated(tx, seat); err != nil {
			return err
		}
		if d.Keeper.Kinds.Opens(n.Kind) {
			body, err := d.Keeper.Kinds.Read(n.Kind, n.Body)
			if err != nil {
				return err
			}
			if r, ok := body.(*guide.Request); ok {
				if n.Kind != request.Opens(r.Type) {
					return comity.Fieldf("type", "a request of type %q is a %s, not a %s", r.Type, request.Opens(r.Type), n.Kind)
				}
				if err := d.ours(tx, r.Authority); err != nil {
					return err
				}
			}
			if _, err := record.ChannelID(tx, n.To, n.Realm); err != nil {
				return err
			}
			serial, err := tx.NextSerial(n.Realm, now.Year())
			if err != nil {
				return err
			}
			n.Matter, err = comity.ParseRef(fmt.Sprintf("%s-%d-%06d", upper(d.Keeper.Party), now.Year(), serial))
			if err != nil {
				return err
			}
		} else {
			m, err := tx.Matter(n.Realm, n.Matter)
			if err == nil && d.Rules.Sees != nil {
				err = d.Rules.Sees(tx, n.Realm, n.Matter, seat)
			}
			if err != nil {
				return err
			}
			n.To = m.Peer
			if err := d.legal(tx, n.Realm, n.Matter, n.Kind); err != nil {
				return err
			}
		}
		serial, err := tx.NextSerial("draft", 2000)
		if err != nil {
			return err
		}
		m := meta{Marking: n.Marking, Release: d.usual(n.Kind, 0)}
		row := store.Draft{ID: fmt.Sprintf("D-%d", serial), Realm: n.Realm, Matter: n.Matter, Peer: n.To, Kind: n.Kind,
			Body: n.Body, Author: seat, Status: Open, Created: now, Changed: now}
		// What no officer could sign, because of its marking for one, is no draft.
		trial, unsigned := row, m
		if err := d.fix(tx, &trial, &unsigned); err != nil {
			return err
		}
		if row.Meta, err = json.Marshal(m); err != nil {
			return err
		}
		if out, err = d.show(row); err != nil {
			return err
		}
		if err := tx.Journal(now, "draft", string(seat), "began "+row.ID+": "+string(n.Kind)+" in "+string(n.Matter)); err != nil {
			return err
		}
		if err := tx.PutDraft(row); err != nil || n.Noted == nil {
			return err
		}
		return n.Noted(tx, n.Matter)
	})
	return out, err
}

func upper(p comity.Party) string {
	b := []byte(p)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}

func (d *Desk) seated(tx *store.Tx, seat comity.Seat) error {
	_, err := d.sits(tx, seat)
	return err
}

func (d *Desk) sits(tx *store.Tx, seat comity.Seat) (comity.Officer, error) {
	own, err := d.Keeper.Book(tx, d.Keeper.Party)
	if err != nil {
		return comity.Officer{}, err
	}
	_, page := own.Roster()
	sits, ok := own.Officer(page, seat)
	if !ok {
		return comity.Officer{}, comity.Errorf(comity.Forbidden, "seat %q is not on our roster; comity seat list shows who is", comity.Clip(string(seat)))
	}
	return sits, nil
}

// ours holds a request to naming a seat of ours, in its agency, as the authority:
// nobody asks in another's name.
func (d *Desk) ours(tx *store.Tx, a guide.Authority) error {
	if a.Seat == "" {
		return nil // that it is missing, the guidelines say
	}
	own, err := d.Keeper.Book(tx, d.Keeper.Party)
	if err != nil {
		return err
	}
	_, page := own.Roster()
	sits, ok := own.Officer(page, comity.Seat(a.Seat))
	if !ok {
		return comity.Fieldf("authority.seat", "%q is not on our roster; comity seat list shows who is", comity.Clip(a.Seat))
	}
	if a.Agency != string(sits.Agency) {
		return comity.Fieldf("authority.agency", "%q is not the agency of seat %s; that is %q", comity.Clip(a.Agency), sits.Seat, sits.Agency)
	}
	return nil
}

// fold returns the matter as it stands.
func (d *Desk) fold(tx *store.Tx, realm comity.Realm, ref comity.Ref) (matter.Result, matter.Table, matter.Side, error) {
	rows, err := tx.StatementsOf(realm, ref)
	if err != nil {
		return matter.Result{}, matter.Table{}, 0, err
	}
	list, err := d.Keeper.Entries(rows)
	if err != nil {
		return matter.Result{}, matter.Table{}, 0, err
	}
	me := matter.Other
	if ref.Opener() == d.Keeper.Party {
		me = matter.Opener
	}
	table := d.Keeper.Kinds.Table(rows)
	return matter.Fold(table, list), table, me, nil
}

func (d *Desk) legal(tx *store.Tx, realm comity.Realm, ref comity.Ref, kind comity.Kind) error {
	r, table, me, err := d.fold(tx, realm, ref)
	if err != nil {
		return err
	}
	if _, ok := table.Rule(kind); !ok {
		return comity.Errorf(comity.Conflict, "%s is a matter of %s, which knows no %s", ref, table.Name, kind)
	}
	for _, c := range matter.Legal(table, r.State, me) {
		if c.Kind == kind && !c.Allowed {
			return comity.Errorf(comity.Conflict, "we may not %s in %s now: %s", kind, ref, c.Why)
		}
	}
	return nil
}

// Attach encrypts a file into the vault and adds it to a draft. Approvals fall:
// they were of a statement without it.
func (d *Desk) Attach(ctx context.Context, seat comity.Seat, box keyring.Box, id, name, media string, r io.Reader) (Draft, error) {
	if err := vault.CheckName(name); err != nil {
		return Draft{}, err
	}
	var limit int64
	row, err := d.row(ctx, id, func(tx *store.Tx, row store.Draft) error {
		if err := d.changes(tx, row, seat); err != nil {
			return err
		}
		ch, err := record.ChannelTo(tx, row.Peer, row.Realm)
		if err != nil {
			return err
		}
		p, err := d.Keeper.Profile(tx, ch.State.Out.Profile)
		limit = p.MaxFile
		return err
	})
	if err != nil {
		return Draft{}, err
	}
	if err := pending(row); err != nil {
		return Draft{}, err
	}
	f, key, err := d.Vault.Put(r, limit)
	if err != nil {
		return Draft{}, err
	}
	f.Name, f.Type = name, media
	return d.change(ctx, id, func(tx *store.Tx, row *store.Draft, m *meta) error {
		if slices.ContainsFunc(m.Files, func(g file) bool { return g.Name == name }) {
			return comity.Fieldf("files", "%s has a file named %q already", id, name)
		}
		m.Files = append(m.Files, file{f, record.LockFile(box, f.Cipher, key)})
		d.unsign(row, m, "")
		return tx.Journal(comity.At(d.Keeper.Now()), "draft", string(seat), "attached "+f.Cipher.Short()+" to "+id)
	})
}

func (d *Desk) row(ctx context.Context, id string, f func(*store.Tx, store.Draft) error) (row store.Draft, err error) {
	err = d.Keeper.View(ctx, func(tx *store.Tx) error {
		if row, err = d.find(tx, id); err != nil {
			return err
		}
		return f(tx, row)
	})
	return row, err
}

// find returns a draft, or says that there is none.
func (d *Desk) find(tx *store.Tx, id string) (store.Draft, error) {
	row, err := tx.Draft(id)
	if err != nil || d.Rules.SeesDraft == nil {
		return row, err
	}
	return row, d.Rules.SeesDraft(tx, row)
}

// changes says why a seat may not change a draft: its author may.
func (d *Desk) changes(tx *store.Tx, row store.Draft, seat comity.Seat) error {
	if row.Author == seat || d.Rules.Changes == nil {
		return nil
	}
	return d.Rules.Changes(tx, row, seat)
}

func pending(row store.Draft) error {
	if row.Status == Released || row.Status == Dropped {
		return comity.Errorf(comity.Conflict, "%s is %s already", row.ID, row.Status)
	}
	return nil
}

func (d *Desk) change(ctx context.Context, id string, f func(*store.Tx, *store.Draft, *meta) error) (Draft, error) {
	var out Draft
	err := d.Keeper.DB.Update(ctx, func(tx *store.Tx) error {
		row, err := d.find(tx, id)
		if err != nil {
			return err
		}
		if err := pending(row); err != nil {
			return err
		}
		var m meta
		if err := json.Unmarshal(row.Meta, &m); err != nil {
			return err
		}
		if err := f(tx, &row, &m); err != nil {
			return err
		}
		row.Changed = comity.At(d.Keeper.Now())
		if row.Meta, err = json.Marshal(m); err != nil {
			return err
		}
		if out, err = d.show(row); err != nil {
			return err
		}
		return tx.PutDraft(row)
	})
	return out, err
}

func (d *Desk) unsign(row *store.Draft, m *meta, why string) {
	row.Manifest, row.Sigs, row.Status, m.Salt, m.Why = nil, nil, Open, nil, why
	m.Release = d.usual(row.Kind, len(m.Files))
}

// usual is how a draft leaves, unless one officer releases it in an emergency.
func (d *Desk) usual(kind comity.Kind, files int) comity.Release {
	if d.Keeper.Kinds.Fact(kind) && d.Keeper.Kinds.Allows(kind, comity.OneSeat) && files == 0 { // a file is never one seat's word
		return comity.Release{Class: comity.OneSeat}
	}
	return comity.Release{Class: comity.Dual}
}

// unsigned shows a draft to who looks. What was prepared under another class, and
// nobody has signed, binds nobody.
func (d *Desk) unsigned(row store.Draft) (Draft, error) {
	out, err := d.show(row)
	if err == nil && len(out.Signed) == 0 {
		out.Release = d.usual(out.Kind, len(out.Files))
		out.Seats = seats(out.Release.Class)
	}
	return out, err
}

// seats is how many must sign what leaves under a class.
func seats(c comity.Class) int {
	if c == comity.Dual {
		return 2
	}
	return 1
}

func (d *Desk) show(row store.Draft) (Draft, error) {
	var m meta
	if err := json.Unmarshal(row.Meta, &m); err != nil {
		return Draft{}, err
	}
	out := Draft{ID: row.ID, Realm: row.Realm, Matter: row.Matter, Peer: row.Peer, Kind: row.Kind, Marking: m.Marking, Release: m.Release,
		Seats: seats(m.Release.Class), Alone: d.Keeper.Kinds.Allows(row.Kind, comity.Sole), Author: row.Author, Signed: []comity.Seat{}, Status: row.Status, Why: m.Why, Body: row.Body, Created: row.Created, Changed: row.Changed, Sent: m.Sent, Warned: m.Warned}
	for _, f := range m.Files {
		out.Files = append(out.Files, f.File)
	}
	sigs, err := sigsOf(row)
	for _, s := range sigs {
		out.Signed = append(out.Signed, s.Seat)
	}
	return out, err
}

func sigsOf(row store.Draft) ([]comity.Signature, error) {
	var sigs []comity.Signature
	if len(row.Sigs) == 0 {
		return nil, nil
	}
	return sigs, json.Unmarshal(row.Sigs, &sigs)
}

// Suffices reports whether as many have signed as a draft's class asks for. Who
// they are, Send looks at.
func (d Draft) Suffices() bool {
	return len(d.Signed) >= seats(d.Release.Class)
}

// Check returns what is wrong with a request of ours: what the guidelines say of
// its text, what our own past says, and whether its authority is ours.
func (d *Desk) Check(ctx context.Context, realm comity.Realm, to comity.Party, r *guide.Request, files []comity.File) (list []check.Finding, err error) {
	err = d.Keeper.View(ctx, func(tx *store.Tx) error {
		list, err = d.findings(tx, realm, to, r, files)
		return err
	})
	return list, err
}

// findings are of a request with its files: nil, if it is not known yet which.
func (d *Desk) findings(tx *store.Tx, realm comity.Realm, to comity.Party, r *guide.Request, files []comity.File) ([]check.Finding, error) {
	if d.Rules.Setting == nil {
		return nil, nil
	}
	s, err := d.Rules.Setting(tx, realm, to, r)
	if err != nil {
		return nil, err
	}
	if files != nil {
		s.Files = []check.Attachment{}
		for _, f := range files {
			s.Files = append(s.Files, check.Attachment{Name: f.Name, Media: f.Type, Hash: f.Cipher.String()})
		}
	}
	list := check.Text(*r, s)
	var theirs *comity.Error
	if err := d.ours(tx, r.Authority); errors.As(err, &theirs) && theirs.Kind == comity.Invalid {
		if !slices.ContainsFunc(list, func(f check.Finding) bool { return f.Field == theirs.Field }) {
			f := check.Finding{ID: "C01", Severity: guide.Block, Field: theirs.Field, Wrong: guide.Text{EN: theirs.Text, ZH: "该席位或机构不在我方名册中"}}
			if t, ok := s.Texts("C01"); ok {
				f.Do, f.Origin = t.Do, t.Origin
			}
			list = append([]check.Finding{f}, list...)
		}
	} else if err != nil {
		return nil, err
	}
	if d.Rules.Past == nil {
		return list, nil
	}
	past, err := d.Rules.Past(tx, realm, r)
	if err != nil {
		return nil, err
	}
	return append(list, check.History(*r, s, past)...), nil
}

// Draft returns one draft.
func (d *Desk) Draft(ctx context.Context, id string) (Draft, error) {
	row, err := d.row(ctx, id, func(*store.Tx, store.Draft) error { return nil })
	if err != nil {
		return Draft{}, err
	}
	return d.unsigned(row)
}

// Drafts returns what waits, the oldest first.
func (d *Desk) Drafts(ctx context.Context) (list []Draft, err error) {
	err = d.Keeper.View(ctx, func(tx *store.Tx) error {
		list, err = d.drafts(tx)
		return err
	})
	return list, err
}

func (d *Desk) drafts(tx *store.Tx) (list []Draft, err error) {
	for _, status := range []string{Open, Approved, Returned} {
		rows, err := tx.Drafts(status)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			if d.Rules.SeesDraft != nil {
				err := d.Rules.SeesDraft(tx, r)
				if errors.Is(err, comity.NotFound) || errors.Is(err, comity.Forbidden) {
					continue
				} else if err != nil {
					return nil, err
				}
			}
			s, err := d.unsigned(r)
			if err != nil {
				return nil, err
			}
			list = append(list, s)
		}
	}
	return list, nil
}

// Wants reports whether the vault must keep a file: a statement names it, or a
// draft that waits.
func (d *Desk) Wants(ctx context.Context, cipher comity.Hash) (wanted bool, err error) {
	err = d.Keeper.View(ctx, func(tx *store.Tx) error {
		files, err := tx.FilesByCipher(cipher)
		if wanted = len(files) > 0; err != nil || wanted {
			return err
		}
		list, err := (&Desk{Keeper: d.Keeper}).drafts(tx) // whoever looks
		wanted = slices.ContainsFunc(list, func(x Draft) bool {
			return slices.ContainsFunc(x.Files, func(f comity.File) bool { return f.Cipher == cipher })
		})
		return err
	})
	return wanted, err
}

// Drop throws a draft away.
func (d *Desk) Drop(ctx context.Context, seat comity.Seat, id string) (Draft, error) {
	return d.change(ctx, id, func(tx *store.Tx, row *store.Draft, m *meta) error {
		if err := d.changes(tx, *row, seat); err != nil {
			return err
		}
		row.Status = Dropped
		return tx.Journal(comity.At(d.Keeper.Now()), "draft", string(seat), "dropped "+id)
	})
}

// A Word is how an officer approves: whose signature, and under which class.
type Word struct {
	Officer *keyring.Officer // whose Key is nil, if it is not at hand here

	// Sig is the seat's signature, made elsewhere, of the manifest that Prepare has
	// fixed. Without it, the officer's key signs.
	Sig []byte

	Sole   bool
	Reason string
}

// A Prepared is what an officer is to sign whose key is not at hand: a passkey's.
type Prepared struct {
	Draft     Draft       `json:"draft"` // what leaves
	Seat      comity.Seat `json:"seat"`
	Suite     string      `json:"suite"`     // of the seat's key
	Statement comity.Hash `json:"statement"` // its name, if it leaves as it is
	Challenge string      `json:"challenge"` // of an assertion, in base64url
	Manifest  string      `json:"manifest"`  // in the bytes that are signed
}

// Prepare does all of Approve but sign. What it returns may be signed until the draft
// or its matter changes; an officer who approves first, by a key at hand, changes it.
func (d *Desk) Prepare(ctx context.Context, id string, w Word) (Prepared, error) {
	p := Prepared{Seat: w.Officer.Seat}
	var moved error
	out, err := d.change(ctx, id, func(tx *store.Tx, row *store.Draft, m *meta) error {
		sits, fell, err := d.ready(tx, row, m, w, true)
		if moved = fell; err != nil || moved != nil {
			return err
		}
		p.Suite, p.Statement = sits.Key.Suite, seal.H("manifest", row.Manifest)
		p.Challenge, p.Manifest = seal.Challenge("manifest", row.Manifest), string(row.Manifest)
		return nil
	})
	if err := errors.Join(err, moved); err != nil {
		return Prepared{}, err
	}
	p.Draft = out
	return p, nil
}

// Approve signs a draft. The first approval fixes its bytes; a later one finds
// that the matter has moved, or adds to it.
func (d *Desk) Approve(ctx context.Context, id string, w Word) (Draft, error) {
	var moved error
	out, err := d.change(ctx, id, func(tx *store.Tx, row *store.Draft, m *meta) error {
		sits, fell, err := d.ready(tx, row, m, w, w.Sig != nil)
		if moved = fell; err != nil || moved != nil {
			return err
		}
		sigs, err := sigsOf(*row)
		if err != nil {
			return err
		}
		sig, err := w.sign(sits, *row)
		if err != nil {
			return err
		}
		if row.Sigs, err = seal.Encode(append(sigs, sig)); err != nil {
			return err
		}
		row.Status, m.Why = Approved, ""
		return tx.Journal(comity.At(d.Keeper.Now()), "approve", string(w.Officer.Seat), "approved "+id)
	})
	return out, errors.Join(err, moved)
}

// ready brings a draft to where a seat can sign it, and returns who sits there. It
// says how the matter moved, if approvals have fallen.
func (d *Desk) ready(tx *store.Tx, row *store.Draft, m *meta, w Word, prepared bool) (sits comity.Officer, moved, err error) {
	if sits, err = d.sits(tx, w.Officer.Seat); err != nil {
		return sits, nil, err
	}
	sigs, err := sigsOf(*row)
	if err != nil {
		return sits, nil, err
	}
	if len(row.Manifest) > 0 {
		if moved, err = d.moved(tx, *row); err != nil {
			return sits, nil, err
		}
	}
	switch sole := w.Sole || m.Release.Class == comity.Sole; {
	case len(sigs) == 0 && w.Sig == nil && (moved != nil || sole || !prepared):
		// Nobody has signed what was prepared. It may be of another class or day, and
		// stands only while it may be on somebody's screen.
		row.Manifest = nil
	case moved != nil:
		d.unsign(row, m, moved.Error())
		return sits, moved, nil // the approvals fall, and the officer is told
	}
	if err := d.blocked(tx, row.ID, row.Kind, row.Realm, row.Peer, row.Body, m.attached()); err != nil {
		return sits, nil, err
	}
	if err := d.classify(row, m, w); err != nil {
		return sits, nil, err
	}
	if len(row.Manifest) == 0 {
		if err := d.fix(tx, row, m); err != nil {
			return sits, nil, err
		}
	}
	if slices.ContainsFunc(sigs, func(s comity.Signature) bool { return s.Seat == w.Officer.Seat }) {
		if len(sigs) > 1 || m.Release.Class != comity.Dual {
			return sits, nil, comity.Errorf(comity.Conflict, "seat %s has signed %s already, and so have enough; comity send %s releases it", w.Officer.Seat, row.ID, row.ID)
		}
		return sits, nil, comity.Errorf(comity.Conflict, "seat %s has signed %s already; another must", w.Officer.Seat, row.ID)
	}
	return sits, nil, nil
}

// sign returns the seat's signature of a draft's manifest. One that was made elsewhere
// must be good under the key that the roster has.
func (w Word) sign(sits comity.Officer, row store.Draft) (comity.Signature, error) {
	switch {
	case w.Sig == nil && w.Officer.Key == nil:
		return comity.Signature{}, comity.Errorf(comity.Forbidden, "seat %s has no key here: prepare %s, and have its passkey sign that (comity approve %s --seat %s --prepare)", sits.Seat, row.ID, row.ID, sits.Seat)
	case w.Sig == nil:
		return w.Officer.Key.SignSeat(sits.Seat, "manifest", row.Manifest)
	}
	sig := comity.Signature{Seat: sits.Seat, Key: seal.KeyName(sits.Key), Sig: w.Sig}
	if err := seal.Verify(sits.Key, "manifest", row.Manifest, sig); err != nil {
		return comity.Signature{}, comity.Errorf(comity.Untrusted, "that is no good signature of seat %s on %s as it is now; look at it, prepare it again and sign what that shows (comity approve %s --seat %s --prepare)", sits.Seat, row.ID, row.ID, sits.Seat)
	}
	return sig, nil
}

// blocked says what of the guidelines a request, of that name, still lacks.
func (d *Desk) blocked(tx *store.Tx, name string, kind comity.Kind, realm comity.Realm, to comity.Party, b []byte, files []comity.File) error {
	body, err := d.Keeper.Kinds.Read(kind, b)
	if err != nil {
		return err
	}
	r, ok := body.(*guide.Request)
	if !ok {
		return nil
	}
	list, err := d.findings(tx, realm, to, r, files)
	if err != nil {
		return err
	}
	for _, f := range list {
		if f.Severity == guide.Block {
			return comity.Fieldf(f.Field, "%s (%s); comity check %s lists all", f.Text("en"), f.ID, name)
		}
	}
	return nil
}

func (d *Desk) classify(row *store.Draft, m *meta, w Word) error {
	class := d.usual(row.Kind, len(m.Files)).Class
	if w.Sole {
		class = comity.Sole
	}
	if !d.Keeper.Kinds.Allows(row.Kind, class) {
		return comity.Errorf(comity.Forbidden, "a %s may not leave as %s: it needs two officers", row.Kind, class)
	}
	if w.Sole && w.Reason == "" {
		return comity.Fieldf("release.reason", "a sole release needs one, such as %q", "one officer on the night shift; the log is overwritten at 06:00Z")
	}
	if len(row.Manifest) > 0 {
		if class == comity.Sole && m.Release.Class != comity.Sole {
			return comity.Errorf(comity.Conflict, "%s was approved as %s; drop it and draft it again to release it alone", row.ID, m.Release.Class)
		}
		return nil
	}
	m.Release = comity.Release{Class: class}
	if class == comity.Sole {
		due := comity.At(d.Keeper.Now().Add(CountersignWithin))
		m.Release.Reason, m.Release.Due = w.Reason, &due
	}
	return nil
}

// fix makes the bytes that officers sign.
func (d *Desk) fix(tx *store.Tx, row *store.Draft, m *meta) error {
	mf := comity.Manifest{
		V: 1, Realm: row.Realm, From: d.Keeper.Party, To: []comity.Party{row.Peer}, Matter: row.Matter, Kind: row.Kind,
		Marking: m.Marking, Release: m.Release, Time: comity.At(d.Keeper.Now()),
		Parts: []comity.Part{{Name: "body", Type: "application/json"}},
	}
	var keys []comity.FileKey
	for _, f := range m.Files {
		mf.Files = append(mf.Files, f.File)
		keys = append(keys, comity.FileKey{})
	}
	if !d.Keeper.Kinds.Fact(row.Kind) {
		after := comity.After{}
		if !d.Keeper.Kinds.Opens(row.Kind) {
			var err error
			if after.Mine, after.Theirs, err = tx.Heads(row.Realm, row.Matter); err != nil {
				return err
			}
		}
		mf.After = &after
	}
	s, err := seal.NewStatement(mf, [][]byte{row.Body}, keys)
	if err != nil {
		return err
	}
	row.Manifest, m.Salt = s.Bytes, s.Parts[0].Salt
	return d.fits(tx, *row, s)
}

// fits keeps what the peer could never take in from being signed.
func (d *Desk) fits(tx *store.Tx, row store.Draft, s comity.Statement) error {
	ch, err := record.ChannelTo(tx, row.Peer, row.Realm)
	if err != nil {
		return err
	}
	p, err := d.Keeper.Profile(tx, ch.State.Out.Profile)
	if err != nil {
		return err
	}
	if n := int64(len(row.Body)); n > p.MaxPart {
		return comity.Errorf(comity.TooMuch, "%s has %d bytes, and the profile with %s takes %d; say the rest in a file (comity attach)", row.Kind, n, row.Peer, p.MaxPart)
	}
	if !record.Fits(p, int64(len(seal.EncodeStatement(s)))) {
		return comity.Errorf(comity.TooMuch, "%s is larger than what the profile with %s takes, %d bytes in all; say the rest in a file (comity attach)", row.Kind, row.Peer, p.MaxItem)
	}
	return nil
}

// moved says how the matter differs from what the approvals were given for. It
// stays as it is found until the commit.
func (d *Desk) moved(tx *store.Tx, row store.Draft) (moved, err error) {
	if d.Keeper.Kinds.Opens(row.Kind) {
		return nil, nil
	}
	if _, err := tx.Matter(row.Realm, row.Matter); err != nil {
		return nil, err
	}
	mf, err := seal.DecodeManifest(row.Manifest)
	if err != nil || mf.After == nil {
		return nil, err
	}
	mine, theirs, err := tx.Heads(row.Realm, row.Matter)
	if err != nil || mine == mf.After.Mine && theirs == mf.After.Theirs {
		return nil, err
	}
	what := ""
	rows, err := tx.StatementsOf(row.Realm, row.Matter)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if r.Move && (r.ID == mine && mine != mf.After.Mine || r.ID == theirs && theirs != mf.After.Theirs) {
			what += fmt.Sprintf("; %s: %s by %s (%s)", r.At.UTC().Format("15:04:05Z"), r.Kind, r.Author, r.ID.Short())
		}
	}
	return comity.Errorf(comity.Conflict, "the matter moved: %s is no longer as it was when %s was approved%s; all signatures of %s are void: look at the matter (comity show %s), then approve again", row.Matter, row.ID, what, row.ID, row.Matter), nil
}

// Send releases a draft whose approvals suffice: the statement is on the record
// and queued for the peer when Send returns.
func (d *Desk) Send(ctx context.Context, id string) (Draft, error) {
	seen, err := d.read(ctx, id) // the signatures, before anybody waits for us
	if err != nil {
		return Draft{}, err
	}
	var moved error
	out, err := d.change(ctx, id, func(tx *store.Tx, row *store.Draft, m *meta) error {
		moved = nil
		if len(row.Sigs) == 0 {
			return comity.Errorf(comity.Forbidden, "%s is not approved by anyone yet; comity approve %s --seat SEAT", id, id)
		}
		var err error
		if moved, err = d.moved(tx, *row); err != nil {
			return err
		}
		if moved == nil && !d.Keeper.Kinds.Opens(row.Kind) {
			if err := d.legal(tx, row.Realm, row.Matter, row.Kind); errors.Is(err, comity.Conflict) {
				moved = comity.Errorf(comity.Conflict, "the matter moved: %v; all signatures of %s are void", err, row.ID)
			} else if err != nil {
				return err
			}
		}
		if moved != nil {
			d.unsign(row, m, moved.Error())
			row.Status = Returned
			return nil
		}
		return d.release(tx, row, m, seen)
	})
	return out, errors.Join(err, moved)
}

// A reading is a draft with its signatures checked.
type reading struct {
	row      store.Draft
	page     comity.Hash // our roster entry then
	manifest comity.Manifest
	sigs     []comity.Signature
	err      error // what release says of it
}

// read checks the signatures of a draft.
func (d *Desk) read(ctx context.Context, id string) (r reading, err error) {
	var row store.Draft
	var own *roster.Book
	err = d.Keeper.View(ctx, func(tx *store.Tx) error {
		if row, err = tx.Draft(id); err == nil {
			own, err = d.Keeper.Book(tx, d.Keeper.Party)
		}
		return err
	})
	if err != nil || len(row.Manifest) == 0 {
		return r, err
	}
	return verify(row, own)
}

func verify(row store.Draft, own *roster.Book) (r reading, err error) {
	r.row = row
	if r.sigs, err = sigsOf(row); err != nil {
		return r, err
	}
	if r.manifest, err = seal.DecodeManifest(row.Manifest); err != nil {
		return r, err
	}
	_, r.page = own.Roster()
	if err := own.CheckRelease(r.page, r.manifest, row.Manifest, r.sigs); err != nil {
		r.err = comity.Errorf(comity.Forbidden, "%s cannot be released yet: %v", row.ID, err)
	}
	return r, nil
}

func (d *Desk) release(tx *store.Tx, row *store.Draft, m *meta, seen reading) error {
	own, err := d.Keeper.Book(tx, d.Keeper.Party)
	if err != nil {
		return err
	}
	if _, page := own.Roster(); page != seen.page || !bytes.Equal(row.Manifest, seen.row.Manifest) || !bytes.Equal(row.Sigs, seen.row.Sigs) {
		if seen, err = verify(*row, own); err != nil {
			return err
		}
	}
	if seen.err != nil {
		return seen.err
	}
	mf, sigs := seen.manifest, seen.sigs
	if m.Warned, err = d.gate(tx, *row, m, sigs); err != nil {
		return err
	}
	channel, err := record.ChannelID(tx, row.Peer, row.Realm)
	if err != nil {
		return err
	}
	now := comity.At(d.Keeper.Now())
	s := store.Statement{
		ID: seal.H("manifest", row.Manifest), Channel: channel, Seq: -1, Mine: true, Realm: row.Realm, Matter: row.Matter,
		Author: d.Keeper.Party, Kind: row.Kind, Move: mf.After != nil, Manifest: row.Manifest, Sigs: row.Sigs,
		Class: mf.Release.Class, Reason: mf.Release.Reason, Seen: -1, Status: store.Ready, Released: now,
	}
	if mf.Release.Due != nil {
		s.Due = *mf.Release.Due
	}
	if d.Keeper.Kinds.Opens(row.Kind) {
		s.Effect = string(matter.Applied) // most likely; Refold knows
	}
	for _, sig := range sigs {
		s.Signers = append(s.Signers, sig.Seat)
	}
	parts := []store.Part{{Statement: s.ID, Name: "body", Type: "application/json", Salt: m.Salt, Body: row.Body}}
	var files []store.File
	for n, f := range m.Files {
		files = append(files, store.File{Statement: s.ID, N: n, Name: f.Name, Type: f.Type, Size: f.Size, Cipher: f.Cipher,
			CipherSize: seal.CipherSize(f.Size), Box: f.Box, Mine: true, Stored: true})
	}
	if err := tx.AddStatement(s, parts, files); err != nil {
		return err
	}
	row.Status, m.Sent = Released, s.ID
	if d.Rules.Left != nil {
		if err := d.Rules.Left(tx, *row, s.ID); err != nil {
			return err
		}
	}
	if err := tx.Journal(now, "release", string(sigs[len(sigs)-1].Seat), fmt.Sprintf("released %s as %s: %s in %s to %s", row.ID, s.Class, s.ID.Short(), row.Matter, row.Peer)); err != nil {
		return err
	}
	if d.Keeper.Kinds.Opens(row.Kind) {
		return d.Keeper.Open(tx, row.Realm, row.Matter, []record.Added{{Statement: s, Parts: parts}})
	}
	return d.Keeper.Refold(tx, row.Realm, row.Matter)
}

// gate holds what would leave to the node's own rules, once more and by those who
// have signed it.
func (d *Desk) gate(tx *store.Tx, row store.Draft, m *meta, sigs []comity.Signature) (said []string, err error) {
	var seats []comity.Seat
	for _, s := range sigs {
		seats = append(seats, s.Seat)
	}
	if err := d.blocked(tx, row.ID, row.Kind, row.Realm, row.Peer, row.Body, m.attached()); err != nil {
		return nil, err
	}
	if d.Rules.Gate == nil {
		return nil, nil
	}
	warnings, err := d.Rules.Gate(tx, row, m.Release, m.attached(), seats)
	for _, w := range warnings {
		said = append(said, w.Error())
	}
	return said, err
}

// An Attachment is a file that is to go with a statement.
type Attachment struct {
	Name, Media string
	Content     io.Reader
}

// Say begins a draft with its files and has its author sign it, and releases what
// one seat may release. If it fails on the way, no draft is left. An author whose key
// is not at hand gets the draft, to sign it afterwards.
func (d *Desk) Say(ctx context.Context, n New, w Word, files ...Attachment) (Draft, error) {
	// What cannot be released gets no draft, whose name it would tell.
	err := d.Keeper.View(ctx, func(tx *store.Tx) error {
		return d.blocked(tx, "FILE", n.Kind, cmp.Or(n.Realm, comity.Live), n.To, n.Body, nil)
	})
	if err != nil {
		return Draft{}, err
	}
	out, err := d.Begin(ctx, w.Officer.Seat, n)
	if err != nil {
		return out, err
	}
	id := out.ID
	for _, f := range files {
		if err == nil {
			out, err = d.Attach(ctx, w.Officer.Seat, w.Officer.Box, id, f.Name, f.Media, f.Content)
		}
	}
	if err == nil && w.Officer.Key != nil {
		out, err = d.Approve(ctx, id, w)
	}
	if err == nil && out.Suffices() {
		out, err = d.Send(ctx, id)
	}
	if err != nil { // also if it was interrupted
		if _, left := d.Drop(context.WithoutCancel(ctx), w.Officer.Seat, id); left != nil {
			err = errors.Join(err, fmt.Errorf("what there is of it is %s: %w", id, left))
		}
	}
	return out, err
}
