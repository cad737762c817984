package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"comity"
	"comity/demo/staff"
	"comity/store"
)

// setUp makes both parties and starts their nodes.
func (st *story) setUp() error {
	err := st.each(func(s *side) error {
		_, err := s.do("init", "--party", string(s.party), "--name-en", s.name.En, "--name-zh", s.name.Zh, "--zone", s.zone,
			"--agency", string(s.party)+"-24-7", "--seats", fmt.Sprintf("%s,%s,%s,%s", s.seats[0], s.seats[1], s.desks[0], s.desks[1]),
			"--link", "127.0.0.1:0", "--ops", "127.0.0.1:0", "--endpoint", "https://"+s.line.Addr(), "--private")
		if err != nil {
			return err
		}
		if st.stays {
			if err := staff.Open(s.app.Dir); err != nil {
				return err
			}
		}
		if s.node, err = s.app.open(); err != nil {
			return err
		}
		if st.stays {
			return s.serve()
		}
		return s.start()
	})
	if err != nil {
		return err
	}
	st.when(st.clock.now())
	for _, s := range st.sides() {
		var root comity.Hash
		err := s.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
			b, err := s.node.Keeper.Book(tx, s.party)
			if err == nil {
				root = b.Identity()
			}
			return err
		})
		if err != nil {
			return err
		}
		st.labelled(4, st.bold(string(s.party)), 6, "%s / %s: root key %s…, seats %s and %s, node process %d", s.name.En, s.name.Zh, root.Short(), s.seats[0], s.seats[1], s.pid())
		st.typed(s, "init --party %s --seats %s,%s …", s.party, s.seats[0], s.seats[1])
	}
	st.gap()
	st.para(4, "Keys are encrypted at rest. Every seat has its own; an officer's name never crosses, the seat does. Neither node knows the other yet.")
	return nil
}

// pairUp exchanges party files, compares the pair number and confirms.
func (st *story) pairUp() error {
	files := map[*side]string{}
	for _, s := range st.sides() {
		files[s] = filepath.Join(s.app.Dir, string(s.party)+".party")
		if _, err := s.do("party", "export", files[s]); err != nil {
			return err
		}
	}
	numbers := map[*side]string{}
	for _, s := range st.sides() {
		if _, err := s.do("party", "import", files[st.peer(s)]); err != nil {
			return err
		}
		out, err := s.do("peers", string(st.peer(s).party), "--json")
		if err != nil {
			return err
		}
		var p struct{ Number string }
		if err := json.Unmarshal([]byte(out), &p); err != nil {
			return err
		}
		numbers[s] = p.Number
	}
	number := numbers[st.us]
	if err := must(number == numbers[st.cn] && len(strings.ReplaceAll(number, " ", "")) == 60, "both sides see the same 60 digits"); err != nil {
		return err
	}
	st.when(st.clock.now())
	st.tell("Each side takes in the other's party file. Both now see the same number, which two officers of each side read to each other over two channels, such as telephone and pouch; here the demo does it for them.")
	st.gap()
	st.line(14, "%s", st.bold(number[:len(number)/2]))
	st.line(14, "%s", st.bold(number[len(number)/2+1:]))
	st.gap()
	_, err := st.us.do("peer", "confirm", string(st.cn.party), "--number", strings.Repeat("0", 60), "--seat", string(st.us.seats[0]))
	if err := must(errors.Is(err, comity.Untrusted), "a wrong number is refused, but: %v", err); err != nil {
		return err
	}
	err = st.each(func(s *side) error {
		for i, seat := range s.seats {
			if _, err := s.do("peer", "confirm", string(st.peer(s).party), "--number", number, "--seat", string(seat)); err != nil {
				return err
			}
			// From here on each officer's key is open, as in a session at a desk.
			var err error
			if s.officers[i], err = s.app.Officer(s.node.Node, string(seat)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range []*side{st.cn, st.us} {
		st.who(s, s.seats[:], st.clock.now(), "have compared it")
	}
	st.typed(st.us, "peer confirm cn --number … --seat us-24-7-01")
	ids := map[*side]comity.Hash{}
	err = st.await("the pair to be active on both nodes", func() (bool, error) {
		for _, s := range st.sides() {
			ch, err := s.channel(st)
			if errors.Is(err, comity.NotFound) {
				return false, nil
			}
			if err != nil || ch.State.Next == 0 || ch.State.Receipted < 4 {
				return false, err
			}
			ids[s] = ch.ID
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	if err := must(ids[st.us] == ids[st.cn], "both have the same channel"); err != nil {
		return err
	}
	st.gap()
	st.holds("A number that differs is refused: somebody may stand between.")
	st.holds("The pair is active on both nodes: both roots signed its profile. Channel %s, one log in each direction; each log begins with profile, keys, seats.", ids[st.us].Short())
	return nil
}
