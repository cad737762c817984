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
	"syscall"
	_ "time/tzdata" // a node must know both capitals' time without the machine's help

	"comity"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/operate"
	"comity/cmd/comity/pairing"
	"comity/cmd/comity/proof"
	"comity/demo"
	"comity/shell"
)

const usage = `comity lets one country ask another for help against cybercrime, provably.

Usage: comity [--dir DIR] [--json] [--passphrase-file FILE] COMMAND [ARGUMENTS]

See it work
  demo [--exit] [--out DIR]     two parties on this machine, one whole request

Set up a party
  init --party P --name-en N --name-zh N --zone Z --agency A --seats S,S
                                make keys, roster and database in DIR; --link, --ops,
                                --endpoint, --database, --suites, --private: see -h
  party export FILE             write our party file, to give to a peer
  party import FILE             take in a peer's party file: the pair is pending
  peers [PARTY]                 list peers, or show one: state, pair number, profile
  peer confirm PARTY --number DIGITS --seat S
                                say that the 60 digits were read over two channels;
                                two seats make the pair confirmed
  peer freeze PARTY --reason R  stop believing a peer's node key, now
  peer resume PARTY [--write FILE | --read FILE]
                                go on after a freeze or a halt, by both roots;
                                --mistake --seat S --reason R: it was no theft
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
  approve DRAFT --seat S [--send]
                                sign it; two seats make it ready; --sole with
                                --sole-reason R releases it alone, in an emergency
  send DRAFT                    release it to the peer
  drop DRAFT                    throw a draft away
  drafts                        list what waits for a signature

Read
  list [--open] [--state S] [--peer P] [--realm R|all]
                                matters, what each waits for
  show REF|DRAFT                one matter: clocks, items, timeline
  fetch REF [--out DIR]         decrypt a matter's files
  export REF --out FILE [--overwrite] [--no-files] [--seat S]
                                write a case file; --no-files leaves their contents
                                out, --seat says whose key opens them
  verify FILE --trust TRUST     check a case file offline
  trust [--out FILE]            write the trust file of the peers we confirmed
  log [heads|items|prove ITEM|journal]
                                the channel logs and the internal journal
  log check [--all]             compute every log anew; --all verifies every signature

Keep it running
  stick write FILE --peer P     put what a peer lacks on a removable medium
  stick read FILE [--answer FILE]
                                take a stick in, and write the next one at once
  doctor [--fix]                check keys, clock, disk, database, peers and log;
                                --fix sets the modes of files
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

func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	err := call(&shell.App{Ctx: ctx, Stdin: stdin, Stdout: stdout, Stderr: stderr}, args)
	if err != nil && !errors.Is(err, shell.ErrFound) && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(stderr, "comity: %v\n", err)
	}
	return shell.Status(err)
}

// call reads the flags that stand before the command, and runs it.
func call(a *shell.App, args []string) error {
	a.Dir, a.Pass = cmp.Or(os.Getenv("COMITY_DIR"), "."), os.Getenv("COMITY_PASSPHRASE_FILE")
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
	for _, some := range []map[string]shell.Command{pairing.Commands(a), officer.Commands(a), proof.Commands(a), operate.Commands(a)} {
		maps.Copy(all, some)
	}
	return all
}
