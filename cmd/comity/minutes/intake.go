package minutes

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"path/filepath"
	"regexp"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"comity"
	"comity/cabinet"
	"comity/disk"
	"comity/docket"
	"comity/keyring"
	"comity/shell"
	"comity/store"
)

// mostOriginal is the size of a paper or an e-mail that is taken in.
const mostOriginal = 32 << 20

// originals is the scope in which what came in is kept, apart from all files.
const originals = "original"

// A taken intake is what was noted, and what a request may begin from.
type taken struct {
	docket.Intake
	Text string `json:"text"` // of an e-mail, as plain text
}

// intake keeps a paper or an e-mail that came by another way, and says what it claims
// to be. With --original it gives the bytes back.
func (a *app) intake(args []string) error {
	fs := a.Flags("intake")
	seat := fs.String("seat", "", "the seat that takes it in")
	name := fs.String("name", "", "what the file is called (default: as it is)")
	national := fs.String("national", "", "its number in our own case system (default: what stands in the subject)")
	original := fs.String("original", "", "the hash of one that was taken in: write it to --out")
	out := fs.String("out", "", "with --original: the file to write")
	words, err := shell.Parse(fs, args, 0, 1, "one FILE.eml or FILE.pdf, or --original HASH --out FILE")
	if err != nil {
		return err
	}
	if (len(words) == 0) != (*original != "" && *out != "") {
		return shell.Usagef("intake: give one FILE.eml or FILE.pdf, or --original HASH --out FILE")
	}
	var raw []byte
	if len(words) > 0 {
		if raw, err = a.ReadInput("FILE", words[0], mostOriginal); err != nil {
			return err
		}
		if words[0] != "-" {
			*name = cmp.Or(*name, filepath.Base(words[0]))
		}
	}
	return a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		if *original != "" {
			return a.giveBack(n, *original, *out)
		}
		t, err := read(*name, raw)
		if err != nil {
			return err
		}
		t.National = cmp.Or(*national, t.National)
		err = n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error { return a.keep(n, tx, o, t, raw) })
		if err != nil {
			return err
		}
		return a.Print(t, "kept %s, %d bytes, SHA-256 %s\nfrom %s, %s: %s\n", shell.Plain(t.File), t.Size, t.Original, shell.Plain(t.Sender), t.Dated, shell.Plain(t.Subject))
	})
}

// keep keeps the bytes once, and notes that they came.
func (a *app) keep(n *shell.Node, tx *store.Tx, o *keyring.Officer, t taken, raw []byte) error {
	have, err := cabinet.Minutes(tx, cabinet.Choice{Scope: originals, Kind: "intake", Name: t.Original.String()})
	if err != nil {
		return err
	}
	if len(have) == 0 {
		m := cabinet.Minute{Scope: originals, Kind: "intake", Name: t.Original.String(), Seat: o.Seat, At: comity.At(a.Now()), Body: raw}
		if err := cabinet.Add(tx, m); err != nil {
			return err
		}
	}
	if err := n.Minute(tx, comity.Live, "", o.Seat, &t.Intake); err != nil {
		return err
	}
	return tx.Journal(comity.At(a.Now()), "minute", string(o.Seat), "took in "+t.Original.String())
}

func (a *app) giveBack(n *shell.Node, hash, out string) error {
	var raw []byte
	err := n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
		have, err := cabinet.Minutes(tx, cabinet.Choice{Scope: originals, Kind: "intake", Name: hash})
		if err != nil {
			return err
		}
		if len(have) == 0 {
			return store.Absent("original %q", comity.Clip(hash))
		}
		raw = have[0].Body
		return tx.Journal(comity.At(a.Now()), "read", string(n.Reader), "read the original "+hash)
	})
	if err != nil {
		return err
	}
	if err := disk.Write("out", out, 0o600, false, func(w io.Writer) error { _, err := w.Write(raw); return err }); err != nil {
		return err
	}
	return a.Print(map[string]any{"original": hash, "size": len(raw)}, "wrote %d bytes to %s\n", len(raw), out)
}

// number is how many case systems write theirs: letters, a year, a number.
var ours = regexp.MustCompile(`\b[A-Z]{2,10}[-/][0-9]{4}[-/][0-9]{1,8}\b`)

