package web

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"comity"
	"comity/docket"
	"comity/form"
	"comity/shell"
	"comity/web/blank"
	"comity/web/page"
)

// docketPages are our own file of a matter, which never crosses.
var docketPages = map[string]func(*view) error{
	"GET /m/{realm}/{ref}/file":                        (*view).docket,
	"POST /m/{realm}/{ref}/file/sheet/{sheet}":         (*view).sheet,
	"GET /m/{realm}/{ref}/file/add/{kind}":             (*view).add,
	"POST /m/{realm}/{ref}/file/add/{kind}":            (*view).add,
	"GET /m/{realm}/{ref}/file/letter/{action}/{form}": (*view).letter,
	"GET /m/{realm}/{ref}/file/calls/{id}":             (*view).callSheet,
	"POST /m/{realm}/{ref}/file/calls/{id}":            (*view).callSheet,
	"GET /m/{realm}/{ref}/file/calls/{id}/sheet":       (*view).ourSheet,
	"GET /m/{realm}/{ref}/file/post":                   (*view).post,
	"POST /m/{realm}/{ref}/file/post":                  (*view).post,
	"GET /posted":                                      (*view).posted,
	"GET /posted/add/{kind}":                           (*view).add,
	"POST /posted/add/{kind}":                          (*view).add,
}

// asks are the verbs that look before they add an entry: what each must be told, by
// the names of its flags.
var asks = map[string]func() any{
	"restrict": func() any {
		return new(struct {
			Add    []comity.Seat `json:"add,omitempty"`
			Remove []comity.Seat `json:"remove,omitempty"`
			Cover  string        `json:"cover,omitempty"`
			Lift   bool          `json:"lift,omitempty"`
		})
	},
	"disclose": func() any {
		return new(struct {
			To       string   `json:"to" one:"court|defence|parliament|data_subject|archive"`
			Items    []string `json:"items"`
			As       string   `json:"as,omitempty" one:"lead|investigation|evidence|civil|administrative|onward|company|publication"`
			Consent  string   `json:"consent,omitempty"`
			Informed string   `json:"informed,omitempty"`
			Confirm  bool     `json:"confirm,omitempty"`
		})
	},
	"erase": func() any {
		return new(struct {
			Of           []string `json:"of"`
			Reason       string   `json:"reason" max:"1000"`
			PeerInformed string   `json:"peer_informed" one:"yes|no|not_needed"`
		})
	},
	"route": func() any {
		return new(struct {
			To     string `json:"to"`
			Reason string `json:"reason,omitempty" max:"1000"`
		})
	},
}

// elsewhere are the kinds of entries that a sheet, another verb or another page makes.
var elsewhere = []string{"screening", "protection", "action", "restrict", "disclosure", "erasure", "route", "letter", "correspondent", "cleaned"}

// flags writes what is filled in as the flags of a command, each one word.
func flags(body any) (list []string) {
	v := reflect.ValueOf(body).Elem()
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		value := strings.ReplaceAll(blank.Text(v.Field(i)), "\n", ",")
		if v.Field(i).Kind() == reflect.Bool {
			value = strings.ReplaceAll(value, "yes", "true")
		}
		if value != "" {
			list = append(list, "--"+strings.ReplaceAll(name, "_", "-")+"="+value)
		}
	}
	return list
}

func (v *view) docket() error { return v.ourFile(http.StatusOK, "") }

// ourFile draws the file, with what went wrong.
func (v *view) ourFile(status int, wrong string) error {
	m, f, err := v.looked(v.word.MatterDocket())
	if err != nil {
		return err
	}
	acts := []page.Act{{Kind: "restrict", Says: v.word.ActRestrict()}, {Kind: "disclose", Says: v.word.ActDisclose()}, {Kind: "erase", Says: v.word.ActErase()}, {Kind: "route", Says: v.word.ActRoute()}}
	for _, k := range docket.Kinds() {
		if !slices.Contains(elsewhere, k.Kind) {
			acts = append(acts, page.Act{Kind: k.Kind, Says: v.word.Of(k.Says)})
		}
	}
	return show(v.r.Context(), v.w, status, f.File(m, acts, wrong))
}

