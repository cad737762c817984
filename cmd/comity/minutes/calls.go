package minutes

import (
	"slices"

	"comity"
	"comity/disk"
	"comity/docket"
	"comity/form"
	"comity/keyring"
	"comity/policy"
	"comity/shell"
)

// calls lists the call sheets of a matter. It writes one for the other side, and
// holds ours to theirs: until what differs is settled, the matter is not decided.
func (a *app) calls(args []string) error {
	c := a.command("calls", policy.Note, "the seat that reads, and compares")
	id := c.String("id", "", "the call, such as call1")
	out := c.String("out", "", "write its sheet to this file, for the other side")
	overwrite := c.Bool("overwrite", false, "replace the file that --out names")
	with := c.String("with", "", "the other side's sheet of this call: compare, and note how they compare")
	words, err := shell.Parse(c.FlagSet, args, 0, 1, oneMatter+", or nothing for calls that belong to none")
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
			if _, err := a.Officer(n, *c.seat); err != nil {
				return err
			}
			d, err := a.read(n, shell.MatterName{})
			if err != nil {
				return err
			}
			return a.listCalls(d.Calls)
		})
	}
	return c.on(words[0], func(n *shell.Node, o *keyring.Officer, m shell.MatterName) error {
		d, err := a.read(n, m)
		if err != nil {
			return err
		}
		list := d.Calls
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
				err = disk.Write("out", *out, 0o600, *overwrite, disk.Bytes(b))
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
