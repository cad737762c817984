package guide

import (
	"slices"

	"comity"
)

// An Agency is an entry of either side's directory. In which region of a country
// the data lies, no draft can tell: a wrong one there is mended by referral.
type Agency struct {
	ID          comity.Agency `json:"id"`
	Party       comity.Party  `json:"party"`
	Competences []Competence  `json:"competences"`
	Seats       []comity.Seat `json:"seats,omitempty"`
}

// A Competence is what an agency may ask for, and be asked for. An empty list is
// all of them.
type Competence struct {
	Types      []string `json:"types,omitempty"`
	Categories []string `json:"categories,omitempty"`
}

// Competent reports whether an agency takes a type of request, and a category.
func (a Agency) Competent(typ, category string) bool {
	return slices.ContainsFunc(a.Competences, func(c Competence) bool {
		return (len(c.Types) == 0 || slices.Contains(c.Types, typ)) &&
			(category == "" || len(c.Categories) == 0 || slices.Contains(c.Categories, category))
	})
}
