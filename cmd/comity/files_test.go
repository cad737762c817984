package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"comity"
	"comity/request"
	"comity/store"
	"comity/testnet"
)

const mib = 1 << 20

// TestLargeFile sends a file of 1 GiB (32 MiB with -short) by the commands that
// an officer uses, and kills first the receiver and then the sender in the
// middle. It goes on where it was, arrives as it was, is encrypted wherever it
// lies, and costs neither node more than 256 MiB of memory.
func TestLargeFile(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 32 * mib
	}
	us, cn := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	receiver, sender := us.Serve(t), cn.Serve(t)
	at, from := testnet.Open(t, us, nil), testnet.Open(t, cn, nil)
	_, ref, err := at.Ask(t.Context(), cn, 500)
	if err != nil {
		t.Fatal(err)
	}
	testnet.Until(t, 10*time.Second, "the request arrives", func() bool { return from.Knows(t.Context(), ref) })

	const marker = "PLAINTEXT OF AN OFFICER'S EVIDENCE"
	name := filepath.Join(t.TempDir(), "disk.img")
	want := writeFile(t, name, size, marker)
	answer := filepath.Join(t.TempDir(), "answer.json")
	if err := os.WriteFile(answer, testnet.Body(&request.Answer{Results: []request.Result{{Item: "1", Result: request.NoRecord, Use: "lead_only"}}}), 0o600); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	cmd := cn.Command("answer", string(ref), "--file", answer, "--attach", name, "--sources", "none", "--screened", "clear", "--seat", "cn-24-7-01", "--json")
	out := run1(t, cmd)
	if peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10; peak > 256 {
		t.Errorf("the command that attaches had %d MiB resident", peak)
	}
	var draft struct{ ID string }
	if err := json.Unmarshal(out, &draft); err != nil {
		t.Fatal(err)
	}
	t.Logf("attached in %v", time.Since(began).Round(time.Millisecond))
	var sent struct{ Statement comity.Hash }
	if err := json.Unmarshal([]byte(cn.Run(t, "approve", draft.ID, "--seat", "cn-24-7-02", "--send", "--json")), &sent); err != nil {
		t.Fatal(err)
	}

	part := func() int64 { return largest(filepath.Join(us.Dir, "vault", "peers")) }
	began = time.Now()
	for _, step := range []struct {
		victim *testnet.Process
		at     int64
	}{{receiver, size / 5}, {sender, size / 2}} {
		testnet.Until(t, 60*time.Second, "part of the file has arrived", func() bool { return part() >= step.at })
		step.victim.Kill()
		if n := part(); n >= size {
			t.Fatalf("the file had arrived before %s was killed", step.victim.Name)
		}
		t.Logf("killed %s with %d MiB there", step.victim.Name, part()/mib)
		if err := step.victim.Start(); err != nil {
			t.Fatal(err)
		}
	}
	arrived := func(n *testnet.Node) bool {
		ok := false
		if err := n.DB.View(t.Context(), func(tx *store.Tx) error {
			files, err := tx.Files(testnet.Channel(us, cn), sent.Statement)
			ok = len(files) == 1 && files[0].Stored && !files[0].Receipt.IsZero()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return ok
	}
	testnet.Until(t, 120*time.Second, "both have the file's receipt", func() bool { return arrived(at) && arrived(from) })
	t.Logf("pushed and receipted in %v", time.Since(began).Round(time.Millisecond))
	if wrote := receiver.Wrote(); wrote < size || wrote > size+size/8+16*mib {
		t.Errorf("the receiver wrote %d MiB for a file of %d: it began again", wrote/mib, size/mib)
	}

	got := sha256.New()
	if err := at.ReadFile(t.Context(), cn, sent.Statement, 0, got); err != nil {
		t.Fatal(err)
	}
	if comity.Hash(got.Sum(nil)) != want {
		t.Error("another file arrived")
	}
	for _, p := range []*testnet.Party{us, cn} {
		if found := search(t, p.Dir, marker); found != "" {
			t.Errorf("%s lies in plain text in %s", marker, found)
		}
	}
	for _, n := range []*testnet.Process{receiver, sender} {
		t.Logf("%s had at most %d MiB resident", n.Name, n.Peak())
		if n.Peak() > 256 {
			t.Errorf("%s had %d MiB resident, more than 256", n.Name, n.Peak())
		}
	}
}

func run1(t *testing.T, cmd interface {
	Output() ([]byte, error)
}) []byte {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

// writeFile makes a sparse file with a marker in many places, and returns its hash.
func writeFile(t *testing.T, name string, size int64, marker string) comity.Hash {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	for at := int64(0); at < size; at += 7*mib + 13 {
		if _, err := f.WriteAt([]byte(marker), at); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Truncate(size); err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		t.Fatal(err)
	}
	return comity.Hash(h.Sum(nil))
}

// largest returns the size of the largest file under dir.
func largest(dir string) (n int64) {
	filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			if s, err := d.Info(); err == nil {
				n = max(n, s.Size())
			}
		}
		return nil
	})
	return n
}

// search returns the first file under dir that contains s.
func search(t *testing.T, dir, s string) (found string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || found != "" {
			return nil
		}
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		buf, kept := make([]byte, 4*mib), 0
		for {
			n, err := io.ReadFull(f, buf[kept:])
			if bytes.Contains(buf[:kept+n], []byte(s)) {
				found = name
			}
			if err != nil {
				return nil
			}
			kept = copy(buf, buf[len(buf)-len(s):])
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestFileNames: a name that is not a plain visible one is refused before
// anything is stored, with what is wrong and what to do.
func TestFileNames(t *testing.T) {
	us, cn := testnet.New(t, "us", testnet.Options{}), testnet.New(t, "cn", testnet.Options{})
	testnet.Pair(t, us, cn)
	body := filepath.Join(us.Dir, "request.json")
	if err := os.WriteFile(body, testnet.Request(100), 0o600); err != nil {
		t.Fatal(err)
	}
	us.Run(t, "draft", body, "--to", "cn", "--seat", "us-24-7-01")
	dir := t.TempDir()
	for _, name := range []string{
		"..hidden", ".profile", "a\nb.txt", "a\x1b[2Jb.txt", "gpj.\u202eexe", "back\\slash.txt", "C:evil.txt", "CON", "nul.txt",
		"trailing ", "trailing.", "caf\x65\u0301.txt", "not utf-8 \xff.txt", "zero\u200bwidth.txt", "pipe|.txt",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, stderr, status := command(t, "--dir", us.Dir, "--passphrase-file", us.Dir+"/pass", "attach", "D-1", file, "--seat", "us-24-7-01")
		if status != 3 || !strings.Contains(stderr, "name") || !strings.Contains(stderr, "order.pdf") {
			t.Errorf("%q: status %d, %q", name, status, stderr)
		}
		if strings.ContainsAny(stderr, "\x1b\u202e") {
			t.Errorf("%q: the error repeats what makes a terminal lie", name)
		}
	}
	for _, missing := range []string{filepath.Join(dir, "absent.txt"), dir} {
		if _, stderr, status := command(t, "--dir", us.Dir, "--passphrase-file", us.Dir+"/pass", "attach", "D-1", missing, "--seat", "us-24-7-01"); status == 0 {
			t.Errorf("%s was attached: %s", missing, stderr)
		}
	}
	if n := largest(filepath.Join(us.Dir, "vault")); n != 0 {
		t.Errorf("something of %d bytes was stored all the same", n)
	}
}
