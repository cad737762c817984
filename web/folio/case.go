package folio

import (
	"bytes"
	"net/http"
	"strconv"

	"comity"
	"comity/casefile"
	"comity/docket"
	"comity/form"
	"comity/typed"
	"comity/web"
	"comity/web/blank"
	"comity/web/frame"
)

// casePages are the cooperation on cases, and whom one cooperates with.
var casePages = map[string]func(*view) error{
	"GET /cases":              (*view).cases,
	"GET /case/{realm}/{ref}": (*view).joint,
	"GET /directory":          (*view).directory,
	"GET /continuity.pdf": func(v *view) error {
		return v.paper("continuity", "pdf", []string{"print", "continuity", "--seat", string(v.Who.Seat)})
	},
	"GET /calendars":              (*view).calendars,
	"POST /calendars":             (*view).calendarImport,
	"GET /calendars/{hash}":       (*view).calendarFile,
	"GET /correspondents":         (*view).correspondents,
	"GET /correspondents/{what}":  (*view).correspond,
	"POST /correspondents/{what}": (*view).correspond,
}

func (v *view) cases() error {
	q := v.R.URL.Query()
	x := Cases{Category: q.Get("category"), All: q.Get("all") != ""}
	f, err := v.frame(v.Word.CasesTitle())
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
		list, err := web.Ask[[]Line](v.View, args...)
		if err != nil {
			return err
		}
		for _, l := range list {
			f.TLP = comity.HigherTLP(f.TLP, l.TLP)
		}
		x.Groups = append(x.Groups, Kinds{Kind: kind, Lines: list})
	}
	return v.Show(f.Cases(x))
}

// joint shows what both sides have said of a case: agencies, priority, status, results.
func (v *view) joint() error {
	realm, ref := v.Matter()
	x, err := web.Ask[Joint](v.View, "show", ref, "--realm", realm)
	if err != nil {
		return err
	}
	if x.Case == nil { // a lead, or a notice: it is its own page
		return v.To(string(frame.Path(comity.Realm(realm), comity.Ref(ref))))
	}
	f, err := v.frame(ref)
	if err != nil {
		return err
	}
	f.Nav, f.TLP, f.Realm = "/cases", x.TLP, x.Realm
	x.Moves = f.Moves(string(frame.Path(x.Realm, x.Ref)), x.View.View)
	return v.Show(f.Joint(x))
}

func (v *view) directory() error {
	list, err := web.Ask[[]Directory](v.View, "directory")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.DirectoryTitle())
	if err != nil {
		return err
	}
	return v.Show(f.Directories(list))
}

// calendars show the days on which each side works.
func (v *view) calendars() error {
	q := v.R.URL.Query()
	x := MonthOf(q.Get("year"), q.Get("month"), v.Now())
	list, err := web.Ask[[]Calendar](v.View, "calendar", "list")
	if err != nil {
		return err
	}
	for _, c := range list {
		if c.First <= x.Year && x.Year <= c.Last {
			if c, err = web.Ask[Calendar](v.View, "calendar", "show", c.SHA256.String(), "--year", strconv.Itoa(x.Year)); err != nil {
				return err
			}
		}
		x.List = append(x.List, c)
	}
	f, err := v.frame(v.Word.CalendarsTitle())
	if err != nil {
		return err
	}
	f.Nav = "/directory"
	return v.Show(f.Calendars(x))
}

func (v *view) calendarImport() error {
	names, done, err := v.TakeIn("files")
	defer done()
	if err != nil {
		return err
	}
	if len(names) != 1 {
		return comity.Fieldf("files", "choose one .ics file")
	}
	if _, err := v.Call(nil, "calendar", "import", names[0]); err != nil {
		return err
	}
	return v.To("/calendars")
}

func (v *view) calendarFile() error {
	h, err := comity.ParseHash(v.R.PathValue("hash"))
	if err != nil {
		return err
	}
	x := MonthOf(v.R.URL.Query().Get("year"), "", v.Now())
	c, err := web.Ask[Calendar](v.View, "calendar", "show", h.String(), "--year", strconv.Itoa(x.Year))
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	v.W.Header().Set("Content-Disposition", `attachment; filename="`+h.Short()+`.ics"`)
	_, _ = v.W.Write([]byte(c.ICS)) // who has gone needs no file
	return nil
}

func (v *view) correspondents() error {
	x, err := web.Ask[Correspondents](v.View, "correspondents")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.CorrespondentsTitle())
	if err != nil {
		return err
	}
	f.Nav = "/directory"
	return v.Show(f.Correspondents(x))
}

// correspond takes a correspondent, or a letter that was handed over, into our own
// file.
func (v *view) correspond() error {
	var body any
	var args []string
	x := frame.Form{Action: v.R.URL.Path, Submit: v.Word.CorrespondentsNote()}
	switch v.R.PathValue("what") {
	case "country":
		body, args, x.Title = &docket.Correspondent{}, []string{"minute", "correspondent", "--body", "-"}, v.Word.CorrespondentsNew()
	case "letter":
		body, args, x.Title = &docket.Sent{}, []string{"posted", "--body", "-"}, v.Word.CorrespondentsPosted()
	default:
		return comity.Errorf(comity.NotFound, "there is no such page")
	}
	x.Says = v.Word.CorrespondentsOurs()
	var faults map[string]string
	var wrong error
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		if faults = blank.Fill(body, v.R.PostForm, typed.Moment); len(faults) == 0 {
			b, err := form.Encode(body)
			if err == nil {
				_, err = v.Call(bytes.NewReader(b), args...)
			}
			if err == nil {
				return v.To("/correspondents")
			}
			wrong, faults = err, blank.Faults(err)
		}
	}
	f, err := v.frame(x.Title)
	if err != nil {
		return err
	}
	f.Nav = "/directory"
	x.Groups = blank.Words{Words: v.Word}.Fields(body, v.R.PostForm, faults, blank.Shape{})
	status := http.StatusOK
	if wrong != nil || len(faults) > 0 {
		status = http.StatusUnprocessableEntity
		x.Wrong = &frame.Notice{Tone: "late", Head: v.Word.FormWrong(), Text: []string{v.Word.ErrorKept()}}
		if wrong != nil {
			x.Wrong.Detail = wrong.Error()
		}
	}
	return v.ShowAs(status, f.Do(x))
}
