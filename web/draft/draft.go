package draft

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"comity"
	"comity/docket"
	"comity/form"
	"comity/guide"
	"comity/say"
	"comity/seal"
	"comity/shell"
	"comity/store"
	"comity/typed"
	"comity/web"
	"comity/web/blank"
	"comity/web/frame"
)

var draftPages = map[string]func(*view) error{
	"GET /drafts":            (*view).drafts,
	"GET /d/{id}":            (*view).draft,
	"POST /d/{id}/approve":   (*view).approve,
	"POST /d/{id}/send":      (*view).send,
	"POST /d/{id}/drop":      (*view).drop,
	"POST /d/{id}/attach":    (*view).attach,
	"GET /new":               (*view).begin,
	"GET /new/{type}":        (*view).request,
	"POST /new/{type}":       (*view).request,
	"POST /new/{type}/check": (*view).checked,
	"GET /glossary":          (*view).glossary,
	"GET /d/{id}/preview":    (*view).preview,
	"POST /d/{id}/alone":     (*view).draft,
	"POST /d/{id}/protect":   (*view).protect,
	"GET /d/{id}/drop":       (*view).drop,
	"GET /text":              (*view).saved,
	"POST /text":             (*view).save,
	"GET /text/conflict":     (*view).conflict,
	"POST /text/conflict":    (*view).conflict,
	"GET /text/drop":         (*view).unwrite,
	"POST /text/drop":        (*view).unwrite,
	"GET /open/{kind}":       (*view).open,
	"POST /open/{kind}":      (*view).open,
}

func (v *view) drafts() error {
	list, err := web.Ask[[]Draft](v.View, "drafts")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.DraftsTitle())
	if err != nil {
		return err
	}
	texts, err := v.unfinished()
	if err != nil {
		return err
	}
	return v.Show(f.Drafts(list, texts))
}

// draft shows what would leave, what the guidelines find, and what is still to be done.
func (v *view) draft() error { return v.release("") }

// release is the page of a draft, with why it was not sent, if it was to be.
func (v *view) release(unsent string) error {
	id := v.R.PathValue("id")
	result, err := v.Call(nil, "show", id)
	if err != nil {
		return err
	}
	var d Draft
	var body struct {
		Body json.RawMessage `json:"body"`
	}
	if err := json.Unmarshal(result, &d); err != nil {
		return err
	}
	if err := json.Unmarshal(result, &body); err != nil {
		return err
	}
	d.Lines = form.Lines(body.Body)
	d.Mine = slices.Contains(d.Signed, v.Who.Seat)
	f, err := v.frame(d.ID)
	if err != nil {
		return err
	}
	f.Nav, f.Realm, f.TLP = "/drafts", d.Realm, d.Marking.TLP
	if unsent != "" {
		f.Flash = &frame.Notice{Tone: "soon", Head: v.Word.ReleaseUnsent(), Detail: unsent, Matter: frame.Path(d.Realm, d.Matter)}
	}
	d.PeerIs = v.PartyName(d.Peer)
	d.Victims = victims(body.Body)
	if d.Protection {
		if err := v.sources(&d); err != nil {
			return err
		}
	}
	if d.Status == "draft" || d.Status == "approved" || d.Status == "returned" {
		if err := v.mayRelease(&d); err != nil {
			return err
		}
	}
	return v.Show(f.Release(d))
}

// sources are the lines of the sheet that is filled in before contents leave.
func (v *view) sources(d *Draft) error {
	return v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) error {
		file, _, err := v.node.Docket(tx, d.Realm, d.Matter)
		for _, l := range docket.ProtectionLines() {
			a := file.Protection.Of(l.ID)
			d.Sources = append(d.Sources, Source{ID: l.ID, Asks: l.Asks, Answer: a.Answer, Note: a.Note})
			if a.Answer == "" {
				d.Unsaid++
			}
		}
		return err
	})
}

// protect answers lines of that sheet.
func (v *view) protect() error {
	id := v.R.PathValue("id")
	if err := v.Parse(); err != nil {
		return err
	}
	for _, l := range docket.ProtectionLines() {
		answer := v.R.PostForm.Get("line." + l.ID)
		if answer == "" {
			continue
		}
		if answer != "yes" && answer != "no" {
			return comity.Fieldf("line."+l.ID, "%q is neither yes nor no", comity.Clip(answer))
		}
		args := []string{"protect", id, l.ID, answer}
		for flag, text := range map[string]string{"--note": v.R.PostForm.Get("note." + l.ID), "--consent": v.R.PostForm.Get("consent." + l.ID)} {
			if text != "" {
				args = append(args, flag, text)
			}
		}
		if _, err := v.Call(nil, args...); err != nil {
			return err
		}
	}
	return v.To("/d/" + url.PathEscape(id))
}

