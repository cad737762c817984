package main

import (
	"comity/config"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"comity/testnet"
)

// TestOps: the ops listener says how a node is, in numbers; neither it nor the log
// says what anybody has written, or in which matter.
func TestOps(t *testing.T) {
	us, cn := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	nodes := []*testnet.Process{us.Serve(t), cn.Serve(t)}
	for _, n := range nodes {
		n.WaitUp(t)
	}
	l := newLoad(t, us, cn, 0)
	id, ref, err := l.nodes[0].Ask(t.Context(), cn, 500)
	if err != nil {
		t.Fatal(err)
	}
	l.note(acked{id: id}, nil)
	l.settled(10 * time.Second)

	get := func(p *testnet.Party, path string) string {
		t.Helper()
		w, err := http.Get("http://" + p.Ops + path)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Body.Close()
		b, err := io.ReadAll(w.Body)
		if err != nil || w.StatusCode != http.StatusOK {
			t.Fatalf("%s answers %s, %v: %s", path, w.Status, err, b)
		}
		return string(b)
	}
	metrics := get(us, "/metrics")
	for _, want := range []string{
		`comity_rows{what="statements"} 1`, `comity_rows{what="matters open"} 1`, `comity_channel_open{mode="OPEN",peer="cn",realm="live"} 1`,
		`comity_stream_items{peer="cn",realm="live",which="receipted"} `, "process_resident_memory_bytes ",
	} {
		if !strings.Contains(metrics, "\n"+want) {
			t.Errorf("/metrics lacks %q", want)
		}
	}
	if took := get(cn, "/metrics"); !strings.Contains(took, `comity_exchange_seconds_count{peer="us"}`) || !strings.Contains(took, `comity_exchange_bytes_total{peer="us"}`) {
		t.Error("/metrics does not say what exchanges took")
	}
	if ready := get(us, "/readyz"); ready != `{"channels":[{"peer":"cn","realm":"live","mode":"OPEN"}],"party":"us"}`+"\n" {
		t.Errorf("/readyz says %s", ready)
	}
	if health := get(us, "/healthz"); health != "ok\n" {
		t.Errorf("/healthz says %q", health)
	}
	if w, err := http.Get("http://" + us.Ops + "/debug/pprof/"); err != nil || w.StatusCode != http.StatusNotFound {
		t.Errorf("there is more than that: %v", err)
	} else {
		w.Body.Close()
	}
	fr := testnet.New(t, "fr", testnet.Options{})
	busy := config.Config{Party: fr.Name, Database: fr.Database, Link: us.Link, Ops: fr.Ops, Quota: 64 << 30}
	if err := busy.Write(fr.Dir); err != nil {
		t.Fatal(err)
	}
	_, stderr, status := command(t, "--dir", fr.Dir, "--passphrase-file", fr.Dir+"/pass", "serve")
	if status != 3 || !strings.Contains(stderr, "link: we cannot listen on "+us.Link+" (address already in use); change it in comity.json") {
		t.Errorf("a node on another's address: status %d, %s", status, stderr)
	}
	for i, n := range nodes {
		lines := n.Logged("")
		said := strings.Join(lines, "\n") + get(n.Party, "/metrics") + get(n.Party, "/readyz")
		for _, content := range []string{string(ref), "kite-3391", "records were encrypted", "1030"} {
			if strings.Contains(said, content) {
				t.Errorf("%s tells of %q: %s", n.Name, content, said)
			}
		}
		if len(lines) == 0 {
			t.Errorf("node %d logs nothing", i)
		}
		for _, line := range lines {
			if !json.Valid([]byte(line)) {
				t.Errorf("%s logs what is no JSON: %s", n.Name, line)
			}
		}
	}
}
