package main

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
)

// The demo is two parties on this machine. Each has its own node process, and
// its officers use the same verbs on its database as every command does. The
// demo reads both databases before it says what became of anything; what it
// finds otherwise than it says is an error, and ends it.

// storyTime is how long the story may take.
const storyTime = 2 * time.Minute

// demo plays one request between two parties, from the first draft to the case
// file, with two real nodes.
func (a *app) demo(args []string) error {
	fs := a.flags("demo")
	exit := fs.Bool("exit", false, "end after the story; the default unless standard output is a terminal")
	out := fs.String("out", "", "an empty or new folder, to keep the story, the case file and both nodes in")
	how := fs.Bool("how", false, "say after every move how each clock was computed")
	if _, err := parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	if a.json {
		return usagef("demo: it tells a story, which has no JSON; comity show REF --json has")
	}
	stay := !*exit && terminal(a.stdout)
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
		teller: &teller{screen: a.stdout, file: file, colour: terminal(a.stdout) && os.Getenv("NO_COLOR") == "", how: *how},
		dir:    dir,
	}
	err = a.play(st, stay)
	switch {
	case err == nil && *out == "":
		return os.RemoveAll(dir)
	case err != nil:
		fmt.Fprintf(a.stderr, "comity: what there is has been left in %s\n", dir)
	}
	return err
}

func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
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
		return "", comity.Fieldf("out", "%v", err)
	}
	return out, os.MkdirAll(out, 0o700)
}

// play tells the story, and stays until it is interrupted if it is to.
func (a *app) play(st *story, stay bool) (err error) {
	ctx, cancel := context.WithTimeout(a.ctx, storyTime)
	defer cancel()
	st.ctx = ctx
	if err := st.cast(a); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.end(err != nil)) }()
	st.opening()
	for i, s := range scenes() {
		st.scene(i+1, s)
		if err := s.play(st); err != nil {
			return fmt.Errorf("demo, scene %d (%s): %w", i+1, s.en, err)
		}
	}
	st.closing(stay)
	if st.err != nil || !stay {
		return st.err
	}
	select {
	case <-a.ctx.Done():
		return nil
	case p := <-st.died():
		return comity.Errorf(comity.Unavailable, "the node of %s has ended; see %s", p, filepath.Join(st.dir, string(p), "node.log"))
	}
}

// A story is one run of the demo.
type story struct {
	*teller
	ctx    context.Context
	dir    string
	us, cn *side
	mozi   published

	ref, second comity.Ref        // the two matters
	sent        map[string][]byte // files of the answer, by name
}

// cast makes the folders and the lines, and nothing else: that is scene 1.
func (st *story) cast(a *app) error {
	var err error
	if st.mozi, err = readMozi(); err != nil {
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
		s.app = app{ctx: st.ctx, dir: filepath.Join(st.dir, string(s.party)), pass: pass, stdin: strings.NewReader("")}
		if s.line, err = newLine(); err != nil {
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

// end stops what runs and leaves both folders closed and ready to go on.
func (st *story) end(failed bool) error {
	return st.each(func(s *side) error {
		var err error
		if s.proc != nil {
			err = s.proc.stop()
		}
		s.line.close()
		if s.node == nil {
			return err
		}
		s.node.Close()
		if failed {
			return err
		}
		// The peer calls where the demo's line was; from now on the node itself
		// listens there.
		c := s.node.Config
		c.Link = s.line.addr()
		return errors.Join(err, c.write(s.app.dir))
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
		"Every claim below was read back from the databases of both before it was printed.")
	st.gap()
	st.para(1, "The identifiers are real and published: %s, “%s”, %s (MISP event %s, %s, %s). Who did what is not said there as a finding, "+
		"and nothing of the kind is said here: this story accuses no state and nobody.", p.Publisher, p.Title, p.Date, p.Event, p.Repository, p.Licence)
	st.para(1, "The request and the answers are invented. No government has made or answered it, and every time limit is a proposal. "+
		"Officers appear as seats and roles, never by name.")
	st.gap()
	st.para(1, "所列标识符均为已公开发表的资料；请求与答复均属虚构，不指控任何国家或个人。")
}

// closing says what has been left, or what to try.
func (st *story) closing(stay bool) {
	self, dir := itself(), st.dir
	in := func(p, rest string) { st.line(4, "%s --dir %s %s", self, filepath.Join(dir, p), rest) }
	st.gap()
	st.rule("═")
	if !stay {
		st.line(1, "The end. Both nodes have stopped and their folders are closed.                       剧终。")
		st.gap()
		st.para(1, "With --out DIR, this is in DIR: story.txt (this text), case.comity, trust.json, us and cn (each node's folder), "+
			"passphrase (of all keys). Look at both sides with")
		in("us", "show "+string(st.ref))
		in("cn", "list")
		st.line(1, "and check the case file, with nothing else of ours, by")
		st.line(4, "%s verify %s --trust %s", self, filepath.Join(dir, "case.comity"), filepath.Join(dir, "trust.json"))
		st.line(4, "python3 docs/spec/verify.py %s --trust %s", filepath.Join(dir, "case.comity"), filepath.Join(dir, "trust.json"))
		return
	}
	st.line(1, "Both nodes are still running. In another terminal, try              两个节点仍在运行，可在另一终端尝试")
	st.gap()
	st.line(4, "export COMITY_PASSPHRASE_FILE=%s", filepath.Join(dir, "passphrase"))
	in("cn", "list")
	in("us", "show "+string(st.ref))
	in("cn", fmt.Sprintf("acknowledge %s --seat %s", st.second, st.cn.seats[0]))
	in("us", fmt.Sprintf("show %s", st.second))
	in("cn", fmt.Sprintf("ask %s --field items[0].from --text 'Is this UTC?' --seat %s", st.second, st.cn.seats[0]))
	in("cn", fmt.Sprintf("approve D-N --seat %s --send", st.cn.seats[1]))
	in("us", "log heads")
	in("us", "doctor")
	st.line(4, "%s verify %s --trust %s", self, filepath.Join(dir, "case.comity"), filepath.Join(dir, "trust.json"))
	st.gap()
	st.line(1, "Ctrl-C stops both nodes.")
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
