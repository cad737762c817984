package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const passphrase = "correct horse battery"

// A pair is two parties, us and cn, each in a folder of its name.
type pair struct {
	binary string
	dir    string
	ops    map[string]string
}

// build makes the program whose processes are measured.
func build(ctx context.Context, dir string) (string, error) {
	name := filepath.Join(dir, "comity")
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", name, "./cmd/comity")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%v: %s", err, out)
	}
	return name, nil
}

// newPair sets two parties up as docs/tour.md does, by commands.
func newPair(ctx context.Context, binary, dir string) (*pair, error) {
	p := &pair{binary: binary, dir: dir, ops: map[string]string{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(p.path("pass"), []byte(passphrase+"\n"), 0o600); err != nil {
		return nil, err
	}
	for _, x := range []struct{ party, en, zh, zone string }{{"us", "United States", "美国", "America/New_York"}, {"cn", "China", "中国", "Asia/Shanghai"}} {
		link, err := free()
		if err != nil {
			return nil, err
		}
		if p.ops[x.party], err = free(); err != nil {
			return nil, err
		}
		if _, err := p.run(ctx, x.party, "init", "--party", x.party, "--name-en", x.en, "--name-zh", x.zh, "--zone", x.zone,
			"--agency", x.party+"-24-7", "--seats", x.party+"-24-7-01,"+x.party+"-24-7-02", "--link", link, "--ops", p.ops[x.party], "--private"); err != nil {
			return nil, err
		}
		if _, err := p.run(ctx, x.party, "party", "export", p.path(x.party+".party")); err != nil {
			return nil, err
		}
	}
	var number string
	for _, x := range []struct{ party, peer string }{{"us", "cn"}, {"cn", "us"}} {
		if _, err := p.run(ctx, x.party, "party", "import", p.path(x.peer+".party")); err != nil {
			return nil, err
		}
		out, err := p.run(ctx, x.party, "peers", x.peer, "--json")
		if err != nil {
			return nil, err
		}
		var said struct{ Number string }
		if err := json.Unmarshal(out, &said); err != nil {
			return nil, err
		}
		number = said.Number
	}
	for _, x := range []struct{ party, peer string }{{"us", "cn"}, {"cn", "us"}} {
		for _, seat := range []string{"-24-7-01", "-24-7-02"} {
			if _, err := p.run(ctx, x.party, "peer", "confirm", x.peer, "--number", number, "--seat", x.party+seat); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

func (p *pair) path(name string) string { return filepath.Join(p.dir, name) }

// run runs one command of a party.
func (p *pair) run(ctx context.Context, party string, args ...string) ([]byte, error) {
	c := exec.CommandContext(ctx, p.binary, append([]string{"--dir", p.path(party), "--passphrase-file", p.path("pass")}, args...)...)
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("comity %s: %v: %s", strings.Join(args, " "), err, said.String())
	}
	return out.Bytes(), nil
}

func free() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// A process is comity serve.
type process struct {
	cmd   *exec.Cmd
	ops   string
	began time.Time
	log   string
}

// serve starts a party's node, and returns at once.
func (p *pair) serve(party string, args ...string) (*process, error) {
	s := &process{ops: p.ops[party], log: p.path(party + ".log")}
	log, err := os.OpenFile(s.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	s.cmd = exec.Command(p.binary, append([]string{"--dir", p.path(party), "--passphrase-file", p.path("pass"), "serve"}, args...)...)
	s.cmd.Stderr = log
	s.began = time.Now()
	return s, s.cmd.Start()
}

// ready waits until the node says that it is, and returns how long that took
// from the start of its process.
func (s *process) ready(ctx context.Context) (time.Duration, error) {
	for time.Since(s.began) < time.Minute && ctx.Err() == nil {
		w, err := http.Get("http://" + s.ops + "/readyz")
		if err == nil {
			w.Body.Close()
			if w.StatusCode == http.StatusOK {
				return time.Since(s.began), nil
			}
		}
		time.Sleep(2 * time.Millisecond)
	}
	b, _ := os.ReadFile(s.log)
	return 0, errors.Join(ctx.Err(), fmt.Errorf("the node is not ready: %s", b[max(0, len(b)-2000):]))
}

// stop ends the node as an operator does; kill, as a power cut.
func (s *process) stop() error {
	s.cmd.Process.Signal(syscall.SIGTERM)
	return s.cmd.Wait()
}

func (s *process) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// memory returns a figure of /proc/PID/status, such as VmHWM, in MiB.
func (s *process) memory(name string) float64 {
	kib, _, _ := strings.Cut(field(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid), name), " ")
	n, _ := strconv.ParseFloat(kib, 64)
	return n / 1024
}

// processor returns how much processor time the node has had.
func (s *process) processor() time.Duration {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // the kernel counts in hundredths
}

// busy returns how much processor time everybody on the machine has had.
func busy() (sum time.Duration) {
	b, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(b), "\n")
	for i, f := range strings.Fields(line) { // cpu user nice system idle iowait irq softirq steal guest…
		if n, err := strconv.Atoi(f); err == nil && i != 4 && i != 5 && i < 8 {
			sum += time.Duration(n) * 10 * time.Millisecond
		}
	}
	return sum
}

// A rusage is how much processor time this process has had.
type rusage struct{ syscall.Rusage }

func (r *rusage) read() { syscall.Getrusage(syscall.RUSAGE_SELF, &r.Rusage) }

func (r *rusage) total() time.Duration { return time.Duration(r.Utime.Nano() + r.Stime.Nano()) }
