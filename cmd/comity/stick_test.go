package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"comity/testnet"
	"comity/thread"
)

// TestStickWithFiles: files go beside a stick. One that the medium has spoilt does
// not hide the other, and is written anew with the next stick.
func TestStickWithFiles(t *testing.T) {
	us, cn := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	stick := filepath.Join(t.TempDir(), "stick")
	carry := func(from, to *testnet.Party) {
		t.Helper()
		from.Run(t, "stick", "write", stick, "--peer", string(to.Name), "--overwrite")
		to.Run(t, "stick", "read", stick)
	}
	l := newLoad(t, us, cn, 0)
	at, there := l.nodes[0], l.nodes[1]
	nodes := []*testnet.Process{us.Serve(t), cn.Serve(t)}
	_, ref, err := at.Ask(t.Context(), cn, 100)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Until(t, 10*time.Second, "the request arrives", func() bool { return there.Knows(t.Context(), ref) })
	l.settled(10 * time.Second)
	for _, n := range nodes {
		n.Kill() // and from now on there is no line
	}
	contents := []string{strings.Repeat("the first ", 20_000), strings.Repeat("the second ", 20_000)}
	id, err := at.Say(t.Context(), ref, "note", &thread.Note{Text: "with files"}, strings.NewReader(contents[0]), strings.NewReader(contents[1]))
	if err != nil {
		t.Fatal(err)
	}
	us.Run(t, "stick", "write", stick, "--peer", "cn", "--overwrite")
	files := at.Files(t, cn, id)
	bad := filepath.Join(stick+".d", files[0].Cipher.String())
	b, err := os.ReadFile(bad)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.Clone(b)
	spoilt[1000] ^= 1
	if err := os.WriteFile(bad, spoilt, 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	cmd := cn.Command("stick", "read", stick)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || !strings.Contains(out.String(), "1 files of us") || !strings.Contains(errs.String(), bad) {
		t.Fatalf("a stick with one spoilt file: %v\n%s%s", err, out.String(), errs.String())
	}
	carry(cn, us) // the receipt of the second
	carry(us, cn)
	carry(cn, us)
	for i, want := range contents {
		for _, n := range []*testnet.Node{at, there} {
			peer := map[*testnet.Node]*testnet.Party{at: cn, there: us}[n]
			var got bytes.Buffer
			if err := n.ReadFile(t.Context(), peer, id, i, &got); err != nil || got.String() != want {
				t.Errorf("file %d at %s: %d bytes, %v", i+1, n.Name, got.Len(), err)
			}
		}
	}
}