// victims is how many a request tells of.
func victims(body []byte) int {
	var r struct {
		Supporting struct {
			Event struct {
				Victims int `json:"victims"`
			} `json:"event"`
		} `json:"supporting"`
	}
	if json.Unmarshal(body, &r) != nil {
		return 0 // it is no request
	}
	return r.Supporting.Event.Victims
}

// mayRelease asks the commands what stands in a draft's way, and what this seat would
// sign: with its passkey here, or with its key file at the command line.
func (v *view) mayRelease(d *Draft) (err error) {
	if shell.IsRequest(d.Kind) {
		if d.Check, err = web.Ask[[]frame.Finding](v.View, "check", d.ID); err != nil {
			return err
		}
		for i := range d.Check {
			d.Check[i].Label = blank.Words{Words: v.Word}.Label(d.Check[i].Field)
		}
	}
	if d.Mine || slices.ContainsFunc(d.Check, func(x frame.Finding) bool { return x.Severity == string(guide.Block) }) {
		return nil
	}
	args := []string{"approve", d.ID, "--prepare"}
	if strings.HasSuffix(v.R.URL.Path, "/alone") {
		if err := v.Parse(); err != nil {
			return err
		}
		if d.Alone = strings.TrimSpace(v.R.PostForm.Get("sole-reason")); d.Alone == "" {
			return comity.Fieldf("sole-reason", "%s", v.Word.ReleaseAloneWhy())
		}
		args = append(args, "--sole", "--sole-reason", d.Alone)
	}
	p, err := web.Ask[struct {
		Challenge string `json:"challenge"`
		Suite     string `json:"suite"`
		Draft     struct {
			Release comity.Release `json:"release"`
			Seats   int            `json:"seats"`
		} `json:"draft"`
	}](v.View, args...)
	if err == nil {
		d.Release, d.Seats = p.Draft.Release, p.Draft.Seats // as it would be signed
	}
	switch {
	case err != nil:
		d.Why = cmp.Or(d.Why, err.Error()) // why this seat cannot sign it now
	case p.Suite != seal.Passkey:
		d.Command = strings.Join([]string{"comity", "approve", d.ID, "--seat", string(v.Who.Seat), "--send"}, " ")
		if d.Alone != "" {
			d.Command += " --sole --sole-reason " + quote(d.Alone)
		}
	default:
		d.Options, err = v.sign(p.Challenge)
		return err
	}
	return nil
}

// quote writes a text as a shell takes it whole.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// preview shows a draft as an officer of the other side reads it: in their language,
// but for what was written freely.
func (v *view) preview() error {
	id := v.R.PathValue("id")
	d, err := web.Ask[struct {
		Kind comity.Kind     `json:"kind"`
		Body json.RawMessage `json:"body"`
	}](v.View, "show", id)
	if err != nil {
		return err
	}
	body, err := empty(d.Kind)
	if err == nil {
		err = form.Decode(d.Body, body)
	}
	if err != nil {
		return err
	}
	theirs := blank.Words{Words: say.In(v.Word.Other())}
	none := blank.Shape{Asks: func(blank.Member) bool { return true }}
	x := Preview{ID: id, Kind: d.Kind, Lang: v.Word.Other(), Groups: theirs.Fields(body, nil, nil, none)}
	f, err := v.frame(v.Word.PreviewTitle())
	if err != nil {
		return err
	}
	f.Nav = "/drafts"
	return v.Show(f.Preview(x))
}

// approve takes the passkey's assertion, and sends what then suffices.
func (v *view) approve() error {
	id := v.R.PathValue("id")
	if err := v.Parse(); err != nil {
		return err
	}
	a, err := v.Door.FinishSign(v.R.Context(), v.Now(), v.Who.Session, v.R.PostForm.Get("handle"), []byte(v.R.PostForm.Get("assertion")), web.Visit(v.R))
	if err != nil {
		return err
	}
	signed, err := json.Marshal(map[string]string{"authenticatorData": b64(a.Data), "clientDataJSON": b64(a.Client), "signature": b64(a.Signature)})
	if err != nil {
		return err
	}
	args := []string{"approve", id, "--assertion", "-"}
	if why := v.R.PostForm.Get("sole-reason"); why != "" {
		args = append(args, "--sole", "--sole-reason", why)
	}
	d, err := web.Tell[Draft](v.View, bytes.NewReader(signed), args...)
	if err != nil {
		return err
	}
	if !d.waits() {
		if _, err := v.Call(nil, "send", id); err != nil { // it stays signed
			return v.release(err.Error())
		}
	}
	return v.To("/d/" + url.PathEscape(id))
}

