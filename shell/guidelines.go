package shell

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"

	"comity"
	"comity/cabinet"
	"comity/clock"
	"comity/guide"
	"comity/guidelines"
	"comity/store"
)

// PackMinute is the kind of the party's minutes that hold adopted packs, by their
// hash: a request that cites one keeps it, whatever is shipped later.
const PackMinute = "pack"

// Library returns the guidelines that are known here: shipped with the program, or
// adopted with a peer.
func (n *Node) Library(tx *store.Tx) (*guide.Library, error) {
	lib := guide.Shipped()
	list, err := cabinet.Minutes(tx, cabinet.Choice{Scope: cabinet.Party, Kind: PackMinute})
	if err != nil {
		return nil, err
	}
	for _, m := range list {
		h, err := comity.ParseHash(m.Name)
		if err != nil {
			return nil, err
		}
		if _, ok := lib.ByHash(h); ok {
			continue
		}
		var files []guide.File
		if err := json.Unmarshal(m.Body, &files); err != nil {
			return nil, err
		}
		p, err := guide.Parse(files)
		if err != nil {
			return nil, err
		}
		lib = lib.With(p)
	}
	return lib, nil
}

var shippedCalendars = sync.OnceValue(func() map[string]clock.Calendar {
	all := map[string]clock.Calendar{}
	entries, err := guidelines.FS.ReadDir("calendars")
	if err != nil {
		return all
	}
	for _, e := range entries {
		b, err := guidelines.FS.ReadFile("calendars/" + e.Name())
		if err != nil {
			continue // a test of package guide reads them all
		}
		if c, err := clock.ParseICS(b); err == nil {
			h := sha256.Sum256(b)
			all[hex.EncodeToString(h[:])] = c
		}
	}
	return all
})

// calendars returns the calendars that a pack names and that are here, by party.
func calendars(p guide.Pack) map[comity.Party]clock.Calendar {
	list := map[comity.Party]clock.Calendar{}
	for _, ref := range p.Calendars {
		if c, ok := shippedCalendars()[ref.SHA256]; ok {
			list[ref.Party] = c
		}
	}
	return list
}
