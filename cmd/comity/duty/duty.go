// Package duty is the watch: whom to call now, what stands, and how one officer
// hands over to the next.
package duty

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"comity"
	"comity/docket"
	"comity/form"
	"comity/shell"
	"comity/store"
	"comity/typed"
)

type app struct{ *shell.App }

// Commands returns the verbs about the watch.
func Commands(s *shell.App) map[string]shell.Command {
	a := &app{s}
	return map[string]shell.Command{"duty": a.duty, "instruct": a.instruct, "handover": a.handover, "daylog": a.daylog}
}

// An Instruction is one that stands, or has ended.
type Instruction struct {
	docket.Instruction
	By comity.Seat `json:"by"`
	At comity.Time `json:"at"`
}

// A Handover is one with its other half, if the incoming officer has confirmed it.
type Handover struct {
	docket.Handover
	Outgoing comity.Seat `json:"outgoing"`
	At       comity.Time `json:"at"`
	Hash     comity.Hash `json:"hash"`
	Taken    comity.Time `json:"taken,omitzero"`
}

// file returns the party's own file.
func (a *app) file(n *shell.Node) (d docket.Docket, err error) {
	err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
		d, _, err = n.Docket(tx, "", "")
		return err
	})
	return d, err
}

func (a *app) add(n *shell.Node, seat comity.Seat, body any, says string) error {
	return n.Keeper.DB.Update(a.Ctx, func(tx *store.Tx) error {
		if err := n.Minute(tx, "", "", seat, body); err != nil {
			return err
		}
		return tx.Journal(comity.At(a.Now()), "duty", string(seat), says)
	})
}

// instruct lists what stands, adds to it, or ends one.
func (a *app) instruct(args []string) error {
	fs := a.Flags("instruct")
	seat := fs.String("seat", "", "the seat that instructs")
	id := fs.String("id", "", "its name: one of that name is replaced (default: the next free one)")
	text := fs.String("text", "", "what the watch must do; without it, list what stands")
	until := fs.String("until", "", "when it ends, such as 2026-12-01T08:00:00Z")
	end := fs.Bool("end", false, "end the one that --id names, now")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		d, err := a.file(n)
		if err != nil {
			return err
		}
		now := a.Now()
		if *text == "" && !*end {
			list := []Instruction{}
			out := ""
			for _, k := range latest(d.Instructions, func(i docket.Instruction) string { return i.ID }) {
				if k.Is.Until.After(now) {
					list = append(list, Instruction{k.Is, k.By, k.At})
					out += shell.Plain(fmt.Sprintf("%s  until %s  by %s: %s", k.Is.ID, shell.UTC(k.Is.Until.Time), k.By, k.Is.Standing)) + "\n"
				}
			}
			return a.Print(list, "%s", out)
		}
		b := &docket.Instruction{ID: *id, Standing: *text}
		switch {
		case *end:
			for _, k := range d.Instructions {
				if k.Is.ID == *id {
					b.Standing, b.Until = k.Is.Standing, comity.At(now)
				}
			}
			if b.Standing == "" {
				return comity.Fieldf("id", "there is no instruction %q; comity instruct lists them", comity.Clip(*id))
			}
		default:
			if b.Until, err = typed.Moment("until", *until); err != nil {
				return err
			}
			if !b.Until.After(now) {
				return comity.Fieldf("until", "%s is past; an instruction stands until a day to come", shell.UTC(b.Until.Time))
			}
		}
		if b.ID == "" {
			b.ID = fmt.Sprintf("i%d", len(d.Instructions)+1)
		}
		if err := a.add(n, o.Seat, b, "changed standing instruction "+b.ID); err != nil {
			return err
		}
		return a.Print(b, "%s stands until %s\n", b.ID, shell.UTC(b.Until.Time))
	})
}

// latest keeps the last entry of each name, in the order of the names' first.
func latest[T any](list []docket.Kept[T], name func(T) string) (kept []docket.Kept[T]) {
	at := map[string]int{}
	for _, k := range list {
		if i, ok := at[name(k.Is)]; ok {
			kept[i] = k
			continue
		}
		at[name(k.Is)] = len(kept)
		kept = append(kept, k)
	}
	return kept
}