// sign begins the signing of a challenge: the hash of what leaves.
func (v *view) sign(challenge string) (string, error) {
	raw, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(raw) != len(comity.Hash{}) {
		return "", comity.Errorf(comity.Invalid, "%q is not the hash of a manifest", comity.Clip(challenge))
	}
	b, err := v.Door.BeginSign(v.R.Context(), v.Now(), v.Who.Session, comity.Hash(raw))
	return web.Ceremony(b), err
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (v *view) send() error {
	id := v.R.PathValue("id")
	if _, err := v.Call(nil, "send", id); err != nil {
		return v.release(err.Error())
	}
	return v.To("/d/" + url.PathEscape(id))
}

// drop throws a draft away, having asked once more.
func (v *view) drop() error {
	id := v.R.PathValue("id")
	if v.R.Method == http.MethodPost {
		if _, err := v.Call(nil, "drop", id); err != nil {
			return err
		}
		return v.To("/drafts")
	}
	if _, err := v.Call(nil, "show", id); err != nil { // of which it may not know there is none
		return err
	}
	f, err := v.frame(v.Word.ReleaseDrop())
	if err != nil {
		return err
	}
	f.Nav = "/drafts"
	return v.Show(f.Sure(frame.Sure{Title: v.Word.ReleaseDropAsk(id), Text: v.Word.ReleaseDropSays(), Do: v.Word.ReleaseDrop(), Back: "/d/" + id, Action: "/d/" + url.PathEscape(id) + "/drop"}))
}

func (v *view) attach() error {
	id := v.R.PathValue("id")
	names, done, err := v.TakeIn("files")
	defer done()
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return comity.Fieldf("files", "choose a file first")
	}
	if _, err := v.Call(nil, append([]string{"attach", id}, names...)...); err != nil {
		return err
	}
	return v.To("/d/" + url.PathEscape(id))
}

// begin lists what may be begun: the types of request, and the other matters.
func (v *view) begin() error {
	f, err := v.frame(v.Word.NewTitle())
	if err != nil {
		return err
	}
	f.Nav = "/drafts"
	var requests, others []frame.Option
	for _, t := range guide.Shipped().WordList("type") {
		requests = append(requests, frame.Option{Value: t.ID, Label: v.Word.Of(t.Text)})
	}
	for _, c := range shell.Capabilities() {
		if !shell.IsRequest(c.Opens()) {
			others = append(others, frame.Option{Value: string(c.Opens()), Label: v.Word.Of(c.Says)})
		}
	}
	return v.Show(f.NewList(requests, others))
}

// request drafts a request of a type: the form asks for what the guidelines in force
// with that party ask for.
func (v *view) request() error {
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
	}
	x, w, err := v.asking(v.R.PathValue("type"))
	if err != nil {
		return err
	}
	return v.write(x, w)
}

// checked answers what the guidelines find in a form while it is being written, for
// the page's script.
func (v *view) checked() error {
	if err := v.Parse(); err != nil {
		return err
	}
	x, w, err := v.asking(v.R.PathValue("type"))
	if err != nil {
		return err
	}
	blank.Fill(w.body, v.R.PostForm, typed.Moment)
	w.read(v.R.PostForm)
	if err := w.found(&x); err != nil {
		return err
	}
	f := frame.Frame{W: v.Word}
	v.W.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(v.W).Encode(f.Told(*x.Found))
}

