// Command comity is a party's node, and the desk at which its officers work.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a node must know both capitals' time without the machine's help

	"comity"
	"comity/cmd/comity/guidelines"
	"comity/cmd/comity/minutes"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/operate"
	"comity/cmd/comity/pairing"
	"comity/cmd/comity/proof"
	"comity/demo"
	"comity/shell"
)

const usage = `comity lets one country ask another for help against cybercrime, provably.

Usage: comity [--dir DIR] [--json] [--passphrase-file FILE] COMMAND [ARGUMENTS]

These three flags may also follow the command. DIR is the party's folder: without
--dir, COMITY_DIR or the current one. The passphrase's file may be named in
COMITY_PASSPHRASE_FILE too. comity COMMAND -h lists all flags of a command.

See it work
  demo [--exit] [--out DIR] [--how]
                                two parties on this machine, one whole request

Set up a party
  init --party P --name-en N --name-zh N --zone Z --agency A --seats S,S
                                make keys, roster and database in DIR; --link, --ops,
                                --endpoint, --database, --suites, --private: see -h
  party show                    our own name, root key and seats
  party export FILE [--overwrite]
                                write our party file, to give to a peer
  party import FILE             take in a peer's party file: the pair is pending
  peers [PARTY]                 list peers, or show one: state, pair number, profile
  peer confirm PARTY --number DIGITS --seat S
                                say that the 60 digits were read over two channels;
                                two seats make the pair confirmed
  peer freeze PARTY --reason R  stop believing a peer's node key, now
  peer resume PARTY [--write FILE] [--read FILE] [--overwrite]
                                go on after a freeze or a halt, by both roots;
                                --mistake --seat S --reason R: it was no theft
  realm open exercise:NAME --peer P --seat S
                                open our end of an exercise: a channel of its own, in
                                which only documentation values are accepted
  key rotate node|prekey        make a new key and announce it to every peer
  seat list                     who is on our roster
  seat add SEAT --agency A --by S,S [--roles R,R]
  seat revoke SEAT --by S,S     change the roster, by two registrars
  serve [-v]                    run the node until interrupted

Ask and answer
  draft FILE --to P --seat S [--sole --sole-reason R]
                                begin a request from JSON; draft --example prints one
  check FILE|DRAFT [--realm R]  say what a request still lacks, with citations

  These speak in a matter. Each takes --seat S, and may have --realm R, --tlp T,
  --file FILE (the whole body as JSON instead of its own flags; - is standard
  input), --sole --sole-reason R (alone, in an emergency):
  acknowledge REF [--of ID] [--reference R]
                                a seat has it
  ask REF --field F --text T [--rule R]
                                ask for what is missing; the clock pauses
  confirm REF --reference R [--text T] [--attach FILE,FILE]
                                the asker: in writing, what was asked by word of mouth
  supplement REF --field F --text T
                                give it; the clock goes on
  accept REF [--reference R] [--expected T] [--condition C]
                                take the request for execution
  answer REF --item I,I --result R [--until T] [--reference R] [--use U]
         [--ground G] [--text T] [--attach FILE,FILE] [--partial | --final]
                                answer item by item
  refuse REF --ground G --consultation asked|held|waived [--waived-because R]
         [--basis B] [--reason R | --no-further-reasons]
                                refuse, as the basis allows
  extend REF --until T --reason R
                                the asker: the hold; the asked side: its deadline
  withdraw REF --reason R       take the request back
  release REF --reason R        give the hold back: it is needed no longer
  close REF [--complete A] [--usable A] [--in-time A] [--used A] [--text T]
                                end the matter with feedback: yes partly no unknown
  countersign REF [--of ID] [--outcome upheld|withdrawn] [--reason R]
                                uphold or withdraw a sole-emergency release
  note REF --text T             add a fact that moves nothing

  attach DRAFT FILE... --seat S add files to a draft
  approve DRAFT --seat S [--send] [--sole --sole-reason R]
                                sign it; two seats make it ready; --sole releases
                                it alone, in an emergency
  send DRAFT                    release it to the peer
  drop DRAFT --seat S           throw a draft away
  drafts                        list what waits for a signature

Read
  list [--open] [--state S] [--peer P] [--realm R|all] [--limit N]
                                matters, what each waits for
  show REF|DRAFT [--realm R] [--seat S]
                                one matter: clocks, items, timeline
  fetch REF --seat S [--out DIR] [--realm R]
                                decrypt a matter's files
  export REF --out FILE [--overwrite] [--no-files] [--seat S] [--realm R]
                                write a case file; --no-files leaves their contents
                                out, --seat says whose key opens them
  verify FILE --trust TRUST     check a case file offline
  trust [--out FILE] [--overwrite]
                                write the trust file of the peers we confirmed
  log [heads] [--peer P] [--realm R]
                                the heads of the channel logs
  log items [--by P] [--epoch N] [--from N] [--limit N]
  log prove ITEM                the proof that an item is in its log
  log journal [--from N] [--limit N]
                                who logged in, read, used a key, changed a policy
  log check [--all]             compute every log anew; --all verifies every signature
  calls [REF] --seat S [--id ID] [--out FILE] [--overwrite] [--with FILE] [--realm R]
                                our sheets of telephone calls; write one for the other
                                side, or hold it to theirs: what differs is settled first

Keep it running
  stick write FILE --peer P [--realm R] [--overwrite]
                                put what a peer lacks on a removable medium
  stick read FILE [--peer P] [--answer FILE] [--overwrite]
                                take a stick in, and write the next one at once
  doctor [--fix] [--vault]      check keys, clock, disk, database, peers and log;
                                --fix sets the modes of files, --vault hashes all
  backup FILE                   copy the database out, while the node runs
  restore FILE                  put it back, while it does not
  version

Exit status: 0 done · 1 our own trouble · 2 wrong usage · 3 the input is at fault
4 the matter moved, look again · 5 not permitted or not trusted · 6 not found
7 not available now, try again · 8 verify or doctor found a fault · 130 interrupted
With --json, a command that fails prints {"error", "field", "status"}.
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	a := &shell.App{Ctx: ctx, Stdin: stdin, Stdout: stdout, Stderr: stderr}
	err := call(a, args)
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		err = shell.ErrInterrupted // whatever it was doing then
	}
	if err != nil && !errors.Is(err, shell.ErrFound) && !errors.Is(err, shell.ErrBlocked) && !errors.Is(err, flag.ErrHelp) {
		a.Fail(err)
	}
	return shell.Status(err)
}

// call reads the flags that stand before the command, and runs it.
func call(a *shell.App, args []string) error {
	a.Here, a.Pass = cmp.Or(os.Getenv("COMITY_DIR"), "."), os.Getenv("COMITY_PASSPHRASE_FILE")
	if a.Lang = "en"; strings.HasPrefix(os.Getenv("COMITY_LANG"), "zh") {
		a.Lang = "zh"
	}
	a.Dir = a.Here
	fs := flag.NewFlagSet("comity", flag.ContinueOnError)
	fs.SetOutput(a.Stderr)
	fs.Usage = func() { fmt.Fprint(a.Stderr, usage) }
	a.Globals(fs)
	if err := fs.Parse(args); err != nil {
		return shell.WrapUsage(err)
	}
	if fs.NArg() == 0 {
		fmt.Fprint(a.Stderr, usage)
		return shell.Usagef("name a command")
	}
	if fs.Arg(0) == "help" {
		fmt.Fprint(a.Stdout, usage)
		return nil
	}
	return do(a, fs.Args())
}

// do runs the command that args name.
func do(a *shell.App, args []string) error {
	c, ok := commands(a)[args[0]]
	if !ok {
		return shell.Usagef("there is no command %q; comity help lists them", comity.Clip(args[0]))
	}
	return c(args[1:])
}

func commands(a *shell.App) map[string]shell.Command {
	all := demo.Commands(a, do)
	for _, some := range []map[string]shell.Command{pairing.Commands(a), officer.Commands(a), guidelines.Commands(a), minutes.Commands(a), proof.Commands(a), operate.Commands(a)} {
		maps.Copy(all, some)
	}
	return all
}
