package seal

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"comity"
)

func TestCheckManifest(t *testing.T) {
	long := strings.Repeat("a", 300)
	due := noon
	none := comity.Time{}
	for _, c := range []struct {
		name   string
		change func(m *comity.Manifest)
		field  string // at fault; none if the manifest is good
	}{
		{"a good one", func(m *comity.Manifest) {}, ""},
		{"a fact without heads", func(m *comity.Manifest) { m.After = nil }, ""},
		{"an emergency", func(m *comity.Manifest) { m.Release = comity.Release{Class: comity.Sole, Reason: "now", Due: &due} }, ""},
		{"an exercise", func(m *comity.Manifest) { m.Realm = "exercise:harbour-2027" }, ""},
		{"several recipients", func(m *comity.Manifest) { m.To = []comity.Party{"cn", "fr", "sg"} }, ""},
		{"a file without content", func(m *comity.Manifest) { m.Files[0].Size = 0 }, ""},

		{"another version", func(m *comity.Manifest) { m.V = 2 }, "v"},
		{"no realm", func(m *comity.Manifest) { m.Realm = "" }, "realm"},
		{"a realm of nobody's", func(m *comity.Manifest) { m.Realm = "test" }, "realm"},
		{"an author in capitals", func(m *comity.Manifest) { m.From = "US" }, "from"},
		{"no recipient", func(m *comity.Manifest) { m.To = nil }, "to"},
		{"too many recipients", func(m *comity.Manifest) { m.To = make([]comity.Party, 33) }, "to"},
		{"a recipient that is no party", func(m *comity.Manifest) { m.To = []comity.Party{"c"} }, "to[0]"},
		{"a recipient twice", func(m *comity.Manifest) { m.To = []comity.Party{"cn", "cn"} }, "to[1]"},
		{"recipients out of order", func(m *comity.Manifest) { m.To = []comity.Party{"fr", "cn"} }, "to[1]"},
		{"to oneself", func(m *comity.Manifest) { m.To = []comity.Party{"cn", "us"} }, "to[1]"},
		{"no matter", func(m *comity.Manifest) { m.Matter = "" }, "matter"},
		{"a matter of the last century", func(m *comity.Manifest) { m.Matter = "US-1999-000042" }, "matter"},
		{"a kind in capitals", func(m *comity.Manifest) { m.Kind = "Preserve" }, "kind"},
		{"a long kind", func(m *comity.Manifest) { m.Kind = comity.Kind(strings.Repeat("a", 41)) }, "kind"},
		{"a marking of the old TLP", func(m *comity.Manifest) { m.Marking.TLP = "WHITE" }, "marking.tlp"},
		{"a handling code of nobody's", func(m *comity.Manifest) { m.Marking.Handling = []string{"H4"} }, "marking.handling[0]"},
		{"handling codes out of order", func(m *comity.Manifest) { m.Marking.Handling = []string{"H3", "H1"} }, "marking.handling[1]"},
		{"a handling code twice", func(m *comity.Manifest) { m.Marking.Handling = []string{"H1", "H1"} }, "marking.handling[1]"},
		{"no release class", func(m *comity.Manifest) { m.Release = comity.Release{} }, "release.class"},
		{"a reason of two officers", func(m *comity.Manifest) { m.Release.Reason = "why" }, "release.reason"},
		{"a due time of two officers", func(m *comity.Manifest) { m.Release.Due = &due }, "release.due"},
		{"an emergency without a reason", func(m *comity.Manifest) { m.Release = comity.Release{Class: comity.Sole, Due: &due} }, "release.reason"},
		{"an emergency with a novel", func(m *comity.Manifest) {
			m.Release = comity.Release{Class: comity.Sole, Reason: strings.Repeat("é", 1001), Due: &due}
		}, "release.reason"},
		{"an emergency without end", func(m *comity.Manifest) { m.Release = comity.Release{Class: comity.Sole, Reason: "now"} }, "release.due"},
		{"an emergency with an empty end", func(m *comity.Manifest) {
			m.Release = comity.Release{Class: comity.Sole, Reason: "now", Due: &none}
		}, "release.due"},
		{"no time", func(m *comity.Manifest) { m.Time = none }, "time"},
		{"a short nonce", func(m *comity.Manifest) { m.Nonce = m.Nonce[1:] }, "nonce"},
		{"no part", func(m *comity.Manifest) { m.Parts = nil }, "parts"},
		{"too many parts", func(m *comity.Manifest) { m.Parts = make([]comity.Part, 17) }, "parts"},
		{"a part without a name", func(m *comity.Manifest) { m.Parts[0].Name = "" }, "parts[0].name"},
		{"a part in capitals", func(m *comity.Manifest) { m.Parts[0].Name = "Body" }, "parts[0].name"},
		{"two parts of a name", func(m *comity.Manifest) { m.Parts = append(m.Parts, m.Parts[0]) }, "parts[1].name"},
		{"a part of no type", func(m *comity.Manifest) { m.Parts[0].Type = "json" }, "parts[0].type"},
		{"a part whose type has parameters", func(m *comity.Manifest) { m.Parts[0].Type = "text/plain; charset=utf-8" }, "parts[0].type"},
		{"a part of less than nothing", func(m *comity.Manifest) { m.Parts[0].Size = -1 }, "parts[0].size"},
		{"a part without a hash", func(m *comity.Manifest) { m.Parts[0].Hash = comity.Hash{} }, "parts[0].hash"},
		{"too many files", func(m *comity.Manifest) { m.Files = make([]comity.File, 65) }, "files"},
		{"a file without a name", func(m *comity.Manifest) { m.Files[0].Name = "" }, "files[0].name"},
		{"a file with a long name", func(m *comity.Manifest) { m.Files[0].Name = long[:256] }, "files[0].name"},
		{"a file of another folder", func(m *comity.Manifest) { m.Files[0].Name = "../passwd" }, "files[0].name"},
		{"a file of another folder in Windows", func(m *comity.Manifest) { m.Files[0].Name = `..\passwd` }, "files[0].name"},
		{"a file that is a folder", func(m *comity.Manifest) { m.Files[0].Name = ".." }, "files[0].name"},
		{"a file that rings a bell", func(m *comity.Manifest) { m.Files[0].Name = "\a" }, "files[0].name"},
		{"a file with a control of the second table", func(m *comity.Manifest) { m.Files[0].Name = "\u0085" }, "files[0].name"},
		{"a file that reads backwards", func(m *comity.Manifest) { m.Files[0].Name = "log\u202egpj.exe" }, "files[0].name"},
		{"a file with an isolate", func(m *comity.Manifest) { m.Files[0].Name = "log\u2067x" }, "files[0].name"},
		{"a file with an Arabic letter mark", func(m *comity.Manifest) { m.Files[0].Name = "log\u061cx" }, "files[0].name"},
		{"a file of no type", func(m *comity.Manifest) { m.Files[0].Type = "" }, "files[0].type"},
		{"a file of less than nothing", func(m *comity.Manifest) { m.Files[0].Size = -1 }, "files[0].size"},
		{"a file without a plain hash", func(m *comity.Manifest) { m.Files[0].Plain = comity.Hash{} }, "files[0].plain"},
		{"a file without a cipher hash", func(m *comity.Manifest) { m.Files[0].Cipher = comity.Hash{} }, "files[0].cipher"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := newCast(t).statement(t, 1, "{}").Manifest
			c.change(&m)
			err := checkManifest(m)
			if c.field == "" {
				if err != nil {
					t.Fatalf("it is refused: %v", err)
				}
				b, err := EncodeManifest(m)
				if err != nil {
					t.Fatal(err)
				}
				if again, err := DecodeManifest(b); err != nil || !reflect.DeepEqual(again, m) {
					t.Fatalf("got %+v, %v\nwant %+v", again, err, m)
				}
				return
			}
			e, ok := errors.AsType[*comity.Error](err)
			if !ok || e.Kind != comity.Invalid || e.Field != c.field {
				t.Fatalf("got %v, want %s to be blamed", err, c.field)
			}
			if !strings.Contains(e.Text, "such as") && !strings.HasPrefix(c.field, "release.") && c.field != "realm" {
				t.Errorf("it shows no example: %s", e.Text)
			}
			if b, err := Encode(m); err == nil {
				if got, err := DecodeManifest(b); err == nil || !reflect.DeepEqual(got, comity.Manifest{}) {
					t.Errorf("and yet it decodes as %+v, %v", got, err)
				}
			}
		})
	}
}