// asking is the form of a request of a type, and what it needs.
func (v *view) asking(typ string) (x frame.Form, w writing, err error) {
	word := guide.Shipped().Word("type", typ)
	if word.ZH == typ {
		return x, w, comity.Errorf(comity.NotFound, "there is no type of request %q", comity.Clip(typ))
	}
	r := &guide.Request{Type: typ}
	x = frame.Form{Title: v.Word.NewTitle() + ": " + v.Word.Of(word), Says: v.Word.NewSays(), Submit: v.Word.FormToDraft(), Begins: "/new/" + typ}
	f, err := v.frame(x.Title)
	if err != nil {
		return x, w, err
	}
	for _, p := range f.Peers {
		x.To = append(x.To, frame.Option{Value: string(p.Party), Label: v.PartyName(p.Party)})
	}
	if len(x.To) == 0 {
		return x, w, comity.Errorf(comity.Conflict, "%s", v.Word.NewNoPeer())
	}
	sent := v.R.PostForm
	to := comity.Party(cmp.Or(sent.Get("to"), x.To[0].Value))
	if n, err := v.kept("/new/" + typ); err == nil && sent == nil && n.Text["to"] != "" {
		to = comity.Party(n.Text["to"])
	}
	bases, agencies, err := v.may(to, typ)
	if err != nil {
		return x, w, err
	}
	var pack guide.Pack
	var t guide.Type
	var translate bool        // there is one, or it is found to be missing
	measure := func() error { // by what is in force, once it is known what it rests on
		return v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) (err error) {
			pack, _, err = v.node.InForce(tx, to, r.Basis.ID)
			t, _ = pack.Type(typ) // of a type that it does not have it asks for nothing
			return err
		})
	}
	w = writing{body: r, args: []string{"draft", "-", "--to", string(to)}, with: func(f *Frame) { f.Nav = "/drafts" }}
	w.shape = blank.Shape{
		Asks: func(m blank.Member) bool {
			if form.Within(m.Path, "emergency") || form.Within(m.Path, "overrides") {
				return r.Priority == "P0"
			}
			if form.Within(m.Path, "translation") {
				return translate
			}
			return blank.Asked(t.Fields, m)
		},
		Hides: func(path string) bool {
			return slices.Contains([]string{"type", "basis.pack", "order.items[].id", "supporting.persons[].id"}, path)
		},
		Options: func(path string) []frame.Option {
			return map[string][]frame.Option{"basis.id": bases, "addressee.agency": agencies}[path]
		},
	}
	w.read = func(url.Values) { number(r) }
	w.begin = func() error {
		if from := v.R.URL.Query().Get("from"); from != "" {
			x, err := v.like(typ, strings.ToUpper(from))
			if err != nil {
				return err
			}
			*r = x
		}
		r.Authority.Agency, r.Authority.Seat, r.Addressee.Agency = string(f.Agency), string(f.Seat), ""
		if len(f.Zones) > 0 && r.Authority.Zone == "" {
			r.Authority.Zone = f.Zones[0].Name()
		}
		if len(bases) > 0 {
			r.Basis = guide.Basis{ID: bases[0].Value}
		}
		if len(agencies) == 1 {
			r.Addressee.Agency = agencies[0].Value
		}
		r.Type, r.Language, r.Case = typ, v.Word.Short(), ""
		if strings.HasPrefix(typ, "emergency.") {
			r.Priority = "P0"
		}
		return nil
	}
	w.found = func(x *frame.Form) error {
		if err := measure(); err != nil {
			return err
		}
		b, err := form.Encode(r)
		if err != nil {
			return err
		}
		list, err := web.Tell[[]frame.Finding](v.View, bytes.NewReader(b), "check", "-", "--to", string(to))
		if err != nil && shell.Status(err) == 1 {
			return err
		}
		x.Found = &frame.Found{List: list}
		if err != nil {
			x.Found.Wrong = err.Error() // not even a request yet
		}
		for i := range list {
			list[i].Label = blank.Words{Words: v.Word}.Label(list[i].Field)
		}
		lacking := map[string]bool{}
		translate = r.Translation != nil
		for _, l := range list {
			lacking[blank.Plain(l.Field)] = true
			translate = translate || form.Within(l.Field, "translation")
		}
		for _, field := range t.Fields {
			x.Found.Of++
			if !lacking[field.Path] && !(len(r.Order.Items) == 0 && strings.HasPrefix(field.Path, "order.items[]")) {
				x.Found.Have++
			}
		}
		return nil
	}
	return x, w, nil
}

// number names the items and persons that have no name yet by their place, and ties
// a translation that an officer vouches for to the text as it stands.
func number(r *guide.Request) {
	for i := range r.Order.Items {
		r.Order.Items[i].ID = cmp.Or(r.Order.Items[i].ID, strconv.Itoa(i+1))
	}
	for i := range r.Supporting.Persons {
		r.Supporting.Persons[i].ID = cmp.Or(r.Supporting.Persons[i].ID, "p"+strconv.Itoa(i+1))
	}
	if r.Translation != nil && r.Translation.OfVersion == "yes" {
		r.Translation.OfVersion = guide.TextHash(*r)
	}
}

