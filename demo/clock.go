package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"comity/shell"
)

// A dial is the clock of both sides. It may be set back for what happened before, and
// from then on goes forward only.
type dial struct{ behind atomic.Int64 }

func (d *dial) now() time.Time { return time.Now().Add(-time.Duration(d.behind.Load())) }

// to sets it to a time that has passed.
func (d *dial) to(at time.Time) { d.behind.Store(max(0, int64(time.Since(at)))) }

// on moves it forward to a time, and never back.
func (d *dial) on(at time.Time) {
	if at.After(d.now()) {
		d.to(at)
	}
}

// serve runs the side's node in this process, by the clock of the story: a process of
// its own has none but the machine's.
func (s *side) serve() error {
	log, err := os.OpenFile(filepath.Join(s.app.Dir, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(s.app.Ctx)
	out, in := io.Pipe()
	a := &shell.App{Ctx: ctx, Dir: s.app.Dir, Pass: s.app.Pass, JSON: true, Stdin: s.app.Stdin, Stdout: in, Stderr: log, Clock: s.app.Clock}
	ended := make(chan error, 1)
	go func() {
		err := s.app.run(a, []string{"serve"})
		in.CloseWithError(io.EOF) // it may not have begun
		ended <- err
	}()
	s.here = func() error {
		stop()
		s.here = nil
		return errors.Join(<-ended, log.Close())
	}
	var up struct{ Link string }
	lines := bufio.NewReader(out)
	line, err := lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &up)
	}
	if err != nil {
		return errors.Join(s.here(), err)
	}
	go io.Copy(io.Discard, lines)
	s.line.To(up.Link)
	return nil
}

func (s *side) pid() int {
	if s.proc == nil {
		return os.Getpid()
	}
	return s.proc.cmd.Process.Pid
}

// today has both nodes run by the machine's clock again, each in its own process.
func (st *story) today() error {
	return st.each(func(s *side) error {
		if err := s.here(); err != nil {
			return err
		}
		st.clock.to(time.Now())
		return s.start()
	})
}
