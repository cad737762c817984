package officer

import (
	"encoding/json"

	"comity"
	"comity/desk"
	"comity/keyring"
	"comity/seal"
	"comity/shell"
	"comity/webauthn"
)

// approve signs a draft: with the seat's key file, or with an assertion that its
// passkey has made of what --prepare printed.
func (a *app) approve(args []string) error {
	fs := a.Flags("approve")
	seat := fs.String("seat", "", "the seat that signs")
	send := fs.Bool("send", false, "release it too, if that suffices")
	sole := fs.Bool("sole", false, "release alone, in an emergency")
	why := fs.String("sole-reason", "", "why alone")
	prepare := fs.Bool("prepare", false, "print what the seat's passkey is to sign, and sign nothing")
	file := fs.String("assertion", "", "what the passkey has signed, as a browser's toJSON() has it; - is standard input")
	words, err := shell.Parse(fs, args, 1, 1, oneDraft)
	if err == nil {
		err = onlySole(fs)
	}
	if err != nil {
		return err
	}
	if *prepare && (*file != "" || *send) {
		return shell.Usagef("approve: --prepare signs nothing; leave out --assertion and --send, and say them when the passkey has signed")
	}
	open := a.seated
	if *prepare || *file != "" {
		open = a.claimed
	}
	return open(*seat, func(n *node, o *keyring.Officer) error {
		w := desk.Word{Officer: o, Sole: *sole, Reason: *why}
		if *prepare {
			p, err := n.desk.Prepare(a.Ctx, words[0], w)
			if err != nil {
				return named(fs, err)
			}
			return a.printPrepared(p)
		}
		if *file != "" {
			if w.Sig, err = a.assertion(*file); err != nil {
				return err
			}
		}
		d, err := n.desk.Approve(a.Ctx, words[0], w)
		if err == nil && *send && d.Suffices() {
			d, err = n.desk.Send(a.Ctx, words[0])
		}
		if err != nil {
			return named(fs, err)
		}
		return a.printDraft(n, d)
	})
}

// assertion reads what a browser hands out, as the signature that it is.
func (a *app) assertion(name string) ([]byte, error) {
	raw, err := a.ReadInput("assertion", name, 32<<10)
	if err != nil {
		return nil, err
	}
	var x webauthn.Assertion
	if err := json.Unmarshal(raw, &x); err != nil {
		return nil, comity.Fieldf("assertion", "%s is no assertion of a passkey, such as a browser's toJSON() writes: %v", name, err)
	}
	return seal.EncodeAssertion(x)
}

func (a *app) printPrepared(p desk.Prepared) error {
	sign := "have the passkey of seat " + string(p.Seat) + " sign this challenge; comity approve " + p.Draft.ID + " --seat " + string(p.Seat) + " --assertion FILE takes what it makes of it"
	if p.Suite != seal.Passkey {
		sign = "seat " + string(p.Seat) + " has a key in a file, and can sign at once: leave out --prepare"
	}
	return a.Print(p, "%s\nmanifest   %s\nchallenge  %s\n%s\n", p.Draft.ID, shell.Plain(p.Manifest), p.Challenge,
		a.Typed(sign))
}