// sheet answers all lines of a sheet at once, or none.
func (v *view) sheet() error {
	verb := v.r.PathValue("sheet")
	if verb != "screen" && verb != "protect" {
		return comity.Errorf(comity.NotFound, "there is no such sheet")
	}
	if err := v.parse(); err != nil {
		return err
	}
	type answer struct {
		Line    string `json:"line"`
		Answer  string `json:"answer"`
		Consent string `json:"consent_ref,omitempty"`
		Note    string `json:"note,omitempty"`
	}
	list := []answer{}
	for name := range v.r.PostForm {
		line, ok := strings.CutPrefix(name, "answer.")
		if !ok || v.r.PostForm.Get(name) == "" {
			continue
		}
		list = append(list, answer{line, v.r.PostForm.Get(name), v.r.PostForm.Get("consent." + line), v.r.PostForm.Get("note." + line)})
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	realm, ref := v.name()
	args := []string{verb, ref, "--realm", realm, "--answers", "-"}
	if v.r.PostForm.Get("rest") == "no" {
		args = append(args, "--rest", "no")
	}
	if _, err := v.call(bytes.NewReader(b), args...); err != nil {
		return v.ourFile(http.StatusUnprocessableEntity, err.Error())
	}
	return v.to(v.filePath())
}

// filePath is where the file of the path's matter is: or what went by another way.
func (v *view) filePath() string {
	realm, ref := v.name()
	if ref == "" {
		return "/posted"
	}
	return "/m/" + url.PathEscape(realm) + "/" + url.PathEscape(ref) + "/file"
}

// add shows or takes the form of an entry, or of a verb that adds one.
func (v *view) add() error {
	realm, ref := v.name()
	kind := v.r.PathValue("kind")
	x := page.Form{Action: v.r.URL.Path, Submit: v.word.FileNote()}
	var body any
	var args []string
	if ask, ok := asks[kind]; ok && ref != "" {
		body, x.Submit = ask(), v.word.FileDo()
		x.Title = map[string]string{"restrict": v.word.ActRestrict(), "disclose": v.word.ActDisclose(), "erase": v.word.ActErase(), "route": v.word.ActRoute()}[kind]
		args = []string{kind}
	} else {
		k, ok := docket.KindOf(kind)
		if party := kind == "letter" || kind == "correspondent" || kind == "call"; !ok || ref == "" && !party {
			return comity.Errorf(comity.NotFound, "there is no entry %q", comity.Clip(kind))
		}
		body, x.Title = k.New(), v.word.Of(k.Says)
		if args = []string{"minute", kind}; kind == "letter" {
			args = []string{"posted"}
		}
	}
	if ref != "" {
		args = append(args, ref, "--realm", realm)
	}
	var faults map[string]string
	status := http.StatusOK
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
		if faults = blank.Fill(body, v.r.PostForm, shell.Moment); len(faults) == 0 {
			err := v.note(kind, ref, body, args)
			if err == nil {
				return v.to(v.filePath())
			}
			faults = faultsOf(err)
			x.Wrong = &page.Notice{Tone: "late", Head: v.word.FormWrong(), Text: []string{v.word.ErrorKept()}, Detail: err.Error()}
		}
		status = http.StatusUnprocessableEntity
	}
	f, err := v.frame(x.Title)
	if err != nil {
		return err
	}
	f.Nav = "/queue"
	sent := v.r.PostForm
	if ref != "" {
		m, _, err := v.looked("")
		if err != nil {
			return err
		}
		f.TLP, f.Realm, x.Says = m.TLP, m.Realm, v.word.FileNever()
		if sent == nil {
			v.prefill(kind, realm, ref, body)
			if kind == "route" && m.Request != nil {
				to, err := ask[struct {
					Agency string      `json:"agency"`
					Why    comity.Text `json:"why"`
				}](v, "route", ref, "--realm", realm)
				if err != nil {
					return err
				}
				if to.Agency == "" {
					to.Agency = v.word.RouteNobody()
				}
				x.Says = v.word.RouteAdvice(to.Agency, v.word.Of(to.Why))
			}
		}
	}
	x.Groups = v.blank().Fields(body, sent, faults, blank.Shape{})
	if of := v.r.URL.Query().Get("of"); kind == "erase" && sent == nil && len(x.Groups) > 0 {
		x.Groups[0].List[0].Value = strings.ReplaceAll(of, ",", "\n")
	}
	return show(v.r.Context(), v.w, status, f.Do(x))
}

// prefill takes what stands of the entry whose name the query gives: what is noted
// anew takes its place.
func (v *view) prefill(kind, realm, ref string, body any) {
	id := v.r.URL.Query().Get("id")
	if kind != "action" || id == "" {
		return
	}
	d, err := ask[struct {
		Actions []struct{ Is docket.Action }
	}](v, "docket", ref, "--realm", realm)
	if err != nil {
		return // the page says why, when it is shown
	}
	for _, a := range d.Actions {
		if a.Is.ID == id {
			*body.(*docket.Action) = a.Is
		}
	}
}

// note runs the verb: with flags if it asks for them, else with the whole entry.
func (v *view) note(kind, ref string, body any, args []string) error {
	if _, ok := asks[kind]; ok && ref != "" {
		_, err := v.call(nil, append(args, flags(body)...)...)
		return err
	}
	b, err := form.Encode(body)
	if err != nil {
		return err
	}
	_, err = v.call(bytes.NewReader(b), append(args, "--body", "-")...)
	return err
}

