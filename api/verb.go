// Package api lets a program of the party's own, such as its case system, use the
// verbs of the command line at a seat.
//
// POST /api/v1/{verb} runs the very command, with the same checks, and answers with
// what it prints under --json. What a token may do, an administrator or the seat's
// officer has said verb by verb. A program signs nothing: what it says abroad is a
// draft, which a person signs. It names no file of this machine: see paths.
package api

import (
	"context"
	"flag"
	"io"
	"regexp"
	"slices"
	"strings"

	"comity/guide"
	"comity/shell"
	"comity/typed"
)

// A word is what may stand in a place of a command's line.
type word struct {
	name string
	fits func(string) bool
}

func like(pattern string) func(string) bool {
	return regexp.MustCompile(`^(?:` + pattern + `)$`).MatchString
}

const (
	refForm   = `[A-Z]{2}-[0-9]{4}-[0-9]{6}`
	draftForm = `D-[0-9]{1,12}`
)

var (
	matter  = word{"REF", like(refForm)}
	draft   = word{"DRAFT", like(draftForm)}
	subject = word{"REF|DRAFT", like(refForm + `|` + draftForm)}
	item    = word{"ITEM", like(`[a-z0-9:/][a-z0-9:/-]{0,159}`)}
	line    = word{"LINE", like(`[a-z_]{1,40}`)}
	answer  = word{"ANSWER", like(`yes|no|unknown`)}
	party   = word{"PARTY", like(`[a-z0-9][a-z0-9-]{1,15}`)}
	text    = word{"WORD", func(s string) bool { return s != "" && !strings.HasPrefix(s, "-") && len(s) <= 400 }}
	// A pack that comes with the program, or is proposed in a matter: no folder.
	pack = word{"PACK", func(s string) bool {
		_, shipped := guide.Shipped().Pack(s)
		return shipped || like(refForm)(s)
	}}
)

// A verb is a command that a program may call.
type verb struct {
	name        string // as it is typed: "guide list"
	words       []word
	least, most int
	body        string   // how its body is handed over: "-" as a word, "--file=-"; empty, it has none
	must        bool     // and it needs one
	files       string   // how attachments are: "word", "--attach="
	kind        any      // an empty body, if it has members
	gets        []string // what the answer is: "array", "object"
}

func reads(name, gets string, words ...word) verb {
	return verb{name: name, words: words, least: len(words), most: len(words), gets: []string{gets}}
}

// verbs are all that a program may call; see [Persons] for the others. The
// statements come from the capabilities.
func verbs() []verb {
	all := []verb{
		reads("list", "array"), reads("show", "object", subject), reads("drafts", "array"), reads("drop", "object", draft),
		{name: "draft", body: "-", must: true, kind: &guide.Request{}, gets: []string{"object"}},
		{name: "check", words: []word{draft}, most: 1, body: "-", kind: &guide.Request{}, gets: []string{"array"}},
		{name: "attach", words: []word{draft}, least: 1, most: 1, files: "word", gets: []string{"object"}},
		{name: "find", words: []word{text}, least: 1, most: 16, gets: []string{"object", "array"}},
		{name: "extend", words: []word{matter}, least: 1, most: 1, body: "--file=-", files: "--attach=", gets: []string{"object"}},
		{name: "intake", body: "-", must: true, gets: []string{"object"}},
		reads("docket", "object", subject), reads("route", "object", matter), reads("restrict", "object", subject),
		reads("disclose", "object", matter), reads("erase", "object", matter), reads("reference", "object", subject),
		reads("action", "object", subject), reads("retain", "object", subject), reads("legal-hold", "object", subject),
		{name: "call", words: []word{subject}, most: 1, gets: []string{"object"}},
		{name: "screen", words: []word{subject, line, answer}, least: 1, most: 3, gets: []string{"object"}},
		{name: "protect", words: []word{subject, line, answer}, least: 1, most: 3, gets: []string{"object"}},
		reads("review", "object"), reads("report draft", "object"), reads("report show", "object", matter),
		reads("summary draft", "object"), reads("summary show", "object", matter),
		reads("guide list", "array"), reads("guide show", "object", pack), reads("guide diff", "array", pack, pack), reads("calendar list", "array"),
		reads("log heads", "array"), reads("log items", "array"), reads("log prove", "object", item), reads("peers", "array"), reads("seat list", "array"),
		reads("directory", "array"), reads("duty", "object", party), reads("correspondents", "object"), reads("readers", "array", matter),
	}
	for _, c := range shell.Capabilities() {
		for _, k := range c.Kinds {
			v := verb{name: string(k.Kind), words: []word{matter}, least: 1, most: 1, body: "--file=-", files: "--attach=", kind: k.New(), gets: []string{"object"}}
			if k.Kind == c.Opens() {
				if shell.IsRequest(k.Kind) {
					continue // it is drafted
				}
				v.words, v.least, v.most = nil, 0, 0
			}
			all = append(all, v)
		}
	}
	slices.SortStableFunc(all, func(a, b verb) int { return strings.Compare(a.name, b.name) })
	return slices.CompactFunc(all, func(a, b verb) bool { return a.name == b.name }) // some kinds are said in many matters
}

