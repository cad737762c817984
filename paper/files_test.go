package paper_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/paper"
)

func sourceOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func TestCSV(t *testing.T) {
	for _, tt := range []struct {
		name string
		lang paper.Lang
		cell paper.Text
		want string
	}{
		{"both languages share a cell", paper.Both, en("Refused", "拒绝"), "Refused / 拒绝"},
		{"one language", paper.Chinese, en("Refused", "拒绝"), "拒绝"},
		{"commas and quotes", paper.Both, paper.Same(`a,"b"`), `"a,""b"""`},
		{"a line feed becomes a space", paper.Both, paper.Same("a\nb"), "a b"},
		{"a formula", paper.Both, paper.Same("=1+1"), "'=1+1"},
		{"a sum", paper.Both, paper.Same("+1-202-555-0142"), "'+1-202-555-0142"},
		{"a minus", paper.Both, paper.Same("-2"), "'-2"},
		{"a function", paper.Both, paper.Same("@SUM(A1)"), "'@SUM(A1)"},
		{"a tab", paper.Both, paper.Same("\t=1"), "'=1"},
		{"a formula after a space", paper.Both, paper.Same("  =1"), "'=1"},
		{"a formula of full width", paper.Both, paper.Same("＝1"), "'＝1"},
		{"a formula in the other language", paper.Chinese, en("x", "=1"), "'=1"},
		{"an e-mail address is none", paper.Both, paper.Same("box@host.example"), "box@host.example"},
		{"a turned text is named", paper.Both, paper.Same("a\u202eb"), "a[U+202E]b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tab := paper.Table{Head: []paper.Text{paper.Same("h"), paper.Same("i")}, Rows: [][]paper.Text{{tt.cell, paper.Same("z")}}}
			got, err := paper.CSV(tab, tt.lang, false)
			if want := "h,i\r\n" + tt.want + ",z\r\n"; err != nil || string(got) != want {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
			marked, err := paper.CSV(tab, tt.lang, true)
			if err != nil || string(marked) != "\xef\xbb\xbf"+string(got) {
				t.Errorf("with a mark: %q, %v", marked, err)
			}
			if rows, err := csv.NewReader(bytes.NewReader(got)).ReadAll(); err != nil || len(rows) != 2 {
				t.Errorf("reads back as %q, %v", rows, err)
			}
		})
	}
	if _, err := paper.CSV(paper.Table{Head: []paper.Text{{}}, Rows: [][]paper.Text{{}}}, paper.Both, false); !errors.Is(err, comity.Invalid) {
		t.Errorf("a short row: %v", err)
	}
}

func letter() paper.Mail {
	return paper.Mail{
		From: "Contact point <contact@agency.example>", To: []string{"desk@ministry.example", "联络点 <point@bureau.example>"},
		Subject: "US-2026-000042", Date: at, Token: "MZXW6YTBOI2DKNRXHA4TAMJS",
		Body:  "Please find the request attached.\r\n请见附件。\r\n.\r\n=_ " + strings.Repeat("long ", 300),
		Files: []paper.File{{Name: "request.pdf", Data: []byte("%PDF-\x00\xff")}, {Name: "请求书.docx", Data: bytes.Repeat([]byte("z"), 5000)}, {Name: "empty.bin"}},
	}
}

func TestMailReadsBack(t *testing.T) {
	m := letter()
	eml, id, err := m.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if again, _, err := m.Bytes(); err != nil || !bytes.Equal(eml, again) {
		t.Errorf("a second time the bytes differ, %v", err)
	}
	for l := range strings.SplitSeq(strings.TrimSuffix(string(eml), "\r\n"), "\r\n") {
		if len(l) > 200 || strings.ContainsAny(l, "\r\n") || strings.ContainsFunc(l, func(r rune) bool { return r > 0x7e }) {
			t.Errorf("line %q does not pass every server", l)
		}
	}
	msg, err := mail.ReadMessage(bytes.NewReader(eml))
	if err != nil {
		t.Fatal(err)
	}
	if id != "<MZXW6YTBOI2DKNRXHA4TAMJS@agency.example>" || msg.Header.Get("Message-Id") != id {
		t.Errorf("Message-ID %q, %q", id, msg.Header.Get("Message-Id"))
	}
	if got, err := msg.Header.Date(); err != nil || !got.Equal(at) {
		t.Errorf("dated %v, %v", got, err)
	}
	if to, err := msg.Header.AddressList("To"); err != nil || len(to) != 2 || to[1].Name != "联络点" {
		t.Errorf("to %v, %v", to, err)
	}
	if len(msg.Header) != 7 {
		t.Errorf("the header says more than it was given: %v", msg.Header)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	r := multipart.NewReader(msg.Body, params["boundary"])
	body, err := r.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(quotedprintable.NewReader(body)); err != nil || string(got) != m.Body {
		t.Errorf("body %q, %v, want %q", got, err, m.Body)
	}
	for _, want := range m.Files {
		p, err := r.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, p))
		if err != nil || p.FileName() != want.Name || !bytes.Equal(data, want.Data) {
			t.Errorf("attachment %q of %d bytes, %v, want %q of %d", p.FileName(), len(data), err, want.Name, len(want.Data))
		}
	}
	if _, err := r.NextPart(); err != io.EOF {
		t.Errorf("after the last part: %v", err)
	}
}

func TestMailRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*paper.Mail)
		field  string
	}{
		{"a sender that is no address", func(m *paper.Mail) { m.From = "agency" }, "from"},
		{"a sender that begins a header", func(m *paper.Mail) { m.From = "a@b.example\r\nBcc: c@d.example" }, "from"},
		{"a sender that needs an extension", func(m *paper.Mail) { m.From = "联络@agency.example" }, "from"},
		{"no recipient", func(m *paper.Mail) { m.To = nil }, "to"},
		{"a recipient that is no address", func(m *paper.Mail) { m.To[1] = "a@b.example, c@d.example" }, "to[1]"},
		{"a subject that begins a header", func(m *paper.Mail) { m.Subject = "a\r\nBcc: c@d.example" }, "subject"},
		{"no subject", func(m *paper.Mail) { m.Subject = "" }, "subject"},
		{"a token that can be guessed", func(m *paper.Mail) { m.Token = "42" }, "token"},
		{"a token that breaks a header", func(m *paper.Mail) { m.Token += ">\r\n" }, "token"},
		{"no date", func(m *paper.Mail) { m.Date = time.Time{} }, "date"},
		{"a file name with a folder", func(m *paper.Mail) { m.Files[0].Name = "../request.pdf" }, "files[0].name"},
		{"a file name that hides its ending", func(m *paper.Mail) { m.Files[1].Name = "fdp\u202eexe.pdf" }, "files[1].name"},
		{"a file name that begins a header", func(m *paper.Mail) { m.Files[0].Name = "a\r\nb.pdf" }, "files[0].name"},
		{"a file without a name", func(m *paper.Mail) { m.Files[0].Name = "" }, "files[0].name"},
		{"files that no server takes", func(m *paper.Mail) { m.Files[2].Data = make([]byte, 25<<20) }, "files[2]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := letter()
			tt.change(&m)
			var e *comity.Error
			if _, _, err := m.Bytes(); !errors.As(err, &e) || e.Field != tt.field {
				t.Errorf("got %v, want the field %s blamed", err, tt.field)
			}
		})
	}
}
