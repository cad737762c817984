package minutes

import (
	"slices"

	"comity"
	"comity/docket"
	"comity/form"
	"comity/keyring"
	"comity/shell"
	"comity/store"
)

// calls lists the call sheets of a matter. It writes one for the other side, and
// holds ours to theirs: until what differs is settled, the matter is not decided.
func (a *app) calls(args []string) error {
	fs := a.Flags("calls")
	seat := fs.String("seat", "", "the seat that reads, and compares")
	realm := fs.String("realm", string(comity.Live), "live, or exercise:NAME")
	id := fs.String("id", "", "the call, such as call1")
	out := fs.String("out", "", "write its sheet to this file, for the other side")
	overwrite := fs.Bool("overwrite", false, "replace the file that --out names")
	with := fs.String("with", "", "the other side's sheet of this call: compare, and note how they compare")
	words, err := shell.Parse(fs, args, 0, 1, oneMatter+", or nothing for calls that belong to none")
	if err == nil && len(words) == 0 && *id != "" {
		err = shell.Usagef("calls: name the matter of %s", comity.Clip(*id))
	}
	if err == nil && *id == "" && *out+*with != "" {
		err = shell.Usagef("calls: say which call with --id")
	}
	if err != nil {
		return err
	}
	if len(words) == 0 {
		return a.With(func(n *shell.Node) error {
			if _, err := a.Officer(n, *seat); err != nil {
				return err
			}
			var d docket.Docket
			err := n.Keeper.View(a.Ctx, func(tx *store.Tx) (err error) {
				d, err = own(n, tx)
				return err
			})
			if err != nil {
				return err
			}
			return a.listCalls(d.Calls)
		})
	}
	return a.on(*seat, *realm, words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		var list []docket.Kept[docket.Call]
		err := n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			d, _, err := n.Docket(tx, m.Realm, m.Ref)
			list = d.Calls
			return err
		})
		if err != nil {
			return err
		}
		if *id == "" {
			return a.listCalls(list)
		}
		i := slices.IndexFunc(list, func(c docket.Kept[docket.Call]) bool { return c.Is.ID == *id })
		if i < 0 {
			return comity.Fieldf("id", "the file of %s has no call %q; comity call %s --id call1 … notes one", m.Ref, comity.Clip(*id), m.Ref)
		}
		ours := list[i].Is
		if *out != "" {
			b, err := form.Encode(&ours)
			if err == nil {
				err = shell.WriteFile("out", *out, 0o600, *overwrite, shell.Bytes(b))
			}
			if err != nil {
				return err
			}
		}
		if *with == "" {
			return a.Print(ours, "%s of %s\n", ours.ID, shell.UTC(ours.StartedAt.Time))
		}
		return a.compare(n, m, o.Seat, ours, *with)
	})
}

func (a *app) listCalls(list []docket.Kept[docket.Call]) error {
	p := &shell.Page{}
	for _, c := range list {
		p.Line("%s  %s  %s  with %s (%s: %s)  the other side's sheet: %s", c.Is.ID, shell.UTC(c.Is.StartedAt.Time), c.Is.Direction, c.Is.Speaker, c.Is.Identity.Method, c.Is.Identity.Result, c.Is.PeerEntry)
	}
	return a.Print(list, "%s", p)
}

func (a *app) compare(n *shell.Node, m shell.MatterName, seat comity.Seat, ours docket.Call, name string) error {
	raw, err := a.ReadInput("with", name, form.MaxBody)
	if err != nil {
		return err
	}
	var theirs docket.Call
	if err := form.Decode(raw, &theirs); err != nil {
		return err
	}
	if err := form.Check(&theirs); err != nil {
		return err
	}
	differ := docket.Compare(ours, theirs)
	p := &shell.Page{}
	for _, d := range differ {
		p.Line("%s: ours %q, theirs %q", d.Field, d.Ours, d.Theirs)
	}
	if ours.PeerEntry = "matches"; len(differ) > 0 {
		ours.PeerEntry = "differs"
		p.Line("the sheets differ: read it back on the telephone, note %s anew as it was, and compare again", ours.ID)
	} else {
		p.Line("the sheets match")
	}
	if err := a.add(n, m, seat, &ours); err != nil {
		return err
	}
	return a.Print(differ, "%s", p)
}
