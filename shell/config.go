package shell

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"comity"
	"comity/disk"
)

// A Config is the whole of a node's configuration, comity.json in its folder.
// Nothing else is configured anywhere. An unknown field is an error.
type Config struct {
	// Party is who we are, as in every peer's records.
	Party comity.Party `json:"party"`

	// Database is a file in the node's folder, or a postgres:// URL when
	// several replicas serve one party.
	Database string `json:"database"`

	// Link is the address on which peers reach us, such as ":8440".
	Link string `json:"link"`

	// Ops is the address for health and metrics; keep it on loopback.
	Ops string `json:"ops"`

	// Desk is the page on which officers work; without it there are only commands.
	Desk Desk `json:"desk,omitzero"`

	// Private lets us connect to peers at loopback and private addresses, as a
	// demo on one machine must. Leave it false where peers are abroad.
	Private bool `json:"private"`

	// Seats divides national roles and clearances among our seats; see package
	// policy. While it is left out, every seat that may release has every role,
	// as in a small party nobody else could.
	Seats map[comity.Seat]Powers `json:"seats,omitempty"`

	// Quota is how many bytes of files each peer may have waiting here.
	Quota int64 `json:"quota"`
}

// Powers are what a seat may do at home, beside its roles on the roster.
type Powers struct {
	Roles []string `json:"roles,omitempty"` // central, prosecutor, legal, head, principal, auditor
	Level string   `json:"level,omitempty"` // restricted: it may read TLP:RED
}

// A Desk is where browsers reach us.
type Desk struct {
	Listen      string `json:"listen"`                // an address, such as "127.0.0.1:8443"
	URL         string `json:"url"`                   // as browsers have it; passkeys are bound to its host
	Certificate string `json:"certificate,omitempty"` // PEM, in the node's folder; without it only loopback is served
	Key         string `json:"key,omitempty"`
}

// DeskURL is where browsers reach us; empty if they do not.
func (c Config) DeskURL() string { return c.Desk.URL }

// check says what is wrong with the desk's address.
func (d Desk) check() error {
	if d == (Desk{}) {
		return nil
	}
	host, _, err := net.SplitHostPort(d.Listen)
	if err != nil {
		return comity.Fieldf("desk.listen", "%q is not an address such as %q", d.Listen, "127.0.0.1:8443")
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" {
		return comity.Fieldf("desk.url", "%q is not an origin such as %q", d.URL, "https://desk.us.example:8443")
	}
	loopback := host == "localhost" || net.ParseIP(host).IsLoopback()
	switch {
	case (d.Certificate == "") != (d.Key == ""):
		return comity.Fieldf("desk.certificate", "a certificate needs its key, and the key its certificate")
	case d.Certificate == "" && !loopback:
		return comity.Fieldf("desk.certificate", "it is missing: without TLS the desk listens on loopback only, such as 127.0.0.1:8443")
	case (u.Scheme == "https") != (d.Certificate != "") && !loopback:
		return comity.Fieldf("desk.url", "its scheme must be https where there is a certificate")
	}
	return nil
}

