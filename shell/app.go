// Package shell is what every command has in common: how a person calls it, how
// it answers, and the party's folder that it opens.
//
// An App is one call, with its folder, its flags and its three streams. A Node is
// the folder, opened: configuration, keys, record, vault, and the keeper of the
// record. Whoever looks at a matter, officer or doctor, looks at it through
// Node.History. The rules of this terminal:
//
//   - Results go to standard output, and nothing else does; with --json each
//     result is one JSON value, and of a command that fails {"error", "field",
//     "status"}. Everything else goes to standard error, after "comity: ".
//   - A question is asked only on a terminal. A passphrase is read from
//     --passphrase-file, COMITY_PASSPHRASE_FILE or the terminal, never from
//     an argument, which other users of the machine could see.
//   - The exit status says who can act; see Status.
package shell

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"

	"comity"
)

// An App is one invocation.
type App struct {
	Ctx    context.Context
	Dir    string // the node's folder
	Here   string // the folder that is looked at unless --dir names another
	JSON   bool
	Lang   string // of what is printed: en or zh
	Pass   string // file of the passphrase
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	// Of a face that calls many commands: the node, open already, and the seat that
	// has shown who it is. No key file is opened then, and --seat may be left out.
	Node *Node
	Seat comity.Seat
	Told func(done int) // hears how far long work has come; nil: a person at the terminal does

	// Clock is another than the machine's; nil: the machine's. Only a program that sets
	// up what has happened before has one, and no flag of a command gives it.
	Clock func() time.Time

	// Asks is told the flags of a command that is called with -h, in place of a person:
	// so the API knows them.
	Asks func(*flag.FlagSet)

	printed bool // a result
}

// A Command does what its words and flags say.
type Command func(args []string) error

// Globals adds the flags that may stand before a command or after it.
func (a *App) Globals(fs *flag.FlagSet) {
	fs.BoolVar(&a.JSON, "json", a.JSON, "results as JSON")
	fs.Func("lang", "en or zh", func(s string) error {
		if s != "en" && s != "zh" {
			return fmt.Errorf("%q is neither en nor zh", s)
		}
		a.Lang = s
		return nil
	})
	fs.StringVar(&a.Dir, "dir", a.Dir, "the node's folder")
	fs.StringVar(&a.Pass, "passphrase-file", a.Pass, "file whose first line is the passphrase")
}

// Flags returns a command's flag set, which speaks as the rules above say.
func (a *App) Flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(a.Stderr)
	if a.Asks != nil {
		fs.Usage = func() { a.Asks(fs) }
	}
	a.Globals(fs)
	return fs
}

// Parse parses args, letting flags and words mix, and returns the words. It
// complains unless there are between least and most of them.
func Parse(fs *flag.FlagSet, args []string, least, most int, what string) ([]string, error) {
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, WrapUsage(err)
		}
		if fs.NArg() == 0 {
			break
		}
		words = append(words, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(words) < least || most >= 0 && len(words) > most {
		return nil, Usagef("%s: give %s", fs.Name(), what)
	}
	return words, nil
}

var typed = regexp.MustCompile(`\bcomity ([a-z]+)`)

// Typed returns text with the commands that it speaks of as they must be typed
// to reach the folder that this one reached.
func (a *App) Typed(text string) string {
	if a.Dir == a.Here {
		return text
	}
	dir := a.Dir
	if strings.ContainsFunc(dir, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("./_-+:@", r)
	}) {
		dir = "'" + strings.ReplaceAll(dir, "'", `'\''`) + "'"
	}
	return typed.ReplaceAllStringFunc(text, func(s string) string {
		if s == "comity help" || s == "comity verify" {
			return s // they need no folder
		}
		return strings.Replace(s, " ", " --dir "+dir+" ", 1)
	})
}

// Fail tells why a command failed; with --json a program too, unless it has its
// result already.
func (a *App) Fail(err error) {
	a.Note("%v", err)
	if a.JSON && !a.printed {
		field := ""
		if e, ok := errors.AsType[*comity.Error](err); ok {
			field = e.Field
		}
		_ = a.Print(struct {
			Error  string `json:"error"`
			Field  string `json:"field,omitempty"`
			Status int    `json:"status"`
		}{a.Typed(err.Error()), field, Status(err)}, "") // who does not listen was told above
	}
}

// Note tells a person something that is no result.
func (a *App) Note(format string, args ...any) {
	fmt.Fprintf(a.Stderr, "comity: %s\n", a.Typed(fmt.Sprintf(format, args...)))
}

// errUsage wraps what a person typed wrong; its exit status is 2.
type errUsage struct{ error }

// ErrFound says that verify or doctor found a fault and has reported it.
var ErrFound = errors.New("a fault was found")

// ErrBlocked says that check found what keeps a request from leaving, and has
// reported it.
var ErrBlocked = errors.New("the request cannot be released as it is")

// ErrInterrupted says that whoever called a command ended it.
var ErrInterrupted = errors.New("interrupted")

// Usagef says what a person typed wrong.
func Usagef(format string, args ...any) error { return errUsage{fmt.Errorf(format, args...)} }

// WrapUsage makes what a flag set complains of wrong usage. To ask for help is
// none.
func WrapUsage(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return errUsage{err}
}

// Status returns the exit status that an error has.
func Status(err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if _, ok := errors.AsType[errUsage](err); ok {
		return 2
	}
	if errors.Is(err, ErrFound) {
		return 8
	}
	if errors.Is(err, ErrInterrupted) {
		return 130 // as a shell has it of one that SIGINT ended
	}
	switch k, _ := errors.AsType[comity.Trouble](err); k {
	case comity.Invalid, comity.TooMuch:
		return 3
	case comity.Conflict:
		return 4
	case comity.Forbidden, comity.Untrusted:
		return 5
	case comity.NotFound:
		return 6
	case comity.Unavailable:
		return 7
	}
	return 1
}
