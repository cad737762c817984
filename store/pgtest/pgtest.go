// Package pgtest runs a private PostgreSQL 15 for tests and demonstrations: the
// real server, with its durability on, on the loopback interface only.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

const bin = "/usr/lib/postgresql/15/bin"

// The cluster of this process is started by the first test that asks for it.
var cluster = sync.OnceValues(func() (*server, error) {
	dir, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, err
	}
	return start(dir, true)
})

// URL returns the address of a new, empty database, which is dropped when the test
// ends. All tests of a process share one server; it goes when the process does,
// even if that is killed.
func URL(t testing.TB) string {
	t.Helper()
	c, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	address := c.address
	name := "t" + strings.ToLower(rand.Text())
	if err := Exec(context.Background(), address, "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Exec(context.Background(), address, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

// Exec runs one SQL statement on a connection of its own.
func Exec(ctx context.Context, address, query string) error {
	c, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	defer c.Close(ctx)
	_, err = c.Exec(ctx, query)
	return err
}

// Start runs a server whose data are in dir, and makes them if dir is empty. If we
// are root, dir will belong to the user postgres, who must be able to enter the
// folders above it.
func Start(dir string) (address string, stop func() error, err error) {
	s, err := start(dir, false)
	if err != nil {
		return "", nil, err
	}
	return s.address, s.stop, nil
}

func start(dir string, private bool) (*server, error) {
	if _, err := os.Stat(filepath.Join(bin, "postgres")); err != nil {
		return nil, fmt.Errorf("PostgreSQL 15 is missing: apt-get install postgresql-15 (%w)", err)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir, data: filepath.Join(dir, "data"), private: private}
	if err := s.own(); err != nil {
		return nil, err
	}
	if err := s.initdb(); err != nil {
		return nil, err
	}
	for range 5 { // another process may take the port before the server does
		if err = s.run(); err == nil {
			return s, nil
		}
	}
	return nil, err
}

type server struct {
	dir, data string
	private   bool // dies, and is removed, with this process
	as        *syscall.Credential
	password  string
	address   string
	cmd       *exec.Cmd
	lifeline  *os.File
}

// own gives dir to a user who may run PostgreSQL: it refuses to run as root.
func (s *server) own() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil || os.Geteuid() != 0 {
		return err
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return fmt.Errorf("root may not run PostgreSQL, and there is no user postgres: %w", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	s.as = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(s.dir, uid, gid)
}

func (s *server) command(name string, arg ...string) *exec.Cmd {
	cmd := exec.Command(name, arg...)
	cmd.Dir = s.dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	return cmd
}

func (s *server) initdb() error {
	secret := filepath.Join(s.dir, "password")
	if b, err := os.ReadFile(secret); err == nil {
		s.password = string(b)
		return nil
	}
	s.password = rand.Text()
	if err := os.WriteFile(secret, []byte(s.password), 0o600); err != nil {
		return err
	}
	if s.as != nil {
		if err := os.Chown(secret, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return err
		}
	}
	said, err := s.command(filepath.Join(bin, "initdb"), "-D", s.data, "-U", "comity", "-A", "scram-sha-256", "--pwfile="+secret,
		"--encoding=UTF8", "--locale=C.UTF-8", "--no-sync").CombinedOutput()
	if err != nil {
		os.Remove(secret)
		return fmt.Errorf("initdb in %s: %w\n%s", s.dir, err, said)
	}
	return nil
}

func (s *server) run() error {
	port, err := freePort()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	s.cmd = s.command(filepath.Join(bin, "postgres"), "-D", s.data, "-c", "listen_addresses=127.0.0.1", "-c", "port="+port,
		"-c", "unix_socket_directories="+s.dir, "-c", "fsync=on", "-c", "max_connections=200", "-c", "shared_buffers=32MB")
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		return err
	}
	s.address = "postgres://comity:" + s.password + "@127.0.0.1:" + port + "/postgres?sslmode=disable"
	if err := s.up(); err != nil {
		s.stop()
		return err
	}
	if s.private {
		return s.guard()
	}
	return nil
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

func (s *server) up() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		err := Exec(ctx, s.address, "SELECT 1")
		if err == nil {
			return nil
		}
		if s.exited() {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("PostgreSQL did not start: %w\n%s", err, log)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("PostgreSQL did not answer: %w", err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// exited asks the kernel rather than wait in a goroutine, which tests that look
// for leaks would find.
func (s *server) exited() bool {
	pid, err := syscall.Wait4(s.cmd.Process.Pid, nil, syscall.WNOHANG, nil)
	return pid != 0 && err != syscall.EINTR
}

// guard starts a process that reads from us until we are no more, and then ends
// the server and removes its data.
func (s *server) guard() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	sh := exec.Command("/bin/sh", "-c", `read _; kill -QUIT "$1"; while kill -0 "$1"; do sleep 0.1; done; rm -rf "$2"`, "sh", strconv.Itoa(s.cmd.Process.Pid), s.dir)
	sh.Stdin = r
	sh.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := sh.Start(); err != nil {
		return errors.Join(err, s.stop())
	}
	s.lifeline = w // reachable as long as the process lives, or the garbage collector would close it
	return nil
}

func (s *server) stop() error {
	s.cmd.Process.Signal(syscall.SIGINT) // "fast": roll back, flush, leave
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if s.exited() {
			return nil
		}
	}
	s.cmd.Process.Kill()
	return fmt.Errorf("PostgreSQL in %s did not stop", s.dir)
}
