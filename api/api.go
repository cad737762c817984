package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"comity"
	"comity/form"
	"comity/session"
	"comity/shell"
)

// Commands are those of the command line.
type Commands func(*shell.App) map[string]shell.Command

// A Server answers programs of one node.
type Server struct {
	Node     *shell.Node
	Commands Commands
	Door     *session.Door
	Log      *slog.Logger
	Now      func() time.Time

	document []byte
	verbs    map[string]served
	mu       sync.Mutex
	limits   map[string]*rate.Limiter // by token
}

type served struct {
	verb
	flags map[string]*flag.Flag // that a program may give
}

// How much a token may ask for, and at once.
const (
	perSecond = 20
	burst     = 60
	maxUpload = 256 << 20
	mostFiles = 64
)

// New returns the server of a node, which calls these commands.
func New(n *shell.Node, commands Commands, door *session.Door, log *slog.Logger) (*Server, error) {
	doc, err := Document(commands)
	if err != nil {
		return nil, err
	}
	return &Server{Node: n, Commands: commands, Door: door, Log: log, Now: n.Keeper.Now, document: doc, verbs: all(commands), limits: map[string]*rate.Limiter{}}, nil
}

// all are the verbs with the flags that a program may give.
func all(commands Commands) map[string]served {
	found := map[string]served{}
	for _, v := range verbs() {
		s := served{v, map[string]*flag.Flag{}}
		members := generated(bodies(v)...)
		if fs := flagsOf(commands, v.name); fs != nil {
			fs.VisitAll(func(f *flag.Flag) {
				if !paths[f.Name] && (plain[f.Name] || members[f.Name]) {
					s.flags[f.Name] = f
				}
			})
		}
		found[strings.ReplaceAll(v.name, " ", "-")] = s
	}
	return found
}

// Handler returns what serves /api/.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(s.document) // who has gone needs none
	})
	mux.HandleFunc("POST /api/v1/{verb}", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, r.PathValue("verb"), func(v served) (asked, func(), error) { return s.read(w, r, v) })
	})
	mux.HandleFunc("GET /api/v1/matters", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, "list", func(served) (asked, func(), error) { return query(r), func() {}, nil })
	})
	mux.HandleFunc("GET /api/v1/matters/{realm}/{ref}", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, "show", func(served) (asked, func(), error) {
			return asked{Words: []string{r.PathValue("ref")}, Flags: map[string]any{"realm": r.PathValue("realm")}}, func() {}, nil
		})
	})
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, comity.Errorf(comity.NotFound, "there is no such path; /api/v1/openapi.json has all of them"))
	})
	return mux
}

// asked is what a program asks of a verb.
type asked struct {
	Words []string        `json:"words"`
	Flags map[string]any  `json:"flags"`
	Body  json.RawMessage `json:"body"`

	raw   []byte   // a body that is no JSON
	files []string // sent along, in a folder of their own
}

func query(r *http.Request) asked {
	q := asked{Flags: map[string]any{}}
	for name, values := range r.URL.Query() {
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		q.Flags[name] = list
	}
	return q
}

// answer lets a token in, runs the verb, and writes what it printed.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, name string, read func(served) (asked, func(), error)) {
	v, ok := s.verbs[name]
	if !ok {
		s.fail(w, r, comity.Errorf(comity.NotFound, "there is no verb %q; /api/v1/openapi.json has all of them", comity.Clip(name)))
		return
	}
	seat, err := s.enter(r, v.name)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	q, done, err := read(v)
	defer done()
	if err != nil {
		s.fail(w, r, err)
		return
	}
	args, stdin, err := v.args(q)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	var out bytes.Buffer
	a := &shell.App{Ctx: r.Context(), Dir: s.Node.Dir, Here: s.Node.Dir, JSON: true, Lang: "en", Stdin: bytes.NewReader(stdin), Stdout: &out, Stderr: io.Discard,
		Node: s.Node, Seat: seat}
	err = s.Commands(a)[args[0]](args[1:])
	if err != nil && !errors.Is(err, shell.ErrFound) && !errors.Is(err, shell.ErrBlocked) { // those it has told in its result
		s.fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(out.Bytes()) // who has gone needs no answer
}

