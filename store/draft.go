package store

import "comity"

// A Draft is a statement before its release.
type Draft struct {
	ID       string
	Realm    comity.Realm
	Matter   comity.Ref
	Peer     comity.Party
	Kind     comity.Kind
	Manifest []byte // empty until the first approval
	Sigs     []byte // JSON
	Body     []byte // JSON
	Parts    []byte
	Meta     []byte // JSON: release class, reason, files
	Author   comity.Seat
	Status   string // draft, approved, released, returned, dropped
	Created  comity.Time
	Changed  comity.Time
}

const draftColumns = "id, realm, matter, peer, kind, manifest, sigs, body, parts, meta, author, status, created, changed"

func (d *Draft) fields() []any {
	return []any{&d.ID, (*string)(&d.Realm), (*string)(&d.Matter), (*string)(&d.Peer), (*string)(&d.Kind), toBlob(&d.Manifest), toBlob(&d.Sigs),
		toBlob(&d.Body), toBlob(&d.Parts), toBlob(&d.Meta), (*string)(&d.Author), &d.Status, toTime(&d.Created), toTime(&d.Changed)}
}

// Draft returns one draft.
func (tx *Tx) Draft(id string) (Draft, error) {
	d, ok, err := named[Draft](tx, "draft/"+id, "SELECT "+draftColumns+" FROM draft WHERE id = $1", text(id))
	if err == nil && !ok {
		err = Absent("draft %q", comity.Clip(id))
	}
	return d, err
}

var putDraft = upsert("draft", draftColumns, "id") + ", searched = 0"

// PutDraft records a draft as it is now.
func (tx *Tx) PutDraft(d Draft) error {
	_, err := tx.Exec(putDraft,
		text(d.ID), text(d.Realm), text(d.Matter), text(d.Peer), text(d.Kind), blob(d.Manifest), blob(d.Sigs),
		blob(d.Body), blob(d.Parts), blob(d.Meta), text(d.Author), d.Status, millis(d.Created), millis(d.Changed))
	return err
}

// Drafts returns the drafts of a status, the oldest first.
func (tx *Tx) Drafts(status string) ([]Draft, error) {
	return list[Draft](tx, "SELECT "+draftColumns+" FROM draft WHERE status = $1 ORDER BY created, id", text(status))
}
