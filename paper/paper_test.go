package paper_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"comity"
	"comity/paper"
)

var update = flag.Bool("update", false, "write the golden files anew")

// pages returns what pdftotext reads on each page of d's PDF, in drawing order.
func pages(t *testing.T, d paper.Doc) []string {
	t.Helper()
	pdf, err := paper.PDF(d, at)
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "doc.pdf")
	if err := os.WriteFile(name, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("pdftotext", "-raw", "-enc", "UTF-8", name, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext: %v (make setup installs poppler-utils)", err)
	}
	ps := strings.Split(string(out), "\f")
	return ps[:len(ps)-1]
}

// same compares got with want, where want may have a space, a line feed or
// nothing at the end of a line of got, and cells that share a line are divided
// by a space. It returns where they part.
func same(got, want string) string {
	g, w := []rune(strings.TrimSpace(got)), []rune(want)
	i, j := 0, 0
	for i < len(g) && j < len(w) {
		switch {
		case g[i] == w[j] || g[i] == ' ' && w[j] == '\n':
			i, j = i+1, j+1
		case g[i] == '\n' && w[j] == ' ':
			i, j = i+1, j+1
		case g[i] == '\n':
			i++
		default:
			return fmt.Sprintf("got …%q, want …%q", string(g[max(0, i-20):min(len(g), i+20)]), string(w[max(0, j-20):min(len(w), j+20)]))
		}
	}
	if i != len(g) || j != len(w) {
		return fmt.Sprintf("got still has %q, want still has %q", string(g[i:]), string(w[j:]))
	}
	return ""
}