// may are the bases on which a party may be asked now, those adopted with it first,
// and its agencies that take such a request.
func (v *view) may(to comity.Party, typ string) (bases, agencies []frame.Option, err error) {
	list, err := web.Ask[[]struct {
		ID    string       `json:"id"`
		Title comity.Text  `json:"title"`
		Peer  comity.Party `json:"in_force_with"`
	}](v.View, "guide", "list")
	if err != nil {
		return nil, nil, err
	}
	err = v.Node.Keeper.View(v.R.Context(), func(tx *store.Tx) error {
		for _, l := range list {
			p, ok, err := v.node.InForce(tx, to, l.ID)
			if err != nil {
				return err
			}
			if !ok || p.Between(v.Node.Party, to, v.Now()) != nil || slices.ContainsFunc(bases, func(o frame.Option) bool { return o.Value == l.ID }) {
				continue
			}
			if _, ok := p.Type(typ); !ok {
				continue
			}
			o := frame.Option{Value: l.ID, Label: v.Word.Of(p.Title)}
			if slices.ContainsFunc(list, func(x struct {
				ID    string       `json:"id"`
				Title comity.Text  `json:"title"`
				Peer  comity.Party `json:"in_force_with"`
			}) bool {
				return x.ID == l.ID && x.Peer == to
			}) {
				bases = append([]frame.Option{o}, bases...)
			} else {
				bases = append(bases, o)
			}
		}
		all, err := v.node.Directory(tx, comity.Live, to)
		for _, a := range all {
			if a.Party == to && a.Competent(typ, "") {
				agencies = append(agencies, frame.Option{Value: string(a.ID), Label: string(a.ID)})
			}
		}
		return err
	})
	return bases, agencies, err
}

// like is a request to begin from: the example of its type, or an earlier one of ours
// that the seat may see.
func (v *view) like(typ, from string) (guide.Request, error) {
	if from == "EXAMPLE" {
		return web.Ask[guide.Request](v.View, "draft", "--example", "--type", typ)
	}
	m, err := web.Ask[struct {
		Request *guide.Request `json:"request"`
	}](v.View, "show", from)
	if err != nil || m.Request == nil {
		return guide.Request{}, cmp.Or(err, error(comity.Errorf(comity.NotFound, "%q is no request", comity.Clip(from))))
	}
	r := *m.Request
	r.Precheck, r.Oral, r.Overrides, r.Earlier, r.Translation = "", nil, nil, nil, nil
	return r, nil
}

// open begins a matter that is no request.
func (v *view) open() error {
	kind := comity.Kind(v.R.PathValue("kind"))
	body, err := empty(kind)
	if err != nil {
		return err
	}
	c, ok := shell.Find(kind)
	if !ok || shell.IsRequest(kind) {
		return comity.Errorf(comity.NotFound, "nothing is opened by %q", comity.Clip(string(kind)))
	}
	x := frame.Form{Action: "/open/" + url.PathEscape(string(kind)), Title: v.Word.Of(c.Says), Submit: v.Word.FormToDraft()}
	return v.opens(x, body, []string{string(kind)})
}

// opens shows or takes the form of what begins a matter with a party.
func (v *view) opens(x frame.Form, body any, args []string) error {
	if v.R.Method == http.MethodPost {
		if err := v.Parse(); err != nil {
			return err
		}
	}
	f, err := v.frame(x.Title)
	if err != nil {
		return err
	}
	for _, p := range f.Peers {
		x.To = append(x.To, frame.Option{Value: string(p.Party), Label: v.PartyName(p.Party)})
	}
	if to := v.R.PostForm.Get("to"); to != "" {
		args = append(args, "--to", to)
	}
	return v.say(x, body, args, func(f *Frame) { f.Nav = "/drafts" })
}

// glossary shows the words of the guidelines, and phrases, in both languages.
func (v *view) glossary() error {
	f, err := v.frame(v.Word.GlossaryTitle())
	if err != nil {
		return err
	}
	f.Nav = "/guides"
	var lists []Glossary
	lib := guide.Shipped()
	for _, list := range []string{"type", "supporting.offence.category", "emergency.basis", "supporting.relations[].kind", "supporting.necessity.kind", "supporting.purpose.use", "order.items[].data", "order.certificate", "order.instrument.kind"} {
		g := Glossary{Title: blank.Words{Words: v.Word}.Label(list)}
		for _, x := range lib.WordList(list) {
			g.Words = append(g.Words, x.Text)
		}
		if len(g.Words) > 0 {
			lists = append(lists, g)
		}
	}
	fields := Glossary{Title: v.Word.GlossaryFields(), Words: blank.Names(new(guide.Request))}
	return v.Show(f.Glossaries(append(lists, fields)))
}
