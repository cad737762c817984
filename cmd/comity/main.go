// Command comity is a party's node, and the desk at which its officers work.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a node must know both capitals' time without the machine's help

	"comity"
	"comity/api"
	"comity/cmd/comity/casefiles"
	"comity/cmd/comity/duty"
	"comity/cmd/comity/find"
	"comity/cmd/comity/guidelines"
	"comity/cmd/comity/minutes"
	"comity/cmd/comity/officer"
	"comity/cmd/comity/operate"
	"comity/cmd/comity/pairing"
	"comity/cmd/comity/people"
	"comity/cmd/comity/proof"
	"comity/cmd/comity/reports"
	"comity/demo"
	"comity/shell"
	"comity/web"
	"comity/web/admin"
	webcall "comity/web/call"
	"comity/web/draft"
	"comity/web/folio"
	"comity/web/matter"
	"comity/web/queue"
)

const usage = `comity lets one country ask another for help against cybercrime, provably.

Usage: comity [--dir DIR] [--json] [--lang en|zh] [--passphrase-file FILE] COMMAND
              [ARGUMENTS]

These four flags may also follow the command. DIR is the party's folder: without
--dir, COMITY_DIR or the current one. The language may be named in COMITY_LANG, the
passphrase's file in COMITY_PASSPHRASE_FILE. comity COMMAND -h lists all flags of a
command.

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
  enrol --name N [--seats S,S] [--roles R,R] [--first]
                                a link by which a person enrols a passkey at the desk, once
  seat list                     who is on our roster
  seat add SEAT --agency A --by S,S [--roles R,R] [--passkey FILE]
                                --passkey: with the passkey that its officer enrolled
  seat rekey SEAT --passkey FILE --by S,S
                                a passkey in the place of the key that it has
  seat revoke SEAT --by S,S     change the roster, by two registrars
  serve [-v]                    run the node until interrupted

Persons at the desk
  enrol --first --name N [--seats S,S]
                                the link of the first administrator; without --first and
                                with --roles R,R of another person
  person list [PERSON]          persons, their keys, and how each of their seats signs
  person add NAME [--roles R,R] [--seats S,S]
                                add one, and print the link to enrol by, once
  person link PERSON [--seats S,S]
                                another link, for who never enrolled
  person roles PERSON --roles R,R
  person seats PERSON [--add S,S] [--remove S,S]
  person leave PERSON           seats, keys, sessions, links and tokens end
  person key PERSON [--id ID]   a passkey, as seat rekey takes it
  person revoke KEY             it signs in no more
  person attach PERSON --issuer URL --subject S | --certificate FILE
  person detach --kind K --name N
                                another way to sign in: OpenID Connect, or a card
  recover list | recover ask PERSON --reason R | recover approve ID
                                who lost the key comes back when two administrators want it
  session list [PERSON] | session end ID
  who --seat S --at T --reason R
                                at the desk, for an inspector: who sat at a seat
  api token --name N --seat S --verbs V,V --expires T
                                let a program use some verbs at a seat; it signs nothing
  api tokens | api revoke ID | api openapi

Ask and answer
  draft FILE --to P --seat S [--sources none] [--sole --sole-reason R]
                                begin a request from JSON; draft --example prints one,
                                with --type T of that type
  check FILE|DRAFT [--to P] [--realm R] [--setting FILE]
                                say what a request still lacks, with citations; FILE is
                                held to what P has published, or to a setting as JSON

  These speak in a matter. Each takes --seat S, and may have
    --realm R, --tlp T, --handling H,H
    --file FILE                 the whole body as JSON instead of its own flags; - is
                                standard input
    --sources none              no source needs protection in what leaves (or: protect)
    --screened clear            nothing stands against it (or: screen)
    --sole --sole-reason R      alone, in an emergency
  acknowledge REF [--of ID] [--reference R]
                                a seat has it
  ask REF --field F --text T [--rule R]
                                ask for what is missing; the clock pauses
  confirm REF --reference R [--text T] [--attach FILE,FILE]
                                the asker: in writing, what was asked by word of mouth
  supplement REF --field F --text T
                                give it; the clock goes on
  accept REF [--reference R] [--expected T] [--emergency justified|not_shown]
                                take the request for execution
  conditions.propose REF --condition KIND, KIND=UNTIL or KIND:TEXT [--text T]
                                would execute it on conditions; --condition may stand
                                several times
  conditions.counter REF --condition C [--text T]
                                the asker: on other conditions
  answer REF --item I,I --result R [--until T] [--reference R] [--use U]
         [--ground G] [--why W] [--value V] [--amount N --currency C]
         [--certificate C] [--text T] [--attach FILE,FILE] [--partial | --final]
         [--emergency justified|not_shown]
                                answer item by item
  refuse REF --ground G --consultation asked|held|waived [--waived-because R]
         [--reason R | --no-further-reasons] [--emergency justified|not_shown]
                                refuse, as the basis allows
  extend REF --until T --reason R
                                the asker: the hold; the asked side: its deadline
  withdraw REF --reason R [--attach FILE,FILE]
                                take the request back
  release REF --reason R [--attach FILE,FILE]
                                give the hold back: it is needed no longer
  close REF [--complete A] [--usable A] [--in-time A] [--used A] [--text T]
                                end the matter with feedback: yes partly no unknown
  countersign REF [--of ID] [--outcome upheld|withdrawn] [--reason R]
                                uphold or withdraw a sole-emergency release
  note REF --text T [--about ID] [--attach FILE,FILE]
                                add a fact that moves nothing

  These speak in a matter too, with a flag for each member of what they say, and
  --attach FILE,FILE: see -h. What begins a matter takes --to P in place of REF.
  refer | contest | conditions.accept | conditions.decline | postpone | answer.partial
  confidentiality.issue | confidentiality.waive | extend.deadline | extend.hold
  convert | consult | assurance.ask | assurance.give | assurance.judge | use | outcome
  misdirected | attest
  precheck.open | precheck.comment | precheck.revise | precheck.end
                                a draft for comment
  case.open | case.join | case.decline | case.priority | case.status | case.link
  case.result | case.close      a case of both sides
  lead.offer | lead.decline | lead.amend | lead.accept | lead.provide
  lead.use | lead.end           information unasked, its conditions first
  deconflict.notice | deconflict.extend | deconflict.end
                                leave something alone
  report.lines | report.answer | report.amend | report.sign
                                the status report on cases
  summary.send | summary.correct
                                a summary for principals
  guide.propose | guide.counter | guide.adopt | guide.withdraw
                                guidelines for both; see guide below
  suspend | suspend.change | suspend.lift
                                of a pair, or of types of request
  directory.publish | directory.replace
                                who is competent on our side

  attach DRAFT FILE... --seat S add files to a draft
  approve DRAFT --seat S [--send] [--sole --sole-reason R]
                                sign it; two seats make it ready; --sole releases
                                it alone, in an emergency
  approve DRAFT --seat S --prepare | --assertion FILE [--send]
                                sign it with a passkey: print what it is to sign; take
                                what it signed, as a browser's toJSON() has it
  send DRAFT [--seat S]         release it to the peer
  drop DRAFT --seat S           throw a draft away
  drafts [--seat S]             list what waits for a signature, or for a suspension to end

Our own file of a matter
  What stands here never crosses. Each takes --seat S, and may have --realm R:
  docket REF                    what is in it, and which lines are not answered
  screen REF LINE yes|no|unknown [--note T] [--items I,I]
           [--answers FILE]     many lines at once, as JSON
                                what may stand against a request, before it is decided;
                                screen REF --rest no answers the lines that are open
  protect REF|DRAFT LINE yes|no [--note T] [--consent R]
           [--answers FILE]     many lines at once, as JSON
                                whose source needs protection, before something leaves;
                                protect DRAFT --rest no answers the lines that are open
  readers REF [--limit N]       who read it, and who did what about it: from the journal
  route REF [--to A --reason R] which of our agencies is competent; or that A has it
  restrict REF [--add S,S] [--remove S,S] [--cover T] [--lift]
                                who alone may know that it exists
  letter REF --action ID --out FILE [--overwrite]
                                the paper for a provider, of the order alone
  disclose REF --to WHO [--items I,I] [--as PURPOSE] [--consent R] [--informed R]
           [--confirm]          note a disclosure at home, if conditions allow it
  reference REF --national N|--body FILE
                                its number in our own case system; list and show have it
  intake FILE.eml|FILE.pdf [--national N] [--name N]
                                keep what came another way, and say what it claims to be;
                                intake --original HASH --out FILE gives it back
  erase REF --of ID,ID --reason R [--peer-informed A]
                                destroy contents; what proves them stays
  clean FILE --out FILE [--overwrite] [--matter REF]
                                take out of a file what nobody meant to send
  post FILE|REF --to COUNTRY --out DIR [--from A] [--reference R] [--consent R] [--confirm]
                                the papers of a request to a country without a node
  action | call | retain | legal-hold | posted | minute KIND
                                measures towards providers, calls, how long it is kept,
                                what was sent by post, or an entry of any kind: see -h

The watch
  duty P [--realm R]            whom both sides have published to each other, who is
                                there now, and what each type of request needs
  instruct --seat S [--text T --until T [--id ID] | --id ID --end]
                                standing instructions: list them, give one, end one
  handover --seat S [--to S [--text T] | --take ID | --limit N]
                                list hand-overs, make one with all that is open, confirm one
  daylog --out FILE --seat S [--from T] [--until T] [--overwrite]
                                the journal of a day on paper, with its running hash

Guidelines
  guide list                    those that come with the program, or are in force
  guide show PACK [--only PART] one, with the source of every row. PACK is a name such as
                                bilateral-default, a folder, or the REF of a proposal
  guide diff PACK PACK          what differs
  guide lint PACK [--between P,P]
                                its faults, by file and line: what binds both is a floor
  guide propose PACK --to P --seat S [--text T]
  guide counter REF PACK --seat S [--text T]
                                put a text on the table, or another in return
  guide adopt REF --hash H --seat S
                                sign that very text with our root
  calendar list                 the working days that limits are counted by
  calendar show HASH [--year Y] holidays of a year, and weekends that are worked
  calendar import FILE.ics --seat S
                                take in another, which a text may then name

Read
  directory [--peer P] [--realm R]
                                both sides' agencies: competence, telephone, hours
  correspondents                countries without a node, and what went to them
  list [--open] [--kind K] [--state S] [--peer P] [--type T] [--priority P] [--category C]
       [--from DAY] [--until DAY] [--realm R|all] [--seat S] [--limit N]
        [--after PLACE] [--count] [--owes P] [--waits countersign|hold]
                                matters, what each waits for, what is due first; --count
                                says how many are due when
  find WORDS [--realm R|all] [--seat S] [--limit N]
                                texts that have all words, in Chinese or English: what was
                                said, names of files, drafts, our own file (with --seat)
  show REF|DRAFT [--realm R] [--seat S]
                                one matter: clocks, items, timeline
  fetch REF --seat S [--out DIR] [--realm R]
           [--file SHA256]      that file alone
                                decrypt a matter's files
  export REF --out FILE [--overwrite] [--no-files] [--seat S] [--realm R]
         [--consent REF] [--informed REF] [--confirm]
                                write a case file, if conditions and markings allow it;
                                --no-files leaves the files' contents out, --seat says
                                whose key opens them; the rest as in disclose
  verify FILE --trust TRUST     check a case file offline
  trust [--out FILE] [--overwrite]
                                write the trust file of the peers we confirmed
  log [heads] [--peer P] [--realm R]
                                the heads of the channel logs
  log items [--by P] [--epoch N] [--from N] [--limit N]
  log prove ITEM                the proof that an item is in its log
  log journal [--from N] [--limit N] [--kind K] [--who W]
                                who logged in, read, used a key, changed a policy
  log check [--all]             compute every log anew; --all verifies every signature
  calls [REF] --seat S [--id ID] [--out FILE] [--overwrite] [--with FILE] [--realm R]
                                our sheets of telephone calls; write one for the other
                                side, or hold it to theirs: what differs is settled first

Look back
  A period is --period 2026H2, or --from D --until D. Papers are --pdf FILE, --html FILE and
  --docx FILE, with --overwrite; they are bilingual, unless --lang en or zh stands with the
  command. Each may have --realm R and --seat S:
  review [--peer P] [--national] [--csv FILE]
                                timeliness and quality: the joint figures of a period,
                                or what is national only
  report draft [--peer P] [--tlp T]
                                our lines of the status report on cases, as report.lines
                                takes them
  report show REF               both sides' lines, where they differ, the text to sign
  report sign REF               sign that text by its hash; another seat approves
  summary draft --cleared S [--peer P]
                                the page for principals, as summary send takes it
  summary send --file FILE [--peer P] [--tlp T]
                                two seats sign it; who clears it is one of them
  summary show REF              the page, as it was signed
  print REF                     a request and its history as a bilingual form
  print continuity --out FILE   what to work with on paper while the node is down: whom to
                                call, what is open, blank forms. Print it every week
  certificate FILE --trust TRUST --out FILE.pdf [--first P]
                                two pages on a case file that verifies, for a judge

Keep it running
  stick write FILE --peer P [--realm R] [--overwrite]
                                put what a peer lacks on a removable medium
  stick read FILE [--peer P] [--answer FILE] [--overwrite]
                                take a stick in, and write the next one at once
  doctor [--fix] [--vault]      check keys, clock, disk, database, peers and log;
                                --fix sets the modes of files, --vault hashes all
  reindex [--all]               make what find goes by, of what is new or of everything
  backup FILE                   copy the database out, while the node runs
  restore FILE                  put it back, while it does not
  version

Exit status: 0 done · 1 our own trouble, or check found what blocks · 2 wrong usage, or a
file that check cannot read · 3 the input is at fault · 4 the matter moved, look again
5 not permitted or not trusted · 6 not found · 7 not available now, try again · 8 verify or
doctor found a fault, or guide lint one · 130 interrupted
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

// desk is the page on which officers work: it calls the same commands.
func desk(_ context.Context, n *shell.Node, log *slog.Logger) (http.Handler, error) {
	s, err := web.New(webcall.Node(n, commands), log, queue.Area(), matter.Area(), draft.Area(n), folio.Area(), admin.Area())
	if err != nil {
		return nil, err
	}
	programs, err := api.New(n, commands, s.Door, log)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.Handler())
	mux.Handle("/api/", programs.Handler())
	return mux, nil
}

// openapi describes the API, which calls the same commands.
func openapi() ([]byte, error) { return api.Document(commands) }

func commands(a *shell.App) map[string]shell.Command {
	all := demo.Commands(a, do)
	for _, some := range []map[string]shell.Command{pairing.Commands(a), officer.Commands(a), guidelines.Commands(a), minutes.Commands(a), proof.Commands(a), casefiles.Commands(a), operate.Commands(a, desk), reports.Commands(a), people.Commands(a, openapi), find.Commands(a), duty.Commands(a)} {
		maps.Copy(all, some)
	}
	return all
}
