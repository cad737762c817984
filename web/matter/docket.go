package matter

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
	"comity/typed"
	"comity/web"
	"comity/web/blank"
	"comity/web/frame"
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
	m, f, err := v.looked(v.Word.MatterDocket())
	if err != nil {
		return err
	}
	acts := []Act{{Kind: "restrict", Says: v.Word.ActRestrict()}, {Kind: "disclose", Says: v.Word.ActDisclose()}, {Kind: "erase", Says: v.Word.ActErase()}, {Kind: "route", Says: v.Word.ActRoute()}}
	for _, k := range docket.Kinds() {
		if !slices.Contains(elsewhere, k.Kind) {
			acts = append(acts, Act{Kind: k.Kind, Says: v.Word.Of(k.Says)})
		}
	}
	return v.ShowAs(status, f.File(m, acts, wrong))
}

// sheet answers all lines of a sheet at once, or none.
func (v *view) sheet() error {
	verb := v.R.PathValue("sheet")
	if verb != "screen" && verb != "protect" {
		return comity.Errorf(comity.NotFound, "there is no such sheet")
	}
	if err := v.Parse(); err != nil {
		return err
	}
	type answer struct {
		Line    string `json:"line"`
		Answer  string `json:"answer"`
		Consent string `json:"consent_ref,omitempty"`
		Note    string `json:"note,omitempty"`
	}
	list := []answer{}
	for name := range v.R.PostForm {
		line, ok := strings.CutPrefix(name, "answer.")
		if !ok || v.R.PostForm.Get(name) == "" {
			continue
		}
		list = append(list, answer{line, v.R.PostForm.Get(name), v.R.PostForm.Get("consent." + line), v.R.PostForm.Get("note." + line)})
	}
	b, err := json.Marshal(list)
	if err != nil {
		return err
	}
	realm, ref := v.Matter()
	args := []string{verb, ref, "--realm", realm, "--answers", "-"}
	if v.R.PostForm.Get("rest") == "no" {
		args = append(args, "--rest", "no")
	}
	if _, err := v.Call(bytes.NewReader(b), args...); err != nil {
		return v.ourFile(http.StatusUnprocessableEntity, err.Error())
	}
	return v.To(v.filePath())
}

// filePath is where the file of the path's matter is: or what went by another way.
func (v *view) filePath() string {
	realm, ref := v.Matter()
	if ref == "" {
		return "/posted"
	}
	return "/m/" + url.PathEscape(realm) + "/" + url.PathEscape(ref) + "/file"
}

// add shows or takes the form of an entry, or of a verb that adds one.
func (v *view) add() error {
	realm, ref := v.Matter()
	kind := v.R.PathValue("kind")
	x := frame.Form{Action: v.R.URL.Path, Submit: v.Word.FileNote()}
	var body any
	var args []string
	if ask, ok := asks[kind]; ok && ref != "" {
		body, x.Submit = ask(), v.Word.FileDo()
		x.Title = map[string]string{"restrict": v.Word.ActRestrict(), "disclose": v.Word.ActDisclose(), "erase": v.Word.ActErase(), "route": v.Word.ActRoute()}[kind]
		args = []string{kind}
	} else {
		k, ok := docket.KindOf(kind)
		if party := kind == "letter" || kind == "correspondent" || kind == "call"; !ok || ref == "" && !party {
			return comity.Errorf(comity.NotFound, "there is no entry %q", comity.Clip(kind))
		}
		body, x.Title = k.New(), v.Word.Of(k.Says)
		if args = []string{"minute", kind}; kind == "letter" {
			args = []string{"posted"}
		}
	}
	if ref != "" {
		args = append(args, ref, "--realm", realm)
	}
	var faults map[string]string
	status := http.StatusOK
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		if faults = blank.Fill(body, v.R.PostForm, typed.Moment); len(faults) == 0 {
			err := v.note(kind, ref, body, args)
			if err == nil {
				return v.To(v.filePath())
			}
			faults = blank.Faults(err)
			x.Wrong = &frame.Notice{Tone: "late", Head: v.Word.FormWrong(), Text: []string{v.Word.ErrorKept()}, Detail: err.Error()}
		}
		status = http.StatusUnprocessableEntity
	}
	f, err := v.frame(x.Title)
	if err != nil {
		return err
	}
	f.Nav = "/queue"
	sent := v.R.PostForm
	if ref != "" {
		m, _, err := v.looked("")
		if err != nil {
			return err
		}
		f.Title = x.Title + " · " + ref
		f.TLP, f.Realm, x.Says = m.TLP, m.Realm, v.Word.FileNever()
		if sent == nil {
			v.prefill(kind, realm, ref, body)
			if kind == "route" && m.Request != nil {
				to, err := web.Ask[struct {
					Agency string      `json:"agency"`
					Why    comity.Text `json:"why"`
				}](v.View, "route", ref, "--realm", realm)
				if err != nil {
					return err
				}
				if to.Agency == "" {
					to.Agency = v.Word.RouteNobody()
				}
				x.Says = v.Word.RouteAdvice(to.Agency, v.Word.Of(to.Why))
			}
		}
	}
	x.Groups = blank.Words{Words: v.Word}.Fields(body, sent, faults, blank.Shape{})
	if of := v.R.URL.Query().Get("of"); kind == "erase" && sent == nil && len(x.Groups) > 0 {
		x.Groups[0].List[0].Value = strings.ReplaceAll(of, ",", "\n")
	}
	return v.ShowAs(status, f.Do(x))
}

