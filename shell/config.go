package shell

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"comity"
	"comity/disk"
)

// PolicyName is the file of the party's own policy in a node's folder. Without
// it the one that comes with the program holds.
const PolicyName = "policy.cedar"

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
func (a *App) Now() time.Time {
	if a.Clock != nil {
		return a.Clock()
	}
	return time.Now()
}

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