// letter sends the paper for a provider: of the order and our own action alone.
func (v *view) letter() error {
	realm, ref := v.name()
	kind := v.r.PathValue("form")
	if kind != "pdf" && kind != "docx" {
		return comity.Errorf(comity.NotFound, "there is no such form of a letter")
	}
	return v.made(func(dir string) error {
		path := filepath.Join(dir, "letter."+kind)
		if _, err := v.call(nil, "letter", ref, "--realm", realm, "--action="+v.r.PathValue("action"), "--out", path); err != nil {
			return err
		}
		return v.handOut(path, v.drill(realm)+ref+"-"+v.r.PathValue("action")+"."+kind)
	})
}

// callSheet shows a call, and holds the other side's sheet of it to ours.
func (v *view) callSheet() error {
	m, f, err := v.looked(v.word.CallsTitle())
	if err != nil {
		return err
	}
	id := v.r.PathValue("id")
	var differ []page.Difference
	compared := v.r.Method == http.MethodPost
	if compared {
		if err := v.parse(); err != nil {
			return err
		}
		if differ, err = tell[[]page.Difference](v, strings.NewReader(v.r.PostForm.Get("theirs")), "calls", string(m.Ref), "--realm", string(m.Realm), "--id="+id, "--with", "-"); err != nil {
			return err
		}
	}
	a, err := v.call(nil, "calls", string(m.Ref), "--realm", string(m.Realm), "--id="+id)
	if err != nil {
		return err
	}
	return v.show(f.CallSheet(m, id, form.Lines(a.result), differ, compared))
}

func (v *view) ourSheet() error {
	realm, ref := v.name()
	id := v.r.PathValue("id")
	return v.made(func(dir string) error {
		path := filepath.Join(dir, "call.json")
		if _, err := v.call(nil, "calls", ref, "--realm", realm, "--id="+id, "--out", path); err != nil {
			return err
		}
		return v.handOut(path, v.drill(realm)+ref+"-"+id+".json")
	})
}

// A postAsk is what post must know besides the request.
type postAsk struct {
	To        string `json:"to" max:"2" eg:"xx"`
	Reference string `json:"reference" max:"80" eg:"OUR-2026-1188"`
	From      string `json:"from,omitempty" max:"200"`
}

// post makes the papers of a request for a country without a node.
func (v *view) post() error {
	m, f, err := v.looked(v.word.ActPost())
	if err != nil {
		return err
	}
	if m.Request == nil {
		return comity.Errorf(comity.NotFound, "there is no request to put on paper")
	}
	x := page.Form{Action: v.r.URL.Path, Title: f.Title, Says: v.word.PostSays(), Submit: v.word.PostMake()}
	p, status := postAsk{Reference: m.Reference}, http.StatusOK
	if v.r.Method == http.MethodPost {
		if err := v.parse(); err != nil {
			return err
		}
		blank.Fill(&p, v.r.PostForm, shell.Moment)
		err := v.made(func(dir string) error {
			b, err := form.Encode(m.Request)
			if err != nil {
				return err
			}
			out := filepath.Join(dir, "papers")
			args := append([]string{"post", "-", "--realm", string(m.Realm), "--out", out}, flags(&p)...)
			if _, err := v.call(bytes.NewReader(b), args...); err != nil {
				return err
			}
			if err := zipped(out, out+".zip"); err != nil {
				return err
			}
			return v.handOut(out+".zip", v.drill(string(m.Realm))+string(m.Ref)+"-"+p.To+".zip")
		})
		if err == nil {
			return nil
		}
		x.Wrong, status = &page.Notice{Tone: "late", Head: v.word.FormWrong(), Text: []string{v.word.ErrorKept()}, Detail: err.Error()}, http.StatusUnprocessableEntity
	}
	x.Groups = v.blank().Fields(&p, v.r.PostForm, nil, blank.Shape{})
	return show(v.r.Context(), v.w, status, f.Do(x))
}

// zipped puts the files of a folder into one, so that they are saved together.
func zipped(dir, name string) error {
	out, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	z := zip.NewWriter(out)
	if err := z.AddFS(os.DirFS(dir)); err != nil {
		return err
	}
	return z.Close()
}

// posted lists what went by another way.
func (v *view) posted() error {
	list, err := ask[[]page.Post](v, "posted")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.PostedTitle())
	if err != nil {
		return err
	}
	var acts []page.Act
	for _, kind := range []string{"letter", "correspondent", "call"} {
		k, _ := docket.KindOf(kind)
		acts = append(acts, page.Act{Kind: kind, Says: v.word.Of(k.Says)})
	}
	return v.show(f.Posted(list, acts))
}