// In is a file that is named from a folder.
func In(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// PolicyName is the file of the party's own policy in a node's folder. Without
// it the one that comes with the program holds.
const PolicyName = "policy.cedar"

// ConfigName is the configuration's file in a node's folder.
const ConfigName = "comity.json"

// Config reads the node's configuration and checks every field before anything
// is opened.
func (a *App) Config() (Config, error) {
	name := filepath.Join(a.Dir, ConfigName)
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, comity.Errorf(comity.NotFound, "%s is not a node's folder: it has no %s; name one with --dir, or make one with comity init", a.Dir, ConfigName)
	}
	if err != nil {
		return Config{}, err
	}
	var c Config
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("%s: %w", name, misfit(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return Config{}, comity.Errorf(comity.Invalid, "%s: it goes on after its closing brace", name)
	}
	if err := c.Check(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// misfit says in our words what encoding/json could not read.
func misfit(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return comity.Fieldf(e.Field, "a JSON %s stands where something else should", e.Value)
	}
	if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok { // encoding/json has no type for it
		return comity.Errorf(comity.Invalid, "there is no field %s; perhaps it is misspelt", field)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return comity.Errorf(comity.Invalid, "it stops being JSON at byte %d", e.Offset)
	}
	return comity.Errorf(comity.Invalid, "it is not whole")
}

// Check says what is wrong with the first field that is not as it must be.
func (c Config) Check() error {
	if _, err := comity.ParseParty(string(c.Party)); err != nil {
		return err
	}
	if c.Database == "" {
		return comity.Fieldf("database", "it is empty; name a file such as %q, or a postgres:// URL", "comity.db")
	}
	for _, x := range []struct{ field, addr string }{{"link", c.Link}, {"ops", c.Ops}} {
		if _, _, err := net.SplitHostPort(x.addr); err != nil {
			return comity.Fieldf(x.field, "%q is not an address such as %q", x.addr, "127.0.0.1:8440")
		}
	}
	if err := c.Desk.check(); err != nil {
		return err
	}
	if c.Quota < 1<<20 {
		return comity.Fieldf("quota", "%d bytes is less than 1048576", c.Quota)
	}
	return nil
}

// Write writes the configuration into a node's folder.
func (c Config) Write(dir string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, ConfigName), append(b, '\n'), 0o600)
}

// DatabaseURL returns where the records are, with a file's path made whole.
func (c Config) DatabaseURL(dir string) string {
	if strings.Contains(c.Database, "://") || filepath.IsAbs(c.Database) {
		return c.Database
	}
	return filepath.Join(dir, c.Database)
}

// Passphrase reads the passphrase that opens the key file described by what.
func (a *App) Passphrase(what string) (string, error) {
	if a.Pass != "" {
		f, err := os.Open(a.Pass)
		if err != nil {
			return "", disk.Error("passphrase-file", a.Pass, err)
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		s.Scan()
		if err := s.Err(); err != nil {
			return "", disk.Error("passphrase-file", a.Pass, err)
		}
		if s.Text() == "" {
			return "", comity.Fieldf("passphrase-file", "the first line of %s is empty", a.Pass)
		}
		return s.Text(), nil
	}
	in, ok := a.Stdin.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) {
		return "", Usagef("a passphrase is needed for %s: name its file with --passphrase-file or COMITY_PASSPHRASE_FILE", what)
	}
	return a.ask(int(in.Fd()), "passphrase for "+what)
}

// NewPassphrase reads the passphrase that is to lock keys which are being made. A
// slip at the terminal would lock them for ever, so there it is asked for twice.
func (a *App) NewPassphrase(what string) (string, error) {
	pass, err := a.Passphrase(what)
	if err != nil || a.Pass != "" {
		return pass, err
	}
	again, err := a.ask(int(a.Stdin.(*os.File).Fd()), "the same again")
	if err == nil && again != pass {
		err = comity.Fieldf("passphrase", "the two are not the same; nothing was made")
	}
	return pass, err
}

// ask asks on a terminal, until whoever sits there ends it.
func (a *App) ask(fd int, what string) (string, error) {
	before, err := term.GetState(fd)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(a.Stderr, "%s: ", what)
	var b []byte
	done := make(chan struct{})
	go func() {
		defer close(done)
		b, err = term.ReadPassword(fd)
	}()
	select {
	case <-a.Ctx.Done():
		fmt.Fprintln(a.Stderr)
		return "", errors.Join(ErrInterrupted, term.Restore(fd, before)) // with what is typed shown
	case <-done:
		fmt.Fprintln(a.Stderr)
		return string(b), err
	}
}

// Now is the one place where a command reads the clock.
func (a *App) Now() time.Time { return time.Now() }

// Print writes one result: v as JSON with --json, or else text.
func (a *App) Print(v any, format string, args ...any) error {
	a.printed = true
	if a.JSON {
		e := json.NewEncoder(a.Stdout)
		e.SetEscapeHTML(false)
		return e.Encode(v)
	}
	_, err := fmt.Fprintf(a.Stdout, format, args...)
	return err
}
