package officer

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// document is a word processor's file, whose properties have something, with other parts.
func document(t *testing.T, properties string, parts ...[2]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, part := range append([][2]string{
		{"mimetype", "application/vnd.oasis.opendocument.text"},
		{"content.xml", "<document-content></document-content>"},
		{"meta.xml", "<document-meta>" + properties + "</document-meta>"},
	}, parts...) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: part[0], Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(part[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

const picture = "GIF89a\x01\x00\x01\x00\x00\x00\x00;"

func TestInspect(t *testing.T) {
	for _, row := range []struct {
		says, name, data, category, lang string
		want                             string // nothing, or of the error
	}{
		{"a table leaves", "a.txt", "a table", "fraud", "en", ""},
		{"and in a matter of child abuse", "a.txt", "a table", "child_abuse", "en", ""},
		{"a document without an author leaves", "a.odt", document(t, ""), "fraud", "en", ""},
		{"not one that names who wrote it", "a.odt", document(t, "<creator>an officer</creator>"), "fraud", "en", "would tell more than you mean: meta.xml"},
		{"one without pictures leaves in a matter of child abuse", "a.odt", document(t, ""), "child_abuse", "en", ""},
		{"not one with a picture", "a.odt", document(t, "", [2]string{"Pictures/1.gif", picture}), "child_abuse", "en", "(C39)"},
		{"a picture leaves in a matter of fraud", "a.gif", picture, "fraud", "en", ""},
		{"not in one of child abuse", "a.gif", picture, "child_abuse", "en", "(C39)"},
		{"nor under another name", "a.txt", picture, "child_abuse", "en", "(C39)"},
		{"why is said in Chinese too", "a.odt", document(t, "<creator>an officer</creator>"), "fraud", "zh", "作者"},
	} {
		t.Run(row.says, func(t *testing.T) {
			err := inspect(row.name, strings.NewReader(row.data), int64(len(row.data)), row.category, row.lang)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if (row.want == "") != (err == nil) || !strings.Contains(got, row.want) {
				t.Errorf("it says %q, want %q", got, row.want)
			}
		})
	}
}
