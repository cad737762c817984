// Package folio draws the pages that look back and look around: the review, the page
// for principals, status reports, guidelines, cases, the directory, calendars and
// countries without a node. What stands around them is package page's.
package folio

import (
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"comity"
	"comity/request"
	"comity/say"
)

// A Frame is what stands around every page.
type Frame struct {
	Parts
	W     say.Words
	Party comity.Party
	Seat  comity.Seat
	Path  string
	Now   time.Time
}

// Parts are what all pages have in common.
type Parts interface {
	Page() templ.Component
	Note(tone, head string, text ...string) templ.Component
	When(t time.Time) templ.Component
	Due(due time.Time, overdue bool) templ.Component
	Say(d time.Duration) string
	Value(line string) string
	Word(list, id string) string
	Owes(p comity.Party) string
	Verb(k comity.Kind) string
	Heading(title string, k comity.Kind) string
}

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

// An Option is a value and what it is called.
type Option struct{ Value, Label string }

// Path is a matter's page.
func Path(realm comity.Realm, ref comity.Ref) templ.SafeURL {
	return templ.URL("/m/" + url.PathEscape(string(realm)) + "/" + url.PathEscape(string(ref)))
}

func upper(p comity.Party) string { return strings.ToUpper(string(p)) }