// handover lists hand-overs, makes one or confirms one. What is open is written down
// by the node, not by the officer: no line of it can be forgotten.
func (a *app) handover(args []string) error {
	fs := a.Flags("handover")
	seat := fs.String("seat", "", "the seat that hands over, or takes over")
	to := fs.String("to", "", "the seat that comes on duty")
	told := fs.String("text", "", "what else the incoming officer must know")
	take := fs.String("take", "", "confirm the hand-over of this name, as the incoming seat")
	limit := fs.Int("limit", 10, "list at most so many")
	if _, err := shell.Parse(fs, args, 0, 0, "no words, only flags"); err != nil {
		return err
	}
	return a.With(func(n *shell.Node) error {
		o, err := a.Officer(n, *seat)
		if err != nil {
			return err
		}
		d, err := a.file(n)
		if err != nil {
			return err
		}
		switch {
		case *take != "":
			return a.take(n, o.Seat, d, *take)
		case *to == "":
			list, err := handovers(d)
			if err != nil {
				return err
			}
			slices.Reverse(list)
			list = append([]Handover{}, list[:min(max(*limit, 1), len(list))]...)
			out := ""
			for _, h := range list {
				how := "not confirmed"
				if !h.Taken.IsZero() {
					how = "taken " + shell.UTC(h.Taken.Time)
				}
				out += shell.Plain(fmt.Sprintf("%s  %s  %s to %s  %s  %d open", h.ID, shell.UTC(h.At.Time), h.Outgoing, h.Incoming, how, len(h.Open))) + "\n"
			}
			return a.Print(list, "%s", out)
		}
		h := &docket.Handover{ID: fmt.Sprintf("w%d", len(d.Handovers)+1), Told: *told}
		if h.Incoming, err = comity.ParseSeat(*to); err != nil {
			return err
		}
		if h.Incoming == o.Seat {
			return comity.Fieldf("to", "%s is the outgoing seat itself; name the one that comes on duty", o.Seat)
		}
		err = n.Keeper.View(a.Ctx, func(tx *store.Tx) error {
			if _, err := n.Sits(tx, h.Incoming); err != nil {
				return err
			}
			h.Open, err = a.open(n.As(""), tx)
			return err
		})
		if err != nil {
			return err
		}
		if err := a.add(n, o.Seat, h, "handed the watch over to "+string(h.Incoming)+" ("+h.ID+")"); err != nil {
			return err
		}
		return a.Print(h, "%s: %d open; %s confirms with comity handover --take %s\n%s", h.ID, len(h.Open), h.Incoming, h.ID, strings.Join(append(h.Open, ""), "\n"))
	})
}

// mostOpen matters are listed in a hand-over; more are counted.
const mostOpen = 499

// open are the matters that wait for us, a line of each: references and times, no
// titles. What is restricted, or marked for some seats alone, is handed over in its own
// file: n reads as nobody, and every seat reads this.
func (a *app) open(n *shell.Node, tx *store.Tx) (lines []string, err error) {
	yes := true
	list, err := n.Matters(tx, store.Filter{Realm: comity.Live, Open: &yes})
	if err != nil {
		return nil, err
	}
	sight, more := n.Sight(tx), 0
	for _, m := range list {
		h, _, err := sight.History(m)
		if err != nil || !shell.IsRequest(m.Kind) {
			if err != nil {
				return nil, err
			}
			continue
		}
		if shell.Strict(h.TLP(m.TLP)) {
			continue
		}
		v, err := sight.Project(h)
		if err != nil {
			return nil, err
		}
		if unsigned := v.Unsigned(n.Party); v.Owes != n.Party && unsigned.IsZero() && !v.Lapsing {
			continue
		}
		if len(lines) == mostOpen {
			more++
			continue
		}
		line := fmt.Sprintf("%s %s %s", m.Ref, m.Priority, v.State)
		for _, x := range []struct {
			what string
			at   time.Time
		}{{"due", v.Due}, {"countersign", v.Unsigned(n.Party)}} {
			if !x.at.IsZero() {
				line += fmt.Sprintf("; %s %s", x.what, shell.UTC(x.at))
			}
		}
		if v.Lapsing {
			line += "; hold until " + shell.UTC(v.HoldUntil)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	if more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return lines, nil
}

func handovers(d docket.Docket) (list []Handover, err error) {
	for _, k := range d.Handovers {
		b, err := form.Encode(&k.Is)
		if err != nil {
			return nil, err
		}
		h := Handover{Handover: k.Is, Outgoing: k.By, At: k.At, Hash: sha256.Sum256(b)}
		for _, t := range d.Takeovers {
			if t.Is.ID == h.ID && t.Is.Read == h.Hash {
				h.Taken = t.At
				break
			}
		}
		list = append(list, h)
	}
	return list, nil
}

// take is the incoming officer's half.
func (a *app) take(n *shell.Node, seat comity.Seat, d docket.Docket, id string) error {
	list, err := handovers(d)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(h Handover) bool { return h.ID == id })
	switch {
	case i < 0:
		return comity.Fieldf("take", "there is no hand-over %q; comity handover lists them", comity.Clip(id))
	case list[i].Incoming != seat:
		return comity.Errorf(comity.Forbidden, "%s hands the watch to %s, and you are %s", id, list[i].Incoming, seat)
	case !list[i].Taken.IsZero():
		return comity.Errorf(comity.Conflict, "%s was taken over at %s", id, shell.UTC(list[i].Taken.Time))
	}
	b := &docket.Takeover{ID: id, Outgoing: list[i].Outgoing, Read: list[i].Hash}
	if err := a.add(n, seat, b, "took the watch over from "+string(list[i].Outgoing)+" ("+id+")"); err != nil {
		return err
	}
	return a.Print(b, "the watch is yours\n")
}
