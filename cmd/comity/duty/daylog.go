package duty

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"comity"
	"comity/disk"
	"comity/paper"
	"comity/session"
	"comity/shell"
	"comity/store"
	"comity/typed"
)

// mostLogged entries are in one log: a hundred pages, and no more are signed by hand.
const mostLogged = 4000

// daylog is the journal of a day on paper: each entry with its number and the hash of
// all before it, so that a page that is taken out, or written anew, shows.
func (a *app) daylog(args []string) error {
	fs := a.Flags("daylog")
	from := fs.String("from", "", "from this time (default: the beginning of today, UTC)")
	until := fs.String("until", "", "until this time (default: now)")
	seat := fs.String("seat", "", "the seat that reads it")
	out := fs.String("out", "", "write it to this file: .pdf .docx .html or .txt")
	overwrite := fs.Bool("overwrite", false, "the file may be there already")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	end, err := comity.At(a.Now()), error(nil)
	if *until != "" {
		end, err = typed.Moment("until", *until)
	}
	begin := comity.At(end.UTC().Truncate(24 * time.Hour))
	if *from != "" && err == nil {
		begin, err = typed.Moment("from", *from)
	}
	if err != nil {
		return err
	}
	if *out == "" {
		return shell.Usagef("daylog: say where to, with --out FILE.pdf")
	}
	return a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		var rows []store.JournalEntry
		left := 0
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			if rows, err = between(tx, begin.Time, end.Time); err != nil {
				return err
			}
			if by, in := session.From(a.Ctx); a.Node != nil && (!in || session.Reads(tx, by, session.Administrator, session.Inspector) != nil) {
				all := len(rows)
				rows = slices.DeleteFunc(rows, func(e store.JournalEntry) bool { return ofPersons(e.Kind) })
				left = all - len(rows)
			}
			return n.Mask(tx, rows)
		})
		if err != nil {
			return err
		}
		if len(rows) > mostLogged {
			return comity.Errorf(comity.TooMuch, "there are more than %d entries; choose a shorter time with --from and --until", mostLogged)
		}
		if err := a.NoteReading(n, string(o.Seat), "printed the day log"); err != nil {
			return err
		}
		b, err := render(*out, logged(n.Party, rows, left, begin, end), a.Now())
		if err == nil {
			err = disk.Write("out", *out, 0o600, *overwrite, disk.Bytes(b))
		}
		if err != nil {
			return err
		}
		return a.Print(map[string]any{"file": *out, "entries": len(rows)}, "%d entries: %s\n", len(rows), *out)
	})
}

// between returns the entries of a time, which stand in its order.
func between(tx *store.Tx, begin, end time.Time) ([]store.JournalEntry, error) {
	var fault error
	first := sort.Search(1<<40, func(i int) bool {
		list, err := tx.JournalEntries(int64(i)+1, 1)
		fault = errors.Join(fault, err)
		return err != nil || len(list) == 0 || !list[0].At.Before(begin)
	})
	if fault != nil {
		return nil, fault
	}
	list, err := tx.JournalEntries(int64(first)+1, mostLogged+1)
	for i, e := range list {
		if e.At.After(end) {
			return list[:i], err
		}
	}
	return list, err
}

func t(en, zh string) paper.Text { return paper.Text{EN: en, ZH: zh} }

func logged(p comity.Party, rows []store.JournalEntry, left int, begin, end comity.Time) paper.Doc {
	d := paper.Doc{Title: t("Day log of the watch", "值班日志"), Subtitle: paper.Same(shell.UTC(begin.Time) + " – " + shell.UTC(end.Time)),
		Reference: strings.ToUpper(string(p)) + " " + begin.UTC().Format(time.DateOnly), Marking: "TLP:AMBER", Frame: t("our record only", "仅为本方记录"), Stacked: true}
	if left > 0 {
		d.Subtitle.EN += fmt.Sprintf("; without %d entries of who signed in, which administrators and inspectors read", left)
		d.Subtitle.ZH += fmt.Sprintf("；不含 %d 条登录与人员记录（仅管理员和监察人员可查阅）", left)
	}
	none := paper.Same("–")
	facts := paper.KeyValues{{Label: t("Entries", "条目数"), Value: paper.Same(fmt.Sprint(len(rows)))}, {Label: t("Hash before the first", "首条之前的哈希"), Value: none}, {Label: t("Hash after the last", "末条之后的哈希"), Value: none}}
	table := paper.Table{Head: []paper.Text{t("No.", "序号"), t("Time (UTC)", "时间（协调世界时）"), t("Who", "席位"), t("What was done", "事项"), t("Running hash", "累计哈希")}, Width: []float64{0.8, 1.6, 1.6, 5, 1.6}}
	for i, e := range rows {
		if i == 0 {
			facts[1].Value = paper.Same(e.Prev.String())
		}
		facts[2].Value = paper.Same(e.Hash.String())
		table.Rows = append(table.Rows, []paper.Text{paper.Same(fmt.Sprint(e.N)), paper.Same(e.At.UTC().Format("01-02 15:04:05")), paper.Same(e.Who), paper.Same(e.Kind + ": " + e.What), paper.Same(e.Hash.String()[:12])})
	}
	d.Blocks = []paper.Block{facts}
	if len(rows) == 0 {
		d.Blocks = append(d.Blocks, paper.Para{Text: t("Nothing was done in this time.", "此时段内无任何操作。")})
	} else {
		d.Blocks = append(d.Blocks, table)
	}
	d.Blocks = append(d.Blocks, paper.Signatures{{Role: t("Outgoing officer", "交班人员")}, {Role: t("Incoming officer", "接班人员")}})
	return d
}

func render(name string, d paper.Doc, at time.Time) ([]byte, error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".pdf":
		return paper.PDF(d, at)
	case ".docx":
		return paper.DOCX(d, at)
	case ".html":
		return paper.HTML(d)
	case ".txt":
		s, err := paper.Plain(d)
		return []byte(s), err
	}
	return nil, comity.Fieldf("out", "%q ends in none of .pdf .docx .html .txt", comity.Clip(name))
}

// ofPersons reports whether entries of the journal of a kind are of persons, their keys
// and sessions: they are for those who look after persons.
func ofPersons(kind string) bool {
	return slices.Contains([]string{"person", "seat", "link", "enrol", "recovery", "inspect", "login", "logout", "lock", "watch", "refused", "token"}, kind)
}
