package desk_test

import (
	"fmt"
	"testing"

	"comity"
	"comity/config"
	"comity/desk"
	"comity/pair"
	"comity/shell"
	"comity/store"
	"comity/testnet"
)

// A peer has one directory: the one that it opened last. However many it sends, no
// check reads them all.
func TestDirectory(t *testing.T) {
	nodes := testnet.Nodes(t, "us", "cn")
	us, cn := nodes[0], nodes[1]
	publish := func(n *testnet.Node, to comity.Party, agency comity.Agency) {
		t.Helper()
		d, err := n.Desk.Begin(t.Context(), n.Officers[0].Seat, desk.New{To: to, Kind: pair.OpensDirectory, Body: testnet.Body(pair.Agencies{Agencies: []pair.Agency{
			{ID: agency, EN: "contact point", ZH: "联络点", Competences: []pair.Competence{{Types: []string{"preserve"}}}}}})})
		must(t, err)
		for _, o := range n.Officers[:2] {
			_, err := n.Desk.Approve(t.Context(), d.ID, desk.Word{Officer: o})
			must(t, err)
		}
		_, err = n.Desk.Send(t.Context(), d.ID)
		must(t, err)
	}
	publish(us, "cn", "us-24-7")
	for i := range 3 {
		publish(cn, "us", comity.Agency(fmt.Sprintf("cn-%d", i)))
	}
	testnet.Settle(t, us, cn)
	for _, n := range nodes {
		s := &shell.Node{Config: config.Config{Party: n.Name}, Keeper: n.Keeper}
		peer := map[comity.Party]comity.Party{"us": "cn", "cn": "us"}[n.Name]
		must(t, n.DB.View(t.Context(), func(tx *store.Tx) error {
			list, err := s.Directory(tx, comity.Live, peer)
			var ids []comity.Agency
			for _, a := range list {
				ids = append(ids, a.ID)
			}
			if fmt.Sprint(ids) != "[cn-2 us-24-7]" {
				t.Errorf("%s reads %v, %v", n.Name, ids, err)
			}
			return err
		}))
	}
}