// Persons are the commands that no program may call, by why.
var Persons = map[string]string{
	"approve": "a person signs", "send": "a person sends", "handover": "a person answers for the watch", "instruct": "a person answers for the watch",
	"person": "persons", "recover": "persons", "session": "persons", "enrol": "persons", "who": "persons", "api": "persons",
	"init": "the node", "party": "the node", "peer": "the node", "key": "the node", "realm": "the node", "trust": "the node", "serve": "the node",
	"stick": "the node", "backup": "the node", "restore": "the node", "version": "the node", "doctor": "the node", "reindex": "the node", "demo": "the node",
	"fetch": "it writes files", "export": "it writes files", "verify": "it reads files", "clean": "it reads files", "letter": "it writes files",
	"post": "it writes files", "print": "it writes files", "certificate": "it writes files", "calls": "it writes files", "daylog": "it writes files",
	"posted": "the file of the post", "minute": "each kind has a verb of its own",
}

// paths are the flags that name a file of this machine, or whose machine it is: a
// program gives none of them. Every other flag is plain, or a member of a body. A flag
// that is in neither is refused, and a test names it.
var paths = map[string]bool{
	"dir": true, "passphrase-file": true, "json": true, "seat": true, // the token says whose
	"file": true, "attach": true, "body": true, "answers": true, // what is sent along takes their place
	"setting": true, "passkey": true, "csv": true, "pdf": true, "html": true, "docx": true, "out": true, "overwrite": true, "example": true,
	"sole": true, "sole-reason": true, // a person releases alone, and answers for it
}

// plain are the other flags that are written by hand.
var plain = map[string]bool{
	"kind": true, "name": true, "who": true, "after": true, "count": true, "owes": true, "waits": true, "year": true,
	"add": true, "agency": true, "all": true, "amount": true, "as": true, "by": true, "category": true, "certificate": true, "cleared": true, "complete": true,
	"condition": true, "confirm": true, "consent": true, "consultation": true, "cover": true, "currency": true, "emergency": true, "epoch": true,
	"expected": true, "field": true, "final": true, "from": true, "ground": true, "handling": true, "id": true, "in-time": true, "informed": true,
	"item": true, "items": true, "lang": true, "lift": true, "limit": true, "national": true, "no-further-reasons": true, "note": true, "of": true,
	"only": true, "open": true, "outcome": true, "partial": true, "peer": true, "peer-informed": true, "period": true, "priority": true, "realm": true,
	"reason": true, "reference": true, "remove": true, "rest": true, "result": true, "roles": true, "rule": true, "screened": true, "sources": true,
	"state": true, "text": true, "tlp": true, "to": true, "type": true, "until": true, "usable": true, "use": true, "used": true, "value": true,
	"waived-because": true, "why": true,
}

// generated are the flags that are the members of bodies.
func generated(bodies ...any) map[string]bool {
	names := map[string]bool{}
	for _, b := range bodies {
		fs := flag.NewFlagSet("", flag.ContinueOnError)
		typed.Members(fs, b, nil)
		fs.VisitAll(func(f *flag.Flag) { names[f.Name] = true })
	}
	return names
}

// flagsOf asks a command for its flags.
func flagsOf(commands func(*shell.App) map[string]shell.Command, name string) *flag.FlagSet {
	var fs *flag.FlagSet
	a := &shell.App{Ctx: context.Background(), Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: io.Discard, JSON: true, Lang: "en",
		Asks: func(f *flag.FlagSet) { fs = f }}
	words := strings.Fields(name)
	if c, ok := commands(a)[words[0]]; ok {
		_ = c(append(words[1:], "-h")) // it has told its flags, and does nothing
	}
	return fs
}

// Served are the names of the verbs that a program may call, and their flags of which
// nobody has said yet whether they name a file. Such a flag is refused.
func Served(commands Commands) (names, unclassed []string) {
	for _, v := range verbs() {
		names = append(names, v.name)
		members := generated(bodies(v)...)
		fs := flagsOf(commands, v.name)
		if fs == nil {
			unclassed = append(unclassed, v.name+": it tells no flags")
			continue
		}
		fs.VisitAll(func(f *flag.Flag) {
			if !paths[f.Name] && !plain[f.Name] && !members[f.Name] {
				unclassed = append(unclassed, v.name+" --"+f.Name)
			}
		})
	}
	return names, unclassed
}
