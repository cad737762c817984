package minutes

import (
	"crypto/sha256"
	"path/filepath"
	"strings"

	"comity"
	"comity/disk"
	"comity/docket"
	"comity/paper"
)

// paperOf lays sections out as a paper. In an exercise every page says so.
func paperOf(sections []docket.Section, reference, marking string, realm comity.Realm) paper.Doc {
	d := paper.Doc{Reference: reference, Marking: marking}
	if realm != comity.Live {
		d.Frame = paper.Text{EN: "EXERCISE", ZH: "演练"}
	}
	for i, s := range sections {
		heading := s.Heading
		if s.No != "" {
			heading.EN, heading.ZH = s.No+". "+heading.EN, s.No+". "+heading.ZH
		}
		if i == 0 && s.No == "" {
			d.Title = heading
		} else if heading.EN != "" {
			d.Blocks = append(d.Blocks, paper.Heading{Level: 2, Text: heading})
		}
		var rows paper.KeyValues
		for _, r := range s.Rows {
			rows = append(rows, paper.KeyValue{Label: r.Label, Value: r.Value})
		}
		if len(rows) > 0 {
			d.Blocks = append(d.Blocks, rows)
		}
		if len(s.Table) > 0 {
			t := paper.Table{}
			for _, h := range s.Head {
				t.Head = append(t.Head, h)
			}
			for _, row := range s.Table {
				var cells []paper.Text
				for _, c := range row {
					cells = append(cells, c)
				}
				t.Rows = append(t.Rows, cells)
			}
			d.Blocks = append(d.Blocks, t)
		}
	}
	return d
}

// write writes a paper in the form that the file's name asks for.
func (a *app) write(name string, overwrite bool, d paper.Doc) error {
	b, err := a.render(name, d)
	if err != nil {
		return err
	}
	sum, err := save(name, overwrite, b)
	if err != nil {
		return err
	}
	return a.Print(map[string]any{"file": name, "sha256": sum}, "wrote %s\nSHA-256 %s\n", name, sum)
}

// save writes a paper's bytes to a file, and returns their hash.
func save(name string, overwrite bool, b []byte) (comity.Hash, error) {
	return sha256.Sum256(b), disk.Write("out", name, 0o600, overwrite, disk.Bytes(b))
}

func (a *app) render(name string, d paper.Doc) ([]byte, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pdf":
		return paper.PDF(d, a.Now())
	case ".docx":
		return paper.DOCX(d, a.Now())
	case ".html":
		return paper.HTML(d)
	case ".txt":
		s, err := paper.Plain(d)
		return []byte(s), err
	}
	return nil, comity.Fieldf("out", "%q ends in none of .pdf .docx .html .txt", comity.Clip(name))
}
