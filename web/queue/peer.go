package queue

import (
	"net/url"

	"comity"
	"comity/web"
)

// peerPages are the other parties: who to call, the lines, what they need.
var peerPages = map[string]func(*view) error{
	"GET /peers":         (*view).peers,
	"GET /peers/{party}": (*view).peer,
}

func (v *view) peers() error {
	list, err := web.Ask[[]Pairing](v.View, "peers")
	if err != nil {
		return err
	}
	f, err := v.frame(v.Word.PeerTitle())
	if err != nil {
		return err
	}
	return v.Show(f.PeerList(list))
}

func (v *view) peer() error {
	p, err := comity.ParseParty(v.R.PathValue("party"))
	if err != nil || p == v.Node.Party {
		return comity.Errorf(comity.NotFound, "there is no such peer")
	}
	x := Counterpart{}
	if x.Pairing, err = web.Ask[Pairing](v.View, "peers", string(p)); err != nil {
		return err
	}
	if x.Sheet, err = web.Ask[DutySheet](v.View, "duty", string(p)); err != nil {
		return err
	}
	open, err := v.lines(url.Values{"peer": {string(p)}}, mostLines)
	if err != nil {
		return err
	}
	f, err := v.frame(v.PartyName(p))
	if err != nil {
		return err
	}
	f.Nav = "/peers"
	x.Balance = Balanced(open, f.Party)
	if v.R.URL.Query().Get("check") == "yes" {
		log, err := web.Ask[LogHealth](v.View, "log", "check", "--peer", string(p))
		if err != nil {
			return err
		}
		x.Log = &log
	}
	return v.Show(f.Counterpart(x))
}
