// Command comity is a party's node, and the desk at which its officers work.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a node must know both capitals' time without the machine's help

	"comity"
)

// The rules of this terminal:
//
//   - Results go to standard output, and nothing else does; with --json each
//     result is one JSON value. Everything else goes to standard error,
//     after "comity: ".
//   - A question is asked only on a terminal. A passphrase is read from
//     --passphrase-file, COMITY_PASSPHRASE_FILE or the terminal, never from
//     an argument, which other users of the machine could see.
//   - The exit status says who can act; see usage.

const usage = `comity lets one country ask another for help against cybercrime, provably.

Usage: comity [--dir DIR] [--json] [--passphrase-file FILE] COMMAND [ARGUMENTS]

See it work
  demo [--exit] [--out DIR]     two parties on this machine, one whole request

Set up a party
  init --party P --name-en N --name-zh N --zone Z --city C --agency A --seats S,S
                                make keys, roster and database in DIR
  party export FILE             write our party file, to give to a peer
  party import FILE             take in a peer's party file: the pair is pending
  peers [PARTY]                 list peers, or show one: state, pair number, profile
  peer confirm PARTY --number DIGITS --seat S
                                say that the 60 digits were read over two channels;
                                two seats make the pair confirmed
  peer freeze PARTY --reason R  stop believing a peer's node key, now
  peer resume PARTY [--write FILE | --read FILE]
                                go on after a freeze or a halt, by both roots
  key rotate node|prekey        make a new key and announce it to every peer
  seat add|revoke|list          change the roster, by two registrars
  serve                         run the node until interrupted

Ask and answer
  draft FILE --to P --seat S    begin a request from JSON; --example prints one
  check FILE|DRAFT              say what a request still lacks, with citations
  acknowledge REF --seat S      a seat has it
  ask REF --field F --text T    ask for what is missing; the clock pauses
  supplement REF --text T       give it; the clock goes on
  accept REF                    take the request for execution
  answer REF --file FILE        answer item by item; --final or --partial
  refuse REF --ground G         refuse, as the basis allows
  extend REF --until T --reason R
                                the asker: the hold; the asked side: its deadline
  withdraw REF --reason R       take the request back
  release REF --reason R        give the hold back: it is needed no longer
  close REF [feedback flags]    end the matter with feedback
  countersign REF --of ID       uphold or withdraw a sole-emergency release
  note REF --text T             add a fact that moves nothing
  attach DRAFT FILE...          add files to a draft
  approve DRAFT --seat S        sign it; two seats make it ready
  send DRAFT [--sole --reason R --seat S]
                                release it to the peer
  drop DRAFT                    throw a draft away
  drafts                        list what waits for a signature

Read
  list                          matters, what each waits for
  show REF                      one matter: clocks, items, timeline
  fetch REF [--out DIR]         decrypt a matter's files
  export REF --out FILE         write a case file
  verify FILE --trust TRUST     check a case file offline
  trust [--out FILE]            write the trust file of the peers we confirmed
  log [heads|items|prove|journal]
                                the channel logs and the internal journal

Keep it running
  stick write|read FILE --peer P  exchange by removable medium
  doctor                        check keys, clock, disk, database, peers and log
  backup FILE | restore FILE    copy the database out, or in
  version

Exit status: 0 done · 1 our own trouble · 2 wrong usage · 3 the input is at fault
4 the matter moved, look again · 5 not permitted or not trusted · 6 not found
7 not available now, try again · 8 verify or doctor found a fault
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// An app is one invocation.
type app struct {
	ctx    context.Context
	dir    string
	json   bool
	pass   string // file of the passphrase
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// errUsage wraps what a person typed wrong; its exit status is 2.
type errUsage struct{ error }

// errFound says that verify or doctor found a fault and has reported it.
var errFound = errors.New("a fault was found")

func usagef(format string, args ...any) error { return errUsage{fmt.Errorf(format, args...)} }

var commands = map[string]func(*app, []string) error{
	"demo": (*app).demo, "init": (*app).init, "party": (*app).party, "peers": (*app).peers, "peer": (*app).peer,
	"key": (*app).key, "seat": (*app).seat, "serve": (*app).serve,
	"draft": (*app).draft, "check": (*app).check, "acknowledge": (*app).acknowledge, "ask": (*app).ask,
	"supplement": (*app).supplement, "accept": (*app).accept, "answer": (*app).answer, "refuse": (*app).refuse,
	"extend": (*app).extend, "withdraw": (*app).withdraw, "release": (*app).release, "close": (*app).close,
	"countersign": (*app).countersign, "note": (*app).note, "attach": (*app).attach, "approve": (*app).approve,
	"send": (*app).send, "drop": (*app).drop, "drafts": (*app).drafts,
	"list": (*app).list, "show": (*app).show, "fetch": (*app).fetch, "export": (*app).export, "verify": (*app).verify,
	"trust": (*app).trust, "log": (*app).log, "stick": (*app).stick, "doctor": (*app).doctor, "backup": (*app).backup,
	"restore": (*app).restore, "version": (*app).version,
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &app{ctx: ctx, stdin: stdin, stdout: stdout, stderr: stderr}
	err := a.run(args)
	if err != nil && !errors.Is(err, errFound) && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stderr, "comity: %v\n", err)
	}
	return status(err)
}

func (a *app) run(args []string) error {
	fs := a.flags("comity")
	fs.StringVar(&a.dir, "dir", envOr("COMITY_DIR", "."), "the node's folder")
	fs.BoolVar(&a.json, "json", false, "results as JSON")
	fs.StringVar(&a.pass, "passphrase-file", os.Getenv("COMITY_PASSPHRASE_FILE"), "file whose first line is the passphrase")
	if err := fs.Parse(args); err != nil {
		return wrapUsage(err)
	}
	if fs.NArg() == 0 {
		fmt.Fprint(a.stderr, usage)
		return usagef("name a command")
	}
	if fs.Arg(0) == "help" {
		fmt.Fprint(a.stdout, usage)
		return nil
	}
	do, ok := commands[fs.Arg(0)]
	if !ok {
		return usagef("there is no command %q; comity help lists them", comity.Clip(fs.Arg(0)))
	}
	return do(a, fs.Args()[1:])
}

// flags returns a flag set that speaks as the rules above say. Global flags may
// also follow the command.
func (a *app) flags(name string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(a.stderr)
	if name == "comity" {
		fs.Usage = func() { fmt.Fprint(a.stderr, usage) }
		return fs
	}
	fs.BoolVar(&a.json, "json", a.json, "results as JSON")
	fs.StringVar(&a.dir, "dir", a.dir, "the node's folder")
	fs.StringVar(&a.pass, "passphrase-file", a.pass, "file whose first line is the passphrase")
	return fs
}

// parse parses args, letting flags and words mix, and returns the words. It
// complains unless there are between least and most of them.
func parse(fs *flag.FlagSet, args []string, least, most int, what string) ([]string, error) {
	var words []string
	for {
		if err := fs.Parse(args); err != nil {
			return nil, wrapUsage(err)
		}
		if fs.NArg() == 0 {
			break
		}
		words = append(words, fs.Arg(0))
		args = fs.Args()[1:]
	}
	if len(words) < least || most >= 0 && len(words) > most {
		return nil, usagef("%s: give %s", fs.Name(), what)
	}
	return words, nil
}

func wrapUsage(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return err
	}
	return errUsage{err}
}

func status(err error) int {
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if _, ok := errors.AsType[errUsage](err); ok {
		return 2
	}
	if errors.Is(err, errFound) {
		return 8
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

func envOr(name, or string) string {
	if s := os.Getenv(name); s != "" {
		return s
	}
	return or
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
