package web

import (
	"bytes"
	"net/http"
	"strconv"

	"comity"
	"comity/casefile"
	"comity/docket"
	"comity/form"
	"comity/shell"
	"comity/web/blank"
	"comity/web/folio"
	"comity/web/page"
)

// casePages are the cooperation on cases, and whom one cooperates with.
var casePages = map[string]func(*view) error{
	"GET /cases":              (*view).cases,
	"GET /case/{realm}/{ref}": (*view).joint,
	"GET /directory":          (*view).directory,
	"GET /continuity.pdf": func(v *view) error {
		return v.paper("continuity", "pdf", []string{"print", "continuity", "--seat", string(v.who.Seat)})
	},
	"GET /calendars":              (*view).calendars,
	"POST /calendars":             (*view).calendarImport,
	"GET /calendars/{hash}":       (*view).calendarFile,
	"GET /correspondents":         (*view).correspondents,
	"GET /correspondents/{what}":  (*view).correspond,
	"POST /correspondents/{what}": (*view).correspond,
}

func (v *view) cases() error {
	q := v.r.URL.Query()
	x := folio.Cases{Category: q.Get("category"), All: q.Get("all") != ""}
	f, err := v.frame(v.word.CasesTitle())
	if err != nil {
		return err
	}
	for _, kind := range []comity.Kind{casefile.OpensCase, casefile.OpensLead, casefile.OpensDeconfliction} {
		args := []string{"list", "--kind", string(kind), "--limit", "200"}
		if !x.All {
			args = append(args, "--open")
		}
		if x.Category != "" {
			args = append(args, "--category", x.Category)
		}
		list, err := ask[[]folio.Line](v, args...)
		if err != nil {
			return err
		}
		for _, l := range list {
			f.TLP = comity.HigherTLP(f.TLP, l.TLP)
		}
		x.Groups = append(x.Groups, folio.Kinds{Kind: kind, Lines: list})
	}
	return v.show(look(f).Cases(x))
}

// joint shows what both sides have said of a case: agencies, priority, status, results.
func (v *view) joint() error {
	realm, ref := v.name()
	x, err := ask[folio.Joint](v, "show", ref, "--realm", realm)
	if err != nil {
		return err
	}
	if x.Case == nil { // a lead, or a notice: it is its own page
		return v.to(string(folio.Path(comity.Realm(realm), comity.Ref(ref))))
	}
	f, err := v.frame(ref)
	if err != nil {
		return err
	}
	f.Nav, f.TLP, f.Realm = "/cases", x.TLP, x.Realm
	x.Moves = f.Next(page.Matter{View: x.View, Realm: x.Realm})
	return v.show(look(f).Joint(x))
}

func (v *view) directory() error {
	list, err := ask[[]folio.Directory](v, "directory")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.DirectoryTitle())
	if err != nil {
		return err
	}
	return v.show(look(f).Directories(list))
}

// calendars show the days on which each side works.
func (v *view) calendars() error {
	q := v.r.URL.Query()
	x := folio.MonthOf(q.Get("year"), q.Get("month"), v.Now())
	list, err := ask[[]folio.Calendar](v, "calendar", "list")
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.First <= x.Year && x.Year <= c.Last {
			if c, err = ask[folio.Calendar](v, "calendar", "show", c.SHA256.String(), "--year", strconv.Itoa(x.Year)); err != nil {
				return err
			}
		}
		x.List = append(x.List, c)
	}
	f, err := v.frame(v.word.CalendarsTitle())
	if err != nil {
		return err
	}
	f.Nav = "/directory"
	return v.show(look(f).Calendars(x))
}

func (v *view) calendarImport() error {
	names, done, err := v.uploads("files")
	defer done()
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return comity.Fieldf("files", "choose one .ics file")
	}
	if _, err := v.call(nil, "calendar", "import", names[0]); err != nil {
		return err
	}
	return v.to("/calendars")
}

func (v *view) calendarFile() error {
	h, err := comity.ParseHash(v.r.PathValue("hash"))
	if err != nil {
		return err
	}
	x := folio.MonthOf(v.r.URL.Query().Get("year"), "", v.Now())
	c, err := ask[folio.Calendar](v, "calendar", "show", h.String(), "--year", strconv.Itoa(x.Year))
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+h.Short()+`.ics"`)
	_, _ = v.w.Write([]byte(c.ICS)) // who has gone needs no file
	return nil
}

func (v *view) correspondents() error {
	x, err := ask[folio.Correspondents](v, "correspondents")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.CorrespondentsTitle())
	if err != nil {
		return err
	}
	f.Nav = "/directory"
	return v.show(look(f).Correspondents(x))
}

// correspond takes a correspondent, or a letter that was handed over, into our own
// file.
func (v *view) correspond() error {
	var body any
	var args []string
	x := page.Form{Action: v.r.URL.Path, Submit: v.word.CorrespondentsNote()}
	switch v.r.PathValue("what") {
	case "country":
		body, args, x.Title = &docket.Correspondent{}, []string{"minute", "correspondent", "--body", "-"}, v.word.CorrespondentsNew()
	case "letter":
		body, args, x.Title = &docket.Sent{}, []string{"posted", "--body", "-"}, v.word.CorrespondentsPosted()
	default:
		return comity.Errorf(comity.NotFound, "there is no such page")
	}
	x.Says = v.word.CorrespondentsOurs()
	var faults map[string]string
	var wrong error
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
		if faults = blank.Fill(body, v.r.PostForm, shell.Moment); len(faults) == 0 {
			b, err := form.Encode(body)
			if err == nil {
				_, err = v.call(bytes.NewReader(b), args...)
			}
			if err == nil {
				return v.to("/correspondents")
			}
			wrong, faults = err, faultsOf(err)
		}
	}
	f, err := v.frame(x.Title)
	if err != nil {
		return err
	}
	f.Nav = "/directory"
	x.Groups = v.blank().Fields(body, v.r.PostForm, faults, blank.Shape{})
	status := http.StatusOK
	if wrong != nil || len(faults) > 0 {
		status = http.StatusUnprocessableEntity
		x.Wrong = &page.Notice{Tone: "late", Head: v.word.FormWrong(), Text: []string{v.word.ErrorKept()}}
		if wrong != nil {
			x.Wrong.Detail = wrong.Error()
		}
	}
	return show(v.r.Context(), v.w, status, f.Do(x))
}