// enter is the door of programs: a token, good for this verb, and not too often.
func (s *Server) enter(r *http.Request, verb string) (comity.Seat, error) {
	secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || len(secret) > 200 {
		return "", session.ErrToken
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	addr, _ := netip.ParseAddr(host) // of a listener of ours it always is one
	t, err := s.Door.UseToken(r.Context(), s.Now(), secret, verb, session.Visit{Address: addr, Agent: r.UserAgent()})
	if err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.limits[t.ID]
	if l == nil {
		l = rate.NewLimiter(perSecond, burst)
		s.limits[t.ID] = l // tokens are few, and made by hand
	}
	if !l.Allow() {
		return "", errOften
	}
	return t.Seat, nil
}

var errOften = comity.Errorf(comity.TooMuch, "this token asks more than %d times in a second: wait a second", perSecond)

// read reads what is asked: JSON, or a form of several parts, of which one, named
// request, is that JSON and the others are files.
func (s *Server) read(w http.ResponseWriter, r *http.Request, v served) (q asked, done func(), err error) {
	done = func() {}
	media, params, err := mime.ParseMediaType(cmp.Or(r.Header.Get("Content-Type"), "application/json"))
	switch {
	case err == nil && media == "application/json":
		q, err = decode(http.MaxBytesReader(w, r.Body, 2*form.MaxBody))
		return q, done, err
	case err == nil && media == "multipart/form-data" && v.files != "":
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(30 * time.Minute)) // who cannot set one has set none
		r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
		return s.parts(multipart.NewReader(r.Body, params["boundary"]))
	case err == nil && v.name == "intake" && (media == "message/rfc822" || media == "application/pdf"):
		q.raw, err = io.ReadAll(http.MaxBytesReader(w, r.Body, 32<<20))
		if err != nil {
			err = comity.Errorf(comity.TooMuch, "it is larger than 32 MiB")
		}
		q.Flags = map[string]any{}
		if n := r.URL.Query().Get("name"); n != "" {
			q.Flags["name"] = n
		}
		return q, done, err
	}
	return q, done, comity.Fieldf("Content-Type", "%q is not taken here: send application/json, or multipart/form-data with files where the document says so", comity.Clip(media))
}

func decode(r io.Reader) (q asked, err error) {
	b, err := io.ReadAll(r)
	if err != nil {
		return q, comity.Errorf(comity.TooMuch, "the request is larger than %d bytes; send files as multipart/form-data", 2*form.MaxBody)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	d.UseNumber()
	if err := d.Decode(&q); err != nil {
		return q, comity.Errorf(comity.Invalid, `the request is not {"words": [...], "flags": {...}, "body": ...}`)
	}
	if d.More() {
		return q, comity.Errorf(comity.Invalid, "the request goes on after its closing brace")
	}
	return q, nil
}

// parts keeps the files that are sent along in a folder of their own, for as long as
// the verb runs.
func (s *Server) parts(parts *multipart.Reader) (q asked, done func(), err error) {
	dir, err := os.MkdirTemp(s.Node.Dir, "upload-")
	if err != nil {
		return q, func() {}, err
	}
	done = func() { _ = os.RemoveAll(dir) } // the next start sweeps what is left
	var files []string
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			q.files = files
			return q, done, nil
		}
		if err != nil {
			return q, done, comity.Errorf(comity.Invalid, "the upload broke off, or is larger than %d bytes; nothing of it was kept", maxUpload)
		}
		switch {
		case p.FormName() == "request" && p.FileName() == "":
			if q, err = decode(io.LimitReader(p, 2*form.MaxBody)); err != nil {
				return q, done, err
			}
		case p.FormName() == "files" && p.FileName() != "" && len(files) < mostFiles:
			name := filepath.Base(filepath.Clean("/" + p.FileName()))
			if strings.ContainsAny(name, ",\x00") || strings.HasPrefix(name, "-") {
				return q, done, comity.Fieldf("files", "%q cannot be a file's name here; rename it", comity.Clip(name))
			}
			name = filepath.Join(dir, name)
			f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
			if err != nil {
				return q, done, comity.Fieldf("files", "two of the files have one name, or one that cannot be kept: %q; rename one", comity.Clip(p.FileName()))
			}
			_, err = io.Copy(f, p)
			if err = cmp.Or(err, f.Close()); err != nil {
				return q, done, comity.Errorf(comity.TooMuch, "the upload broke off, or is larger than %d bytes; nothing of it was kept", maxUpload)
			}
			files = append(files, name)
		default:
			return q, done, comity.Fieldf("files", "send one part named request, as JSON, and at most %d named files", mostFiles)
		}
	}
}

