package web

import (
	"net/url"

	"comity"
	"comity/web/page"
)

// peerPages are the other parties: who to call, the lines, what they need.
var peerPages = map[string]func(*view) error{
	"GET /peers":         (*view).peers,
	"GET /peers/{party}": (*view).peer,
}

func (v *view) peers() error {
	list, err := ask[[]page.Pairing](v, "peers")
	if err != nil {
		return err
	}
	f, err := v.frame(v.word.PeerTitle())
	if err != nil {
		return err
	}
	return v.show(f.PeerList(list))
}

func (v *view) peer() error {
	p, err := comity.ParseParty(v.r.PathValue("party"))
	if err != nil || p == v.Node.Party {
		return comity.Errorf(comity.NotFound, "there is no such peer")
	}
	x := page.Counterpart{}
	if x.Pairing, err = ask[page.Pairing](v, "peers", string(p)); err != nil {
		return err
	}
	if x.Sheet, err = ask[page.DutySheet](v, "directory", string(p)); err != nil {
		return err
	}
	open, err := v.lines(url.Values{"peer": {string(p)}}, mostLines)
	if err != nil {
		return err
	}
	f, err := v.frame(v.partyName(p))
	if err != nil {
		return err
	}
	f.Nav = "/peers"
	x.Balance = page.Balanced(open, f.Party)
	if v.r.URL.Query().Get("check") == "yes" {
		log, err := ask[page.LogHealth](v, "log", "check", "--peer", string(p))
		if err != nil {
			return err
		}
		x.Log = &log
	}
	return v.show(f.Counterpart(x))
}
