package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"comity"
	"comity/demo/cable"
	"comity/keyring"
	"comity/shell"
)

// A side is one party of the demo.
type side struct {
	party      comity.Party
	name       comity.Name
	zone, city string
	loc        *time.Location
	seats      [2]comity.Seat // of the story; their keys are in files
	desks      [2]comity.Seat // of who comes to the desk afterwards, with a passkey

	app      app // says which folder and passphrase
	line     *cable.Line
	proc     *process
	here     func() error // ends the node that runs in this process, while it is another day
	node     *node        // the folder opened beside the running process, as a command does
	officers [2]*keyring.Officer
}

func newSide(p comity.Party, name comity.Name, zone, city string) *side {
	s := &side{party: p, name: name, zone: zone, city: city}
	for i := range s.seats {
		s.seats[i] = comity.Seat(fmt.Sprintf("%s-24-7-%02d", p, i+1))
		s.desks[i] = comity.Seat(fmt.Sprintf("%s-24-7-%02d", p, i+3))
	}
	return s
}

// roles says what the officers at some seats are called, at this hour of the
// capital.
func (s *side) roles(seats []comity.Seat, at time.Time) string {
	shift := "late shift"
	switch h := at.In(s.loc).Hour(); {
	case h < 6 || h >= 22:
		shift = "night shift"
	case h < 14:
		shift = "day shift"
	}
	var list []string
	for _, x := range seats {
		if x == s.seats[0] {
			list = append(list, "duty officer")
		} else {
			list = append(list, "second officer")
		}
	}
	return strings.Join(list, " and ") + ", " + shift
}

// do runs a command of this side in this process and returns what it printed.
func (s *side) do(args ...string) (string, error) {
	var out, errs strings.Builder
	a := *s.app.App
	a.Stdout, a.Stderr = &out, &errs
	err := s.app.run(&a, args)
	if err != nil && !errors.Is(err, shell.ErrFound) && errs.Len() > 0 {
		err = fmt.Errorf("%w (%s)", err, strings.TrimSpace(errs.String()))
	}
	return out.String(), err
}

// start runs the side's node and waits until it listens.
func (s *side) start() error {
	var err error
	if s.proc, err = startProcess(s.app.Dir, s.app.Pass); err != nil {
		return fmt.Errorf("the node of %s: %w", s.party, err)
	}
	s.line.To(s.proc.link)
	return nil
}

// A process is a running node.
type process struct {
	cmd  *exec.Cmd
	link string
	gone chan struct{} // closed when it has ended
	err  error         // of its end
	dead atomic.Bool   // we killed it
}

const startsWithin = 20 * time.Second

// startProcess runs serve in a process group of its own, so that an interrupt at
// the terminal reaches the demo, which then stops its nodes.
func startProcess(dir, pass string) (*process, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	log, err := os.OpenFile(filepath.Join(dir, "node.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p := &process{cmd: exec.Command(exe, "--dir", dir, "--passphrase-file", pass, "--json", "serve", "--attached"), gone: make(chan struct{})}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Stderr = log
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.cmd.Stdout = in
	// It ends with us, whatever ends us: this pipe closes.
	if _, err := p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	err = p.cmd.Start()
	in.Close()
	if err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.gone)
	}()
	var up struct{ Link string }
	var first []byte
	if err = out.SetReadDeadline(time.Now().Add(startsWithin)); err == nil {
		first, err = bufio.NewReader(out).ReadBytes('\n')
	}
	if err == nil {
		err = json.Unmarshal(first, &up)
	}
	if err != nil {
		if kerr := p.kill(); kerr != nil && !errors.Is(kerr, syscall.ESRCH) { // it may have ended by itself
			err = fmt.Errorf("%w; and it was not killed: %w", err, kerr)
		}
		return nil, comity.Errorf(comity.Unavailable, "it does not start (%v); see %s", err, log.Name())
	}
	p.link = up.Link
	return p, nil
}

// kill ends the process as a power cut would, and waits until it is gone.
func (p *process) kill() error {
	p.dead.Store(true)
	err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.gone
	return err
}

// stop lets the process finish what it is doing.
func (p *process) stop() error {
	select {
	case <-p.gone:
		if p.dead.Load() {
			return nil
		}
		return comity.Errorf(comity.Unavailable, "process %d has ended by itself (%v)", p.cmd.Process.Pid, p.err)
	default:
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-p.gone:
		if p.dead.Load() {
			return nil
		}
		return p.err
	case <-time.After(15 * time.Second):
		return errors.Join(comity.Errorf(comity.Unavailable, "process %d did not stop when it was told to, and was killed", p.cmd.Process.Pid), p.kill())
	}
}