// prefill takes what stands of the entry whose name the query gives: what is noted
// anew takes its place.
func (v *view) prefill(kind, realm, ref string, body any) {
	id := v.R.URL.Query().Get("id")
	if kind != "action" || id == "" {
		return
	}
	d, err := web.Ask[struct {
		Actions []struct{ Is docket.Action }
	}](v.View, "docket", ref, "--realm", realm)
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
		_, err := v.Call(nil, append(args, flags(body)...)...)
		return err
	}
	b, err := form.Encode(body)
	if err != nil {
		return err
	}
	_, err = v.Call(bytes.NewReader(b), append(args, "--body", "-")...)
	return err
}

// letter sends the paper for a provider: of the order and our own action alone.
func (v *view) letter() error {
	realm, ref := v.Matter()
	kind := v.R.PathValue("form")
	if kind != "pdf" && kind != "docx" {
		return comity.Errorf(comity.NotFound, "there is no such form of a letter")
	}
	return v.Made(func(dir string) error {
		path := filepath.Join(dir, "letter."+kind)
		if _, err := v.Call(nil, "letter", ref, "--realm", realm, "--action="+v.R.PathValue("action"), "--out", path); err != nil {
			return err
		}
		return v.HandOut(path, v.Drill(realm)+ref+"-"+v.R.PathValue("action")+"."+kind)
	})
}

// callSheet shows a call, and holds the other side's sheet of it to ours.
func (v *view) callSheet() error {
	m, f, err := v.looked(v.Word.CallsTitle())
	if err != nil {
		return err
	}
	id := v.R.PathValue("id")
	var differ []Difference
	compared := v.R.Method == http.MethodPost
	if compared {
		if err := v.Parse(); err != nil {
			return err
		}
		if differ, err = web.Tell[[]Difference](v.View, strings.NewReader(v.R.PostForm.Get("theirs")), "calls", string(m.Ref), "--realm", string(m.Realm), "--id="+id, "--with", "-"); err != nil {
			return err
		}
	}
	a, err := v.Call(nil, "calls", string(m.Ref), "--realm", string(m.Realm), "--id="+id)
	if err != nil {
		return err
	}
	return v.Show(f.CallSheet(m, id, form.Lines(a), differ, compared))
}

func (v *view) ourSheet() error {
	realm, ref := v.Matter()
	id := v.R.PathValue("id")
	return v.Made(func(dir string) error {
		path := filepath.Join(dir, "call.json")
		if _, err := v.Call(nil, "calls", ref, "--realm", realm, "--id="+id, "--out", path); err != nil {
			return err
		}
		return v.HandOut(path, v.Drill(realm)+ref+"-"+id+".json")
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
	m, f, err := v.looked(v.Word.ActPost())
	if err != nil {
		return err
	}
	if m.Request == nil {
		return comity.Errorf(comity.NotFound, "there is no request to put on paper")
	}
	x := frame.Form{Action: v.R.URL.Path, Title: f.Title, Says: v.Word.PostSays(), Submit: v.Word.PostMake()}
	p, status := postAsk{Reference: m.Reference}, http.StatusOK
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
		blank.Fill(&p, v.R.PostForm, typed.Moment)
		err := v.Made(func(dir string) error {
			out := filepath.Join(dir, "papers")
			args := append([]string{"post", string(m.Ref), "--realm", string(m.Realm), "--out", out}, flags(&p)...)
			if _, err := v.Call(nil, args...); err != nil {
				return err
			}
			if err := zipped(out, out+".zip"); err != nil {
				return err
			}
			return v.HandOut(out+".zip", v.Drill(string(m.Realm))+string(m.Ref)+"-"+p.To+".zip")
		})
		if err == nil {
			return nil
		}
		x.Wrong, status = &frame.Notice{Tone: "late", Head: v.Word.FormWrong(), Text: []string{v.Word.ErrorKept()}, Detail: err.Error()}, http.StatusUnprocessableEntity
	}
	x.Groups = blank.Words{Words: v.Word}.Fields(&p, v.R.PostForm, nil, blank.Shape{})
	return v.ShowAs(status, f.Do(x))
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
	list, err := web.Ask[[]Post](v.View, "posted")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.PostedTitle())
	if err != nil {
		return err
	}
	var acts []Act
	for _, kind := range []string{"letter", "correspondent", "call"} {
		k, _ := docket.KindOf(kind)
		acts = append(acts, Act{Kind: kind, Says: v.Word.Of(k.Says)})
	}
	return v.Show(f.Posted(list, acts))
}
