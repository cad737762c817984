package folio

import (
	"time"

	"comity"
	"comity/request"
)

// A Line is a matter in a list, as `comity list` prints it.
type Line struct {
	Ref      comity.Ref   `json:"ref"`
	Realm    comity.Realm `json:"realm"`
	Peer     comity.Party `json:"peer"`
	Kind     comity.Kind  `json:"kind"`
	Title    string       `json:"title"`
	Category string       `json:"category"`
	TLP      string       `json:"tlp"`
	Owes     comity.Party `json:"owes"`
	Due      time.Time    `json:"due"`
	Overdue  bool         `json:"overdue"`
	Says     comity.Text  `json:"says"`
	Changed  comity.Time  `json:"changed"`
}

// A Matter is one, as `comity show` prints it.
type Matter struct {
	request.View
	Timeline []struct{}   `json:"timeline"` // which stands on the matter's own page
	Realm    comity.Realm `json:"realm"`
	TLP      string       `json:"tlp"`
}
