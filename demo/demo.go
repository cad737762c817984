package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"comity"
	"comity/demo/cable"
	"comity/demo/mozi"
	"comity/disk"
	"comity/shell"
)

// storyTime is how long the story may take.
const storyTime = 2 * time.Minute

// demo plays one request between two parties, from the first draft to the case
// file, with two real nodes.
func (a *app) demo(args []string) error {
	fs := a.Flags("demo")
	exit := fs.Bool("exit", false, "end after the story; the default unless standard output is a terminal")
	out := fs.String("out", "", "an empty or new folder, to keep the story, the case file and both nodes in")
	how := fs.Bool("how", false, "say after every move how each clock was computed")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	if a.JSON {
		return shell.Usagef("demo: it tells a story, which has no JSON; comity show REF --json has")
	}
	stay := !*exit && terminal(a.Stdout)
	dir, err := demoDir(*out)
	if err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(dir, "story.txt"))
	if err != nil {
		return err
	}
	defer file.Close()
	st := &story{
		teller: &teller{screen: a.Stdout, file: file, colour: colourful(a.Stdout), how: *how},
		dir:    dir,
	}
	st.kept, st.stays, st.clock = *out != "", stay, new(dial)
	if stay {
		st.clock.to(time.Now().Add(-month))
	}
	err = a.play(st)
	switch {
	case errors.Is(err, shell.ErrInterrupted):
		st.gap()
		st.line(1, "The story ends here, because you ended it. Both nodes have stopped.")
		if st.kept {
			st.line(1, "What there is of it is in %s.", dir)
		}
	case err != nil:
		fmt.Fprintf(a.Stderr, "comity: what there is has been left in %s\n", dir)
		return err
	}
	if !st.kept {
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func colourful(w io.Writer) bool {
	return terminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

// demoDir makes the folder that everything goes to.
func demoDir(out string) (string, error) {
	if out == "" {
		return os.MkdirTemp("", "comity-demo-")
	}
	list, err := os.ReadDir(out)
	if err == nil && len(list) > 0 {
		return "", comity.Fieldf("out", "%s is not empty: it has %s; name a new folder", out, list[0].Name())
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", disk.Error("out", out, err)
	}
	if err := os.MkdirAll(out, 0o700); err != nil {
		return "", disk.Error("out", out, err)
	}
	return out, nil
}

// play tells the story, and stays until it is interrupted if it is to.
func (a *app) play(st *story) (err error) {
	ctx, cancel := context.WithTimeout(a.Ctx, storyTime)
	defer cancel()
	st.ctx = ctx
	if err := st.cast(a); err != nil {
		return err
	}
	ended := false
	defer func() {
		if ended {
			return
		}
		end := st.end(false)
		if end == nil && a.Ctx.Err() != nil {
			err = shell.ErrInterrupted // whatever that broke off
			return
		}
		err = errors.Join(err, end)
	}()
	st.opening()
	for i, s := range scenes() {
		st.scene(i+1, s)
		if err := s.play(st); err != nil {
			return fmt.Errorf("demo, scene %d (%s): %w", i+1, s.en, err)
		}
		if i == paired && st.stays {
			if err := st.past(); err != nil {
				return fmt.Errorf("demo, the month before: %w", err)
			}
		}
	}
	if st.stays {
		if err := st.stay(a.Ctx); err != nil {
			return err
		}
	}
	ended = true
	if err := st.end(true); err != nil {
		return err
	}
	st.closing()
	return st.err
}

// stay keeps both nodes running until ctx ends.
func (st *story) stay(ctx context.Context) error {
	st.ctx = ctx
	if err := st.links(); err != nil {
		return err
	}
	st.hints()
	rekeys := make(chan error, 1)
	go func() { rekeys <- st.enrolled(ctx) }()
	select {
	case err := <-rekeys:
		st.ctx = context.WithoutCancel(ctx)
		return err
	case p := <-st.died():
		return comity.Errorf(comity.Unavailable, "the node of %s has ended; see %s", p, filepath.Join(st.dir, string(p), "node.log"))
	}
}

// A story is one run of the demo.
type story struct {
	*teller
	ctx    context.Context
	dir    string
	kept   bool // the folder stays
	stays  bool // the desks open when the story is over
	clock  *dial
	played map[string]comity.Ref // matters of the month, by what they are about
	us, cn *side
	mozi   mozi.Published

	ref, second comity.Ref        // the two matters
	sent        map[string][]byte // files of the answer, by name
}

// cast makes the folders and the lines, and nothing else: that is scene 1.
func (st *story) cast(a *app) error {
	var err error
	if st.mozi, err = mozi.Read(); err != nil {
		return err
	}
	pass := filepath.Join(st.dir, "passphrase")
	if err := os.WriteFile(pass, []byte(rand.Text()+"\n"), 0o600); err != nil {
		return err
	}
	st.us = newSide("us", comity.Name{En: "United States", Zh: "美国"}, "America/New_York", "Washington")
	st.cn = newSide("cn", comity.Name{En: "China", Zh: "中国"}, "Asia/Shanghai", "Beijing")
	for _, s := range st.sides() {
		if s.loc, err = time.LoadLocation(s.zone); err != nil {
			return err
		}
		st.teller.clocks = append(st.teller.clocks, capitalClock{s.city, s.loc})
		s.app = app{&shell.App{Ctx: st.ctx, Dir: filepath.Join(st.dir, string(s.party)), Pass: pass, Stdin: strings.NewReader(""), Clock: st.clock.now}, a.run}
		if s.line, err = cable.New(); err != nil {
			return err
		}
	}
	return nil
}

func (st *story) sides() []*side { return []*side{st.us, st.cn} }

// each does the same on both sides at once.
func (st *story) each(f func(s *side) error) error {
	errs := make(chan error)
	for _, s := range st.sides() {
		go func() { errs <- f(s) }()
	}
	return errors.Join(<-errs, <-errs)
}

// died tells of a node that ends by itself.
func (st *story) died() <-chan comity.Party {
	c := make(chan comity.Party, 2)
	for _, s := range st.sides() {
		go func() {
			<-s.proc.gone
			c <- s.party
		}()
	}
	return c
}

// end stops what runs. After a good end both folders are closed, and ready to go
// on without the demo.
func (st *story) end(good bool) error {
	return st.each(func(s *side) error {
		var err error
		if s.proc != nil {
			err = s.proc.stop()
		}
		if s.here != nil {
			err = errors.Join(err, s.here())
		}
		s.line.Close()
		if s.node == nil {
			return err
		}
		s.node.Close()
		if !good {
			return err
		}
		// The peer calls where the demo's line was; from now on the node itself
		// listens there.
		c := s.node.Config
		c.Link = s.line.Addr()
		return errors.Join(err, c.Write(s.app.Dir))
	})
}

// opening says what this is, and what is real in it.
func (st *story) opening() {
	p := st.mozi.Publication
	st.rule("═")
	st.split(st.bold(" comity demo · two parties, one request, provable by both"), "双方互助，一项请求，双方均可证明 ")
	st.rule("═")
	st.gap()
	st.para(1, "Two node processes run on this machine, one for each party, with nothing between them but a line. "+
		"Each line marked ✓ was checked before it was printed, in the databases of both.")
	st.gap()
	st.para(1, "The identifiers are real, as published: %s, “%s”, %s; MISP event %s, %s, %s.", p.Publisher, p.Title, p.Date, p.Event, p.Repository, p.Licence)
	st.gap()
	st.para(1, "The rest is invented. No government has made this request or answered it; no state or person is accused of anything. "+
		"Officers appear as seats and roles, never by name. Every time limit is a proposal.")
	st.gap()
	st.para(1, "所列标识符均取自已公开发表的资料，其余内容纯属虚构：两国政府未曾提出或答复该请求，亦不指控任何国家或个人。人员仅以席位和职责出现；各项时限均为建议。")
}

// command writes a command of a side for a person to type.
func (st *story) command(p comity.Party, format string, args ...any) {
	st.line(4, "%s --dir %s %s", itself(), filepath.Join(st.dir, string(p)), fmt.Sprintf(format, args...))
}

func (st *story) verifiers() {
	file, trust := filepath.Join(st.dir, "case.comity"), filepath.Join(st.dir, "trust.json")
	st.line(4, "%s verify %s --trust %s", itself(), file, trust)
	st.line(4, "python3 docs/spec/verify.py %s --trust %s", file, trust)
}

// hints says what to try while both nodes run.
func (st *story) hints() {
	st.gap()
	st.rule("═")
	st.split(" Both nodes are still running. In another terminal, try", "两个节点仍在运行，可在另一终端尝试 ")
	st.gap()
	st.line(4, "export COMITY_PASSPHRASE_FILE=%s", filepath.Join(st.dir, "passphrase"))
	st.command("us", "list")
	st.command("us", "show %s", st.ref)
	st.command("cn", "show %s", st.ref)
	st.command("cn", "acknowledge %s --seat %s", st.second, st.cn.seats[0])
	st.command("cn", "ask %s --field order.items[0].port --text 'Which?' --sole --sole-reason 'alone on shift' --seat %s", st.second, st.cn.seats[0])
	st.command("us", "show %s", st.second)
	st.command("us", "log heads")
	st.command("us", "doctor")
	st.verifiers()
	st.gap()
	if st.kept {
		st.line(1, "Ctrl-C stops both nodes.")
		return
	}
	st.line(1, "Ctrl-C stops both nodes and removes %s.", st.dir)
}

// closing says what has been left. Both nodes have stopped.
func (st *story) closing() {
	st.gap()
	st.rule("═")
	st.split(" The end. Both nodes have stopped, and their folders are closed.", "剧终。两个节点均已停止。 ")
	if !st.kept {
		return
	}
	st.gap()
	st.labelled(1, "story.txt", 14, "this text")
	st.labelled(1, "case.comity", 14, "the matter, to be checked offline by anyone with trust.json:")
	st.verifiers()
	st.labelled(1, "us, cn", 14, "each party's folder; look at it, or go on from here:")
	st.command("us", "list")
	st.command("cn", "show %s", st.ref)
	st.labelled(1, "passphrase", 14, "the file that opens the keys of both, for --passphrase-file")
}

// itself is how a person calls this program.
func itself() string {
	exe, err := os.Executable()
	if err != nil {
		return "comity"
	}
	if strings.Contains(exe, "go-build") {
		return "go run ./cmd/comity"
	}
	if found, err := exec.LookPath("comity"); err == nil {
		if found, err = filepath.EvalSymlinks(found); err == nil && found == exe {
			return "comity"
		}
	}
	return os.Args[0]
}