func TestPDFSaysWhatTheSourceSays(t *testing.T) {
	hash := strings.Repeat("9f86d081884c7d659a2feaa0c55ad015", 40)
	long := strings.Repeat("请求方已依照《中华人民共和国国际刑事司法协助法》第二十条提出请求，“紧急”情形下可先行口头请求（须在二十四小时内补交书面材料）。", 90)
	mixed := strings.Repeat("The IP address 203.0.113.17 在2026年11月3日（UTC+8）与 mail.example 通信；see item 2。", 30)
	word := strings.Repeat("A bound of 30 days, then; ", 300) + "end."
	for _, tt := range []struct {
		name    string
		stacked bool
		texts   []paper.Text
		want    string // of one language after the other, if not the texts in order
	}{
		{"a long Chinese paragraph over pages", true, []paper.Text{paper.Same(long)}, long},
		{"a long English paragraph over pages", true, []paper.Text{paper.Same(word)}, word},
		{"mixed text", true, []paper.Text{paper.Same(mixed)}, mixed},
		{"a hash that nothing may break", true, []paper.Text{paper.Same(hash)}, hash},
		{"brackets, backslashes and quotes", true, []paper.Text{paper.Same(`\(a) (b\) \\ "c" <d> & 'e' %f {g}`)}, `\(a) (b\) \\ "c" <d> & 'e' %f {g}`},
		{"Latin beyond ASCII, Greek, Cyrillic", true, []paper.Text{paper.Same("Müller, Łódź, Αθήνα, Москва, Nguyễn, 5 €")}, "Müller, Łódź, Αθήνα, Москва, Nguyễn, 5 €"},
		{"characters of names outside GB 2312", true, []paper.Text{paper.Same("朱镕基、喆、堃、昇、臺灣、國際")}, "朱镕基、喆、堃、昇、臺灣、國際"},
		{"a decomposed é is composed", true, []paper.Text{paper.Same("cafe\u0301")}, "café"},
		{"a character that the font lacks is named", true, []paper.Text{paper.Same("a😀b\U00020000c\u20e3")}, "a[U+1F600]b[U+20000]c[U+20E3]"},
		{"text that turns others around is named", true, []paper.Text{paper.Same("pay \u202e001 DSU\u202c\u200b\u0007\x1b[0m")}, "pay [U+202E]001 DSU[U+202C][U+200B][U+0007][U+001B][0m"},
		{"bytes that are not UTF-8", true, []paper.Text{paper.Same("a\xff\xfeb")}, "a[U+FFFD][U+FFFD]b"},
		{"one language under the other", true, []paper.Text{en("One. Two.", "一。二。"), en("Three.", "三。")}, "One. Two.\n一。二。\nThree.\n三。"},
		{"side by side", false, []paper.Text{en("One.", "一。"), en("Two.", "二。")}, "One.\n一。\nTwo.\n二。"},
		{"a text that has no Chinese is still shown", false, []paper.Text{en("Alone.", "")}, "Alone."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := paper.Doc{Title: paper.Same("T"), Stacked: tt.stacked}
			for _, x := range tt.texts {
				d.Blocks = append(d.Blocks, paper.Para{Text: x})
			}
			var body strings.Builder
			ps := pages(t, d)
			for i, p := range ps {
				head, rest, _ := strings.Cut(p, "\n")
				if want := fmt.Sprintf("Page %d of %d / 第 %d 页，共 %d 页", i+1, len(ps), i+1, len(ps)); head != want {
					t.Errorf("page %d begins %q, want %q", i+1, head, want)
				}
				body.WriteString(rest)
			}
			if diff := same(body.String(), "T\n"+tt.want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPDFTableOverPages(t *testing.T) {
	tab := paper.Table{Head: []paper.Text{en("No.", "序号"), en("Hash", "哈希值"), en("Note", "备注")}}
	want := ""
	for i := range 60 {
		h := fmt.Sprintf("%064x", i*i)
		tab.Rows = append(tab.Rows, []paper.Text{paper.Same(fmt.Sprint(i)), paper.Same(h), en("Kept by the provider", "由服务提供者保存")})
		want += fmt.Sprintf("%d\n%s\nKept by the provider\n由服务提供者保存\n", i, h)
	}
	d := paper.Doc{Title: paper.Same("T"), Lang: paper.Both, Blocks: []paper.Block{tab}}
	ps := pages(t, d)
	if len(ps) < 3 {
		t.Fatalf("%d pages; the table should need at least 3", len(ps))
	}
	var body strings.Builder
	for i, p := range ps {
		_, rest, _ := strings.Cut(p, "\n")
		if i == 0 {
			rest = strings.TrimPrefix(rest, "T\n")
		}
		head := "No.\n序号\nHash\n哈希值\nNote\n备注\n"
		if !strings.HasPrefix(rest, head) {
			t.Fatalf("page %d begins %.60q, want the header %q", i+1, rest, head)
		}
		body.WriteString(strings.TrimPrefix(rest, head))
	}
	if diff := same(body.String(), strings.TrimSpace(want)); diff != "" {
		t.Error(diff)
	}
}

func TestEveryPageIsMarked(t *testing.T) {
	ps := pages(t, report())
	for i, p := range ps {
		for text, n := range map[string]int{
			"TLP:AMBER+STRICT": 2, "review-2026-Q3": 1, "征求意见稿 / Draft for comment": 1,
			"由双方各自计算 / Computed by both sides":                                       1,
			fmt.Sprintf("第 %d 页，共 %d 页 / Page %d of %d", i+1, len(ps), i+1, len(ps)): 1,
		} {
			if got := strings.Count(p, text); got != n {
				t.Errorf("page %d has %q %d times, want %d", i+1, text, got, n)
			}
		}
		// It stands aslant, which pdftotext reads letter by letter.
		if !strings.HasPrefix(strings.Join(strings.Fields(p), ""), "演练/EXERCISE") {
			t.Errorf("page %d does not begin with the watermark: %.40q", i+1, p)
		}
	}
}

// TestLanguages also checks the alternat in each form.
func TestLanguages(t *testing.T) {
	for _, tt := range []struct {
		name   string
		lang   paper.Lang
		zh     bool
		first  string
		second string
	}{
		{"both, English first", paper.Both, false, "facts", "事实"},
		{"both, Chinese first", paper.Both, true, "事实", "facts"},
		{"English alone", paper.English, true, "facts", ""},
		{"Chinese alone", paper.Chinese, false, "事实", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := paper.Doc{Title: paper.Same("T"), Lang: tt.lang, ChineseFirst: tt.zh, Blocks: []paper.Block{paper.Para{Text: en("facts", "事实")}}}
			text, err := paper.Plain(d)
			if err != nil {
				t.Fatal(err)
			}
			page, err := paper.HTML(d)
			if err != nil {
				t.Fatal(err)
			}
			for form, s := range map[string]string{"PDF": strings.Join(pages(t, d), ""), "plain": text, "HTML": string(page), "DOCX": docx(t, d)["word/document.xml"]} {
				i, j := strings.Index(s, tt.first), strings.Index(s, tt.second)
				if i < 0 || tt.second != "" && j < i {
					t.Errorf("%s: %q at %d, %q at %d", form, tt.first, i, tt.second, j)
				}
				if tt.second == "" && strings.Contains(s, map[string]string{"facts": "事实", "事实": "facts"}[tt.first]) {
					t.Errorf("%s shows the other language too", form)
				}
			}
		})
	}
}

func TestSameBytes(t *testing.T) {
	for name, render := range map[string]func() ([]byte, error){
		"PDF":  func() ([]byte, error) { return paper.PDF(report(), at) },
		"DOCX": func() ([]byte, error) { return paper.DOCX(report(), at) },
		"HTML": func() ([]byte, error) { return paper.HTML(report()) },
	} {
		one, err := render()
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if two, err := render(); err != nil || !bytes.Equal(one, two) {
				t.Errorf("%s differs from one time to the next, %v", name, err)
			}
		}
	}
	pdf, err := paper.PDF(form(), at)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"/CreationDate (D:20261122093000)", "/ModDate (D:20261122093000)", "/Lang (en)"} {
		if !bytes.Contains(pdf, []byte(s)) {
			t.Errorf("the PDF lacks %s", s)
		}
	}
	if bytes.Contains(pdf, []byte("/Author")) {
		t.Error("the PDF names an author")
	}
	if pdf, err = paper.PDF(paper.Doc{Title: paper.Same("😀")}, at); err != nil {
		t.Fatal(err)
	}
	if want := "\xfe\xff\x00[\x00U\x00+\x001\x00F\x006\x000\x000\x00]"; !bytes.Contains(pdf, []byte("/Title ("+want+")")) {
		t.Error("the PDF's title garbles a character")
	}
}

// TestGolden holds the two samples to what somebody looked at. The PDFs are
// kept as their text: their bytes may change with the compressor. In the pages the
// name page.css stands for its text and for its hash.
func TestGolden(t *testing.T) {
	style, err := os.ReadFile("page.css")
	if err != nil {
		t.Fatal(err)
	}
	unstyled := strings.NewReplacer("<style>"+string(style)+"</style>", "<style>page.css</style>", sourceOf(string(style)), "'sha256-page.css'")
	for name, d := range map[string]paper.Doc{"form": form(), "report": report()} {
		text, err := paper.Plain(d)
		if err != nil {
			t.Fatal(err)
		}
		page, err := paper.HTML(d)
		if err != nil {
			t.Fatal(err)
		}
		for ext, got := range map[string]string{
			"txt": text, "html": unstyled.Replace(string(page)), "docx.xml": docx(t, d)["word/document.xml"],
			"pdf.txt": strings.ReplaceAll(strings.Join(pages(t, d), "----\n"), "\f", ""),
		} {
			file := filepath.Join("testdata", name+"."+ext)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s has changed; look at the result, then run go test ./paper -update", file)
			}
		}
	}
}