// read says what a paper or an e-mail claims to be. It is hostile: nothing of it is
// executed, drawn or inflated.
func read(name string, raw []byte) (t taken, err error) {
	h := sha256.Sum256(raw)
	t.Intake = docket.Intake{Original: h, File: short(name, 120), Size: len(raw)}
	if bytes.HasPrefix(raw, []byte("%PDF-")) {
		t.Media = "application/pdf"
		t.Subject, t.Sender, t.Dated = info(raw, "Title"), info(raw, "Author"), short(info(raw, "CreationDate"), 40)
	} else {
		m, err := mail.ReadMessage(bytes.NewReader(raw))
		if err != nil || m.Header.Get("From") == "" && m.Header.Get("Subject") == "" {
			return t, comity.Fieldf("FILE", "it is neither an e-mail (.eml) nor a PDF")
		}
		t.Media = "message/rfc822"
		t.Subject, t.Sender, t.MessageID = decoded(short(m.Header.Get("Subject"), 4<<10)), decoded(short(m.Header.Get("From"), 4<<10)), short(m.Header.Get("Message-Id"), 400)
		if at, err := m.Header.Date(); err == nil {
			t.Dated = at.UTC().Format(time.RFC3339)
		}
		t.Text = plainText(m.Header.Get("Content-Type"), m.Header.Get("Content-Transfer-Encoding"), m.Body, 0)
	}
	t.National = ours.FindString(t.Subject)
	t.File = cmp.Or(t.File, "original")
	return t, nil
}

// short is what a stranger wrote, on one line, and cut.
func short(s string, most int) string {
	s = strings.Join(strings.Fields(strings.ToValidUTF8(s, "\uFFFD")), " ")
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return shell.Plain(s)
}

var words = mime.WordDecoder{CharsetReader: charset}

func charset(name string, r io.Reader) (io.Reader, error) {
	e, err := htmlindex.Get(name)
	if err != nil {
		return nil, err
	}
	return e.NewDecoder().Reader(r), nil
}

func decoded(s string) string {
	if d, err := words.DecodeHeader(s); err == nil {
		s = d
	}
	return short(s, 400)
}

// mostText is how much of an e-mail a request may begin from.
const mostText = 16 << 10

// plainText is the first plain text of an e-mail.
func plainText(content, coding string, r io.Reader, depth int) string {
	media, params, err := mime.ParseMediaType(cmp.Or(content, "text/plain"))
	if err != nil || depth > 4 {
		return ""
	}
	if strings.HasPrefix(media, "multipart/") && params["boundary"] != "" {
		parts := multipart.NewReader(r, params["boundary"])
		for range 64 {
			p, err := parts.NextRawPart()
			if err != nil {
				return ""
			}
			if s := plainText(p.Header.Get("Content-Type"), p.Header.Get("Content-Transfer-Encoding"), p, depth+1); s != "" {
				return s
			}
		}
		return ""
	}
	if media != "text/plain" {
		return ""
	}
	switch strings.ToLower(coding) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	if c, err := charset(cmp.Or(params["charset"], "utf-8"), r); err == nil {
		r = c
	}
	b, _ := io.ReadAll(io.LimitReader(r, mostText)) // of one that breaks off, what there is
	var lines []string
	for l := range strings.Lines(strings.ToValidUTF8(string(b), "\uFFFD")) {
		lines = append(lines, shell.Plain(strings.TrimRight(l, "\r\n")))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}

// info is a text of a PDF's information dictionary, if it stands there as it is.
// It looks where programs write it: near the beginning or the end.
func info(raw []byte, key string) string {
	const near = 64 << 10
	at := -1
	for _, part := range [][2]int{{max(0, len(raw)-near), len(raw)}, {0, min(near, len(raw))}} {
		if i := bytes.LastIndex(raw[part[0]:part[1]], []byte("/"+key)); i >= 0 {
			at = part[0] + i
			break
		}
	}
	if at < 0 {
		return ""
	}
	raw = raw[at:min(at+2<<10, len(raw))]
	m := regexp.MustCompile(`/` + key + `\s*(?:\(((?:[^()\\]|\\.){0,400})\)|<([0-9A-Fa-f\s]{0,1000})>)`).FindSubmatch(raw)
	if m == nil {
		return ""
	}
	b := regexp.MustCompile(`\\(.)`).ReplaceAll(m[1], []byte("$1"))
	if m[2] != nil {
		b, _ = hex.DecodeString(strings.Join(strings.Fields(string(m[2])), "")) // what is odd is left out
	}
	if len(b) > 1 && b[0] == 0xFE && b[1] == 0xFF {
		var u []uint16
		for i := 2; i+1 < len(b); i += 2 {
			u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
		}
		return short(string(utf16.Decode(u)), 400)
	}
	return short(string(b), 400)
}
