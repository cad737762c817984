package exchange_test
import ("testing";"comity/exchange";"os";"strconv";"encoding/json")
func TestDbg(t *testing.T) {
	s, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil { t.Skip() }
	w := live(s, os.Getenv("BUG"))
	for _, x := range w.wrong { t.Log(x) }
	for _, n := range w.nodes { for i := range n.disk { if i != n.i { j,_ := json.Marshal(n.disk[i].State); t.Logf("%s->%d evil %v up %v guard %v ready %d: %s", n.name, i, n.evil, n.up, n.guards[i], len(n.disk[i].ready), j) } } }
	for _, c := range w.channels { t.Logf("wanted %v restored %v frozen %v %+v", c.wanted, c.restored, c.frozen, c.resume) }
	t.Logf("limit %d page %d alarms %d", w.limit, w.page, len(w.alarms))
	for i, a := range w.alarms { if i < 40 { t.Log(a) } }
}
func TestStats(t *testing.T) {
	if os.Getenv("STATS") == "" { t.Skip() }
	tot := map[string]int{}
	for seed := range uint64(300) {
		stats = map[string]int{}
		w := live(seed, "")
		for k := range stats { tot[k]++ ; tot["#"+k] += stats[k] }
		for _, c := range w.channels { if c.resume != nil { tot["resumed"]++ }; if c.restored {tot["restored"]++} ; if c.honest() {tot["honest"]++}}
		for _, n := range w.nodes { for i := range n.disk { b := n.disk[i]; tot["returned"] += len(b.returned); tot["said"] += len(b.said); if b.Mode==exchange.Halted {tot["halted"]++}; tot["own"] += len(b.own) }}
		if len(w.wrong)>0 { t.Log(seed, w.wrong[0]) }
	}
	j,_ := json.MarshalIndent(tot, "", " ")
	t.Log(string(j))
}
var stats = map[string]int{}
func TestOrder(t *testing.T) {
	s, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil { t.Skip() }
	w := live(s, "")
	for _, n := range w.nodes { for i := range n.disk { if i == n.i {continue}; b := n.disk[i]; last := -1
		for _, e := range b.said { if e.order < last { t.Logf("%s->%d: %v epoch %d seq %d after #%d; move %v ctl %v", n.name, i, e.statement, e.epoch, e.seq, last, e.move, e.control != nil) }; last = e.order }
		for _, e := range b.returned { t.Log("returned", e) } } }
}