// wellFormed parses s as XML and gives its text.
func wellFormed(s string) (string, error) {
	dec := xml.NewDecoder(strings.NewReader(s))
	var text strings.Builder
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return text.String(), nil
		}
		if err != nil {
			return "", err
		}
		if c, ok := tok.(xml.CharData); ok {
			text.Write(c)
		}
	}
}

func TestHTMLIsStrict(t *testing.T) {
	d := report()
	d.Blocks = append(d.Blocks, form().Blocks...)
	d.Blocks = append(d.Blocks, paper.Para{Text: paper.Same(`<script>alert("1")</script>&amp;`)})
	b, err := paper.HTML(d)
	if err != nil {
		t.Fatal(err)
	}
	s := string(b)
	text, err := wellFormed(s)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, `<script>alert("1")</script>&amp;`) {
		t.Error("a tag in a text is not shown as it was written")
	}
	if bad := regexp.MustCompile(`(?i)<script|<link|<img|<a |style="|\son[a-z]+="|src=|href=|url\(|@import`).FindString(s); bad != "" {
		t.Errorf("the page has %q", bad)
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(s)[1]
	if got := sourceOf(style); got != paper.StyleSource() || !strings.Contains(s, "default-src 'none'; style-src "+got) {
		t.Errorf("the style's hash is %s, the policy says %s", got, paper.StyleSource())
	}
	for _, want := range []string{`<html lang="zh-Hans">`, `<span lang="en">Median time to preserve</span>`, `<th scope="col">`, `<th scope="row" class="one">`, `<caption>`, `<svg viewBox=`, `<h2>`, `<dt>`} {
		if !strings.Contains(s, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// docx reads a .docx back: its files by name, each well-formed.
func docx(t testing.TB, d paper.Doc) map[string]string {
	t.Helper()
	b, err := paper.DOCX(d, at)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		if !f.Modified.Equal(at) {
			t.Errorf("%s is dated %v", f.Name, f.Modified)
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(data)
		if _, err := wellFormed(string(data)); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	return files
}

func TestDOCX(t *testing.T) {
	d := report()
	d.Blocks = append(d.Blocks, form().Blocks...)
	files := docx(t, d)
	for _, want := range []struct{ file, text string }{
		{"word/document.xml", `<w:rFonts w:hint="eastAsia"/>`},
		{"word/document.xml", `<w:pStyle w:val="Heading1"/>`},
		{"word/document.xml", `<w:tblHeader/>`},
		{"word/document.xml", `>96.25<`},
		{"word/styles.xml", `w:eastAsia="Microsoft YaHei"`},
		{"word/header1.xml", "TLP:AMBER+STRICT"},
		{"word/header1.xml", "征求意见稿"},
		{"word/footer1.xml", "TLP:AMBER+STRICT"},
		{"word/footer1.xml", `w:instr="PAGE"`},
		{"docProps/core.xml", "2026-11-22T09:30:00Z"},
	} {
		if !strings.Contains(files[want.file], want.text) {
			t.Errorf("%s lacks %s", want.file, want.text)
		}
	}
	for name, s := range files {
		if bad := regexp.MustCompile(`(?i)creator|lastModifiedBy|<Company|rsid`).FindString(s); bad != "" {
			t.Errorf("%s has %q", name, bad)
		}
	}
	// Each part that is named is there, and each style that is used is defined.
	for _, m := range regexp.MustCompile(`PartName="/([^"]+)"`).FindAllStringSubmatch(files["[Content_Types].xml"], -1) {
		if files[m[1]] == "" {
			t.Errorf("%s is declared and missing", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`Target="([^"]+)"`).FindAllStringSubmatch(files["word/_rels/document.xml.rels"], -1) {
		if files["word/"+m[1]] == "" {
			t.Errorf("word/%s is referred to and missing", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`<w:pStyle w:val="([^"]+)"`).FindAllStringSubmatch(files["word/document.xml"], -1) {
		if !strings.Contains(files["word/styles.xml"], `w:styleId="`+m[1]+`"`) {
			t.Errorf("style %s is not defined", m[1])
		}
	}
}

func TestCheck(t *testing.T) {
	many := make(paper.KeyValues, 60_000)
	head := []paper.Text{paper.Same("a"), paper.Same("b")}
	for _, tt := range []struct {
		name  string
		title string
		block paper.Block
		field string // empty: it is fine
	}{
		{"a document has a title", "", paper.Para{}, "title"},
		{"a heading has level 1 or 2", "T", paper.Heading{Level: 3}, "blocks[0].level"},
		{"a table has a header", "T", paper.Table{}, "blocks[0].head"},
		{"a table without rows is fine", "T", paper.Table{Head: head}, ""},
		{"a row has as many cells as the header", "T", paper.Table{Head: head, Rows: [][]paper.Text{head, head[:1]}}, "blocks[0].rows[1]"},
		{"alignments are for all columns or none", "T", paper.Table{Head: head, Align: []paper.Align{paper.End}}, "blocks[0].align"},
		{"an alignment is one of three", "T", paper.Table{Head: head, Align: []paper.Align{paper.Start, 7}}, "blocks[0].align[1]"},
		{"widths are for all columns or none", "T", paper.Table{Head: head, Width: []float64{1}}, "blocks[0].width"},
		{"a width is a number above 0", "T", paper.Table{Head: head, Width: []float64{1, math.NaN()}}, "blocks[0].width[1]"},
		{"a chart has a series", "T", paper.BarChart{}, "blocks[0].series"},
		{"a series has a value for each label", "T", paper.BarChart{Labels: head, Series: []paper.Series{{Values: []float64{1}}}}, "blocks[0].series[0]"},
		{"values of every kind are fine", "T", paper.BarChart{Labels: head, Series: []paper.Series{{Values: []float64{math.NaN(), math.MaxFloat64}}, {Values: []float64{-1, math.Inf(1)}}}}, ""},
		{"three figures stand side by side", "T", make(paper.Figures, 4), "blocks[0]"},
		{"a document is bounded", "T", many, "blocks[0]"},
		{"no block is nil", "T", nil, "blocks[0]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := paper.Doc{Title: paper.Same(tt.title), Blocks: []paper.Block{tt.block}}
			_, pdf := paper.PDF(d, at)
			_, word := paper.DOCX(d, at)
			_, page := paper.HTML(d)
			_, text := paper.Plain(d)
			for _, err := range []error{pdf, word, page, text} {
				var e *comity.Error
				if errors.As(err, &e) {
					if e.Field != tt.field {
						t.Errorf("blames %s, want %q: %v", e.Field, tt.field, err)
					}
				} else if err != nil || tt.field != "" {
					t.Errorf("got %v, want the field %q", err, tt.field)
				}
			}
		})
	}
}

func TestLongWordIsCutAndSaysSo(t *testing.T) {
	pages(t, every(strings.Repeat("a", 30_000), strings.Repeat("\n", 500)+"."))
	d := paper.Doc{Title: paper.Same(strings.Repeat("x", 1<<20)), Reference: strings.Repeat("y", 1<<20), Frame: paper.Same(strings.Repeat("演", 1<<18)),
		Marking: strings.Repeat("z", 1<<20), Watermark: paper.Same(strings.Repeat("w", 1<<20))}
	pdf := strings.Join(strings.Fields(strings.Join(pages(t, d), "")), "")
	if !strings.Contains(pdf, "[…1028576bytescut/已截去1028576字节]") {
		t.Error("the PDF does not say that it cut a text")
	}
}

// hidden says whether a reader could miss r or be misled by it.
func hidden(r rune) bool {
	return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector)
}

// every has each block with the strings in it.
func every(a, b string) paper.Doc {
	x, y := paper.Text{EN: a, ZH: b}, paper.Text{EN: b, ZH: a}
	return paper.Doc{
		Title: paper.Text{EN: "T" + a, ZH: b}, Subtitle: x, Reference: a, Marking: b, Frame: x, Watermark: y, Footer: x, Stacked: len(a)%2 == 0,
		Blocks: []paper.Block{
			paper.Heading{Level: 1, Text: x}, paper.Heading{Level: 2, Text: y}, paper.Para{Text: x}, paper.KeyValues{{Label: x, Value: y}},
			paper.Table{Caption: x, Head: []paper.Text{x, y, x}, Rows: [][]paper.Text{{x, y, x}, {y, x, y}}, Align: []paper.Align{paper.Start, paper.Center, paper.End}},
			paper.BarChart{Title: x, Unit: y, Labels: []paper.Text{x}, Series: []paper.Series{{Name: x, Values: []float64{1}}, {Name: y, Values: []float64{math.NaN()}}}, Note: x},
			paper.PageBreak{}, paper.Figures{{Label: x, Value: a, Unit: y, Trend: paper.Up, Change: x, Cause: y}, {Label: y, Trend: paper.Trend(a)}},
			paper.Signatures{{Role: x, Name: y}, {Role: y}, {Name: x}}, paper.Checklist{{Done: true, Text: x}, {Text: y}},
		},
	}
}

// FuzzRender holds every form to: no panic, output that parses, nothing hidden.
func FuzzRender(f *testing.F) {
	f.Add("Example", "示例")
	f.Add("", "")
	f.Add("\U00010000\U0010fffd", "\uffff\U0001ffff")
	f.Add("\u202e\u0000\x1b]0;x\a\r\n\t\u2028\ufeff\U000e0041\ufe0f", "]]>&<\"'\\()\xff\ud7ff\U0001f600")
	f.Add(strings.Repeat("a", 1500), strings.Repeat("\n", 50))
	f.Add(strings.Repeat("e\u0301\u0323", 300), "שלום \u0627\u0644")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a)+len(b) > 2000 {
			return // TestLongWordIsCutAndSaysSo has those
		}
		d := every(a, b)
		pdf, err := paper.PDF(d, at)
		if err != nil || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Fatalf("PDF: %v", err)
		}
		page, err := paper.HTML(d)
		if err != nil {
			t.Fatal(err)
		}
		text, err := wellFormed(string(page))
		if err != nil {
			t.Fatalf("HTML: %v", err)
		}
		plain, err := paper.Plain(d)
		if err != nil {
			t.Fatal(err)
		}
		for form, s := range map[string]string{"HTML": text, "plain": plain, "DOCX": docx(t, d)["word/document.xml"]} {
			if i := strings.IndexFunc(s, hidden); i >= 0 {
				t.Errorf("%s has a hidden character: %q", form, s[i:min(len(s), i+20)])
			}
		}
	})
}
