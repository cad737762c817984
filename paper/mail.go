package paper

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"comity"
)

// A Mail is an e-mail to send by whatever means: only what the caller gives
// stands in it.
type Mail struct {
	From    string // "Name <box@host.example>"
	To      []string
	Subject string // crosses the network in the clear: no word of the case
	Date    time.Time
	// Token makes the message's name, <token@host>, and parts its parts: 16 to 64
	// of A–Z a–z 0–9. Drawn at random it tells nothing and never repeats.
	Token string
	Body  string
	Files []File
}

// File is an attachment. Its type follows from its name's ending.
type File struct {
	Name string // such as "request.pdf"
	Data []byte
}

const (
	maxMail    = 25 << 20 // bytes of all files; many servers refuse more
	maxSubject = 200      // characters
	maxFiles   = 50
	maxTo      = 50
	maxAddress = 320 // RFC 3696, erratum 1690, and a name
)

var (
	tokenForm = regexp.MustCompile(`^[A-Za-z0-9]{16,64}$`)

	// Fixed, since the machine's own table differs from machine to machine.
	types = map[string]string{
		".pdf":  "application/pdf",
		".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
		".html": "text/html; charset=utf-8",
		".csv":  "text/csv; charset=utf-8",
		".txt":  "text/plain; charset=utf-8",
		".json": "application/json",
		".zip":  "application/zip",
	}
)

// Bytes returns m as an .eml file (RFC 5322, MIME) and its Message-ID with the
// angle brackets.
func (m Mail) Bytes() (eml []byte, id string, err error) {
	from, err := mail.ParseAddress(m.From)
	if err != nil || len(m.From) > maxAddress || !ascii(from.Address) {
		return nil, "", comity.Fieldf("from", "%q is not an address such as %q", comity.Clip(m.From), "contact@agency.example")
	}
	if len(m.To) < 1 || len(m.To) > maxTo {
		return nil, "", comity.Fieldf("to", "has %d addresses; give 1 to %d", len(m.To), maxTo)
	}
	to := make([]string, len(m.To))
	for i, s := range m.To {
		a, err := mail.ParseAddress(s)
		if err != nil || len(s) > maxAddress || !ascii(a.Address) {
			return nil, "", comity.Fieldf(fmt.Sprintf("to[%d]", i), "%q is not an address such as %q", comity.Clip(s), "desk@ministry.example")
		}
		to[i] = a.String()
	}
	if strings.ContainsFunc(m.Subject, unicode.IsControl) || !utf8.ValidString(m.Subject) || m.Subject == "" || utf8.RuneCountInString(m.Subject) > maxSubject {
		return nil, "", comity.Fieldf("subject", "must be one line of 1 to %d characters, such as %q", maxSubject, "US-2026-000042")
	}
	if !tokenForm.MatchString(m.Token) {
		return nil, "", comity.Fieldf("token", "must be 16 to 64 letters and digits, such as 26 from crypto/rand.Text")
	}
	if m.Date.IsZero() {
		return nil, "", comity.Fieldf("date", "is missing; give the time of sending")
	}
	id = "<" + m.Token + from.Address[strings.LastIndexByte(from.Address, '@'):] + ">"

	var out bytes.Buffer
	head := func(k, v string) { out.WriteString(k + ": " + v + "\r\n") }
	head("From", from.String())
	head("To", strings.Join(to, ",\r\n "))
	head("Subject", mime.BEncoding.Encode("utf-8", m.Subject))
	head("Date", m.Date.UTC().Format(time.RFC1123Z))
	head("Message-ID", id)
	head("MIME-Version", "1.0")
	// Neither base64 nor quoted-printable can write "=_": no part has this line.
	boundary := "=_" + m.Token
	head("Content-Type", fmt.Sprintf("multipart/mixed;\r\n boundary=%q", boundary))
	out.WriteString("\r\n")

	w := multipart.NewWriter(&out)
	if err := w.SetBoundary(boundary); err != nil {
		return nil, "", fmt.Errorf("write mail: %w", err)
	}
	if err := m.parts(w); err != nil {
		return nil, "", err
	}
	return out.Bytes(), id, nil
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7f })
}

func (m Mail) parts(w *multipart.Writer) error {
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Type":              {"text/plain; charset=utf-8"},
		"Content-Transfer-Encoding": {"quoted-printable"},
	})
	if err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	q := quotedprintable.NewWriter(part)
	if _, err := q.Write([]byte(strings.ToValidUTF8(m.Body, "\uFFFD"))); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	if err := q.Close(); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	total := 0
	for i, f := range m.Files {
		field := fmt.Sprintf("files[%d]", i)
		if total += len(f.Data); total > maxMail || i >= maxFiles {
			return comity.Fieldf(field, "goes beyond %d files or %d MB; send several mails", maxFiles, maxMail>>20)
		}
		if !utf8.ValidString(f.Name) || len(f.Name) > 120 || path.Base(f.Name) != f.Name || strings.ContainsAny(f.Name, `\/:*?"<>|`) || f.Name != clean(f.Name) || strings.Trim(f.Name, ". ") != f.Name {
			return comity.Fieldf(field+".name", "%q is not a plain file name such as %q", comity.Clip(f.Name), "request.pdf")
		}
		kind, ok := types[strings.ToLower(path.Ext(f.Name))]
		if !ok {
			kind = "application/octet-stream"
		}
		part, err := w.CreatePart(textproto.MIMEHeader{
			"Content-Type":              {kind},
			"Content-Disposition":       {mime.FormatMediaType("attachment", map[string]string{"filename": f.Name})},
			"Content-Transfer-Encoding": {"base64"},
		})
		if err != nil {
			return fmt.Errorf("write mail: %w", err)
		}
		text := base64.StdEncoding.EncodeToString(f.Data)
		for len(text) > 0 {
			n := min(76, len(text))
			if _, err := part.Write([]byte(text[:n] + "\r\n")); err != nil {
				return fmt.Errorf("write mail: %w", err)
			}
			text = text[n:]
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("write mail: %w", err)
	}
	return nil
}