// args are the command's, of what is asked: words that are of the verb's form, flags
// that a program may give, and nothing that could be read as another.
func (v served) args(q asked) (args []string, stdin []byte, err error) {
	args = strings.Fields(v.name)
	if len(q.Words) < v.least || len(q.Words) > v.most {
		return nil, nil, comity.Fieldf("words", "%s takes %d to %d words, not %d", v.name, v.least, v.most, len(q.Words))
	}
	names := make([]string, 0, len(q.Flags))
	for name := range q.Flags {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if v.flags[name] == nil {
			return nil, nil, comity.Fieldf("flags."+comity.Clip(name), "%s has no such flag for a program; files are sent along as parts", v.name)
		}
		values, many := q.Flags[name].([]any)
		if !many {
			values = []any{q.Flags[name]}
		}
		for _, x := range values {
			t, err := written(x)
			if err != nil {
				return nil, nil, comity.Fieldf("flags."+name, "%v", err)
			}
			args = append(args, "--"+name+"="+t)
		}
	}
	for i, w := range q.Words {
		form := v.words[min(i, len(v.words)-1)]
		if !form.fits(w) {
			return nil, nil, comity.Fieldf("words", "%q is no %s", comity.Clip(w), form.name)
		}
		args = append(args, w)
	}
	stdin = q.raw
	if stdin == nil && len(q.Body) > 0 && string(q.Body) != "null" {
		stdin = q.Body
	}
	switch {
	case stdin != nil && v.body == "":
		return nil, nil, comity.Fieldf("body", "%s takes none", v.name)
	case stdin == nil && v.must, stdin == nil && v.name == "check" && len(q.Words) == 0:
		return nil, nil, comity.Fieldf("body", "%s needs one", v.name)
	case stdin != nil && v.name == "check" && len(q.Words) > 0:
		return nil, nil, comity.Fieldf("body", "check takes a draft or a body, not both")
	case stdin != nil:
		args = append(args, v.body)
	}
	switch {
	case v.files == "word":
		if len(q.files) == 0 {
			return nil, nil, comity.Fieldf("files", "send the files along, as multipart/form-data")
		}
		args = append(args, q.files...)
	case len(q.files) > 0:
		args = append(args, v.files+strings.Join(q.files, ","))
	}
	return args, stdin, nil
}

// written is a flag's value as a person would type it.
func written(x any) (string, error) {
	switch x := x.(type) {
	case string:
		return x, nil
	case bool:
		return map[bool]string{true: "true", false: "false"}[x], nil
	case json.Number:
		return x.String(), nil
	case map[string]any:
		b, err := json.Marshal(x)
		return string(b), err
	}
	return "", errors.New("it is not a text, a number, true or false, or a list of those")
}

// A Problem is what went wrong (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`
	Field  string `json:"field,omitempty"`
}

// kinds of problems, by the exit status that the command would have.
var kinds = map[int]Problem{
	2: {"usage", "The request is not of the verb's form.", 400, "", ""},
	3: {"invalid", "What was sent is at fault.", 422, "", ""},
	4: {"conflict", "The matter has moved: look again.", 409, "", ""},
	5: {"forbidden", "Not permitted.", 403, "", ""},
	6: {"not-found", "There is nothing here.", 404, "", ""},
	7: {"unavailable", "Not available now: try again.", 503, "", ""},
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	p, ok := kinds[shell.Status(err)]
	if p.Detail = err.Error(); !ok {
		p = Problem{"internal", "Something of ours broke.", 500, "", ""}
		s.Log.Error("the API failed", "path", r.URL.Path, "err", err)
	}
	h := w.Header()
	switch {
	case errors.Is(err, session.ErrToken):
		p.Type, p.Title, p.Status = "token", "The token is not good for this.", 401
		h.Set("WWW-Authenticate", `Bearer realm="comity"`)
	case errors.Is(err, session.ErrRate) || errors.Is(err, errOften):
		p.Type, p.Title, p.Status = "rate", "Too many requests.", 429
		h.Set("Retry-After", map[bool]string{true: "1", false: "900"}[errors.Is(err, errOften)])
	case p.Status == 404:
		p.Detail = "there is no such thing, or this seat may not know of it"
	}
	if e, ok := errors.AsType[*comity.Error](err); ok && p.Status != 404 {
		p.Field = e.Field
	}
	p.Type = "urn:comity:problem:" + p.Type
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who has gone needs none
}
