package evidence

import (
	"fmt"

	"comity"
)

// A Report is what a good case file shows.
type Report struct {
	Head       CaseHead           `json:"head"`
	Parties    []PartyReport      `json:"parties"`
	Statements []*StatementReport `json:"statements"` // in order
	Remarks    []Remark           `json:"remarks,omitempty"`
	Counts     Counts             `json:"counts"`
}

// A PartyReport names a party whose word is in the file.
type PartyReport struct {
	Party comity.Party `json:"party"`
	Name  comity.Name  `json:"name"`
	Root  comity.Hash  `json:"root"` // of chain entry 0, as the trust file has it
}

// A StatementReport is one statement: who said it, when, and what is proved.
type StatementReport struct {
	ID        comity.Hash      `json:"id"`
	Place     Place            `json:"place"`
	I         int              `json:"i"` // in its item
	Kind      comity.Kind      `json:"kind"`
	Time      comity.Time      `json:"time"`    // its item's
	Written   comity.Time      `json:"written"` // as its author says
	Seats     []comity.Officer `json:"seats"`
	Passkeys  []comity.Seat    `json:"passkeys,omitempty"` // of Seats, those that signed by passkey, their user verified
	Release   comity.Release   `json:"release"`
	Refused   string           `json:"refused,omitempty"`   // the code with which the peer refused it; or ""
	Receipted *comity.Time     `json:"receipted,omitempty"` // when the peer's receipt says so, if a proof is here
	Parts     []PartReport     `json:"parts,omitempty"`
	Files     []FileReport     `json:"files,omitempty"`
	Manifest  comity.Manifest  `json:"manifest"`
}

// A PartReport says whether a part's content is in the file: if not, it was
// erased or withheld, and which of these the file cannot say.
type PartReport struct {
	comity.Part
	Here bool `json:"here"`
}

// A FileReport says whether a file's content is in the case file, and whether
// the peer has receipted it.
type FileReport struct {
	comity.File
	Here      bool         `json:"here"`
	Receipted *comity.Time `json:"receipted,omitempty"`
	salt      []byte
}

// A Remark is what a reader should know though it is no fault: gap, skew or
// unreceipted.
type Remark struct {
	Code      string      `json:"code"`
	Statement comity.Hash `json:"statement,omitzero"` // the zero Hash if it is about an item
	What      string      `json:"what"`
}

// Counts sums a report up.
type Counts struct {
	Statements  int `json:"statements"`
	Receipted   int `json:"receipted"`
	Refused     int `json:"refused"`
	ErasedParts int `json:"erased_parts"`
	Files       int `json:"files"`
}

// finish adds what only the whole file shows.
func (v *verifier) finish() {
	r := &v.report
	here := make(map[comity.Hash]bool, len(r.Statements))
	for _, s := range r.Statements {
		here[s.ID] = true
	}
	r.Counts.Statements = len(r.Statements)
	for _, s := range r.Statements {
		v.finishStatement(s)
		if a := s.Manifest.After; a != nil {
			for _, move := range []comity.Hash{a.Mine, a.Theirs} {
				if !move.IsZero() && !here[move] {
					v.remark("gap", s.ID, "it follows statement %s, which is not in the file", move.Short())
				}
			}
		}
	}
	for i := 1; i < len(v.items); i++ {
		a, b := v.items[i-1].Header, v.items[i].Header
		if a.From == b.From && a.Epoch == b.Epoch && v.apart(b, b.Time, a.Time) {
			v.remark("skew", comity.Hash{}, "item %s says that it was made before item %s", placeOf(b), placeOf(a))
		}
	}
}

func (v *verifier) finishStatement(s *StatementReport) {
	h := v.items[v.at[s.Place]].Header
	if receipt, ok := v.proved[s.Place]; ok {
		t := v.items[receipt].Header.Time
		s.Receipted = &t
		v.report.Counts.Receipted++
		if v.apart(h, t, s.Time) {
			v.remark("skew", s.ID, "its receipt says that it was made at %s, before the statement's item", text(t))
		}
	} else {
		v.remark("unreceipted", s.ID, "that it was sent, only %s says", s.Place.From)
	}
	if v.apart(h, s.Time, s.Written) {
		v.remark("skew", s.ID, "it says that it was written at %s, after its item", text(s.Written))
	}
	if s.Refused != "" {
		v.report.Counts.Refused++
	}
	for _, p := range s.Parts {
		if !p.Here {
			v.report.Counts.ErasedParts++
		}
	}
	for i := range s.Files {
		v.report.Counts.Files++
		if t, ok := v.stored[fileID{s.Place.From, s.ID, i, s.Files[i].Cipher}]; ok {
			s.Files[i].Receipted = &t
		}
	}
}

// apart reports whether what should be later is earlier by more than clocks may differ.
func (v *verifier) apart(h comity.Header, later, earlier comity.Time) bool {
	return earlier.Sub(later.Time).Seconds() > float64(v.profiles[h.Profile].Skew)
}

func (v *verifier) remark(code string, id comity.Hash, format string, args ...any) {
	v.report.Remarks = append(v.report.Remarks, Remark{code, id, fmt.Sprintf(format, args...)})
}

func text(t comity.Time) string {
	b, _ := t.MarshalText()
	return string(b)
}
