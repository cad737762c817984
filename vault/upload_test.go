package vault

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"comity"
)

func TestUploadOf64MiBInPieces(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, Limits{})
	plain := noise(3, 64<<20)
	c, f, k := sealed(t, plain)
	total := int64(len(c))
	rnd := rand.New(rand.NewPCG(7, 7))
	pieces, restarts := 0, 0
	for {
		n, whole, err := v.Offset(us, f.Cipher)
		if err != nil {
			t.Fatal(err)
		}
		if whole {
			break
		}
		pieces++
		cut := rnd.Int64N(12 << 20)
		r := io.MultiReader(bytes.NewReader(c[n:min(total, n+cut)]), &failing{})
		after, _, err := v.Append(us, f.Cipher, n, total, r)
		if after != min(total, n+cut) {
			t.Fatalf("an upload interrupted after %d bytes has %d", n+cut, after)
		}
		if after < total {
			is(t, err, comity.Unavailable)
		}
		if rnd.IntN(3) == 0 {
			restarts++
			v.Close()
			v = open(t, dir, Limits{})
		}
	}
	t.Logf("%d pieces, %d restarts", pieces, restarts)
	_, _, err := v.Open(f.Cipher)
	is(t, err, comity.NotFound) // nobody has named it
	if n := counts(v, us); n != total {
		t.Errorf("it counts for %d bytes of %d", n, total)
	}
	if n, err := v.Claim(us, f.Cipher); n != total || err != nil {
		t.Fatalf("claimed %d bytes, %v", n, err)
	}
	if n, err := v.Claim(us, f.Cipher); n != total || err != nil {
		t.Fatalf("claimed %d bytes again, %v", n, err)
	}
	if n := counts(v, us); n != 0 {
		t.Errorf("it still counts for %d bytes", n)
	}
	var got bytes.Buffer
	if err := v.Decrypt(f, k, &got); err != nil || !bytes.Equal(got.Bytes(), plain) {
		t.Errorf("what arrived is not what was sent: %v", err)
	}
	if n, whole, err := v.Offset(us, f.Cipher); n != total || !whole || err != nil {
		t.Errorf("its offset is now %d, %v, %v", n, whole, err)
	}
}

func TestUploads(t *testing.T) {
	c, f, _ := sealed(t, noise(4, 100_000))
	total := int64(len(c))
	put := func(v *Vault, off, total int64, b []byte) (int64, bool, error) {
		return v.Append(us, f.Cipher, off, total, bytes.NewReader(b))
	}
	for _, c := range []struct {
		name string
		do   func(t *testing.T, v *Vault)
	}{
		{"a file that nobody sent has no bytes", func(t *testing.T, v *Vault) {
			if n, whole, err := v.Offset(us, f.Cipher); n != 0 || whole || err != nil {
				t.Error(n, whole, err)
			}
			_, err := v.Claim(us, f.Cipher)
			is(t, err, comity.NotFound)
			if len(v.uploads) != 0 {
				t.Error("asking left a trace")
			}
		}},
		{"a gap is refused", func(t *testing.T, v *Vault) {
			put(v, 0, total, c[:10])
			_, _, err := put(v, 11, total, c[11:])
			is(t, err, comity.Conflict)
		}},
		{"a repeated piece is refused", func(t *testing.T, v *Vault) {
			put(v, 0, total, c[:10])
			_, _, err := put(v, 0, total, c)
			is(t, err, comity.Conflict)
		}},
		{"a repeated end is a success", func(t *testing.T, v *Vault) {
			put(v, 0, total, c)
			n, whole, err := put(v, total, total, nil)
			if n != total || !whole || err != nil {
				t.Error(n, whole, err)
			}
		}},
		{"an offset beyond the end is not valid", func(t *testing.T, v *Vault) {
			_, _, err := put(v, total+1, total, c)
			is(t, err, comity.Invalid)
			_, _, err = put(v, -1, total, c)
			is(t, err, comity.Invalid)
		}},
		{"bytes of another name are thrown away, and it begins again", func(t *testing.T, v *Vault) {
			bad := bytes.Clone(c)
			bad[5] ^= 1
			_, whole, err := put(v, 0, total, bad)
			is(t, err, comity.Conflict)
			if whole {
				t.Error("it is whole")
			}
			if n, _, err := v.Offset(us, f.Cipher); n != 0 || err != nil {
				t.Error(n, err)
			}
			if _, whole, err := put(v, 0, total, c); !whole || err != nil {
				t.Error(whole, err)
			}
		}},
		{"half a file cannot be claimed", func(t *testing.T, v *Vault) {
			put(v, 0, total, c[:10])
			_, err := v.Claim(us, f.Cipher)
			is(t, err, comity.NotFound)
		}},
		{"another peer does not see an upload, nor claim it", func(t *testing.T, v *Vault) {
			put(v, 0, total, c)
			if n, _, _ := v.Offset(cn, f.Cipher); n != 0 {
				t.Error(n)
			}
			_, err := v.Claim(cn, f.Cipher)
			is(t, err, comity.NotFound)
		}},
		{"nor a file that is stored: it must send it too", func(t *testing.T, v *Vault) {
			put(v, 0, total, c)
			if _, err := v.Claim(us, f.Cipher); err != nil {
				t.Fatal(err)
			}
			if n, whole, err := v.Offset(cn, f.Cipher); n != 0 || whole || err != nil {
				t.Error(n, whole, err)
			}
			_, err := v.Claim(cn, f.Cipher)
			is(t, err, comity.NotFound)
			_, whole, err := v.Append(cn, f.Cipher, total, total, bytes.NewReader(nil))
			if is(t, err, comity.Conflict); whole {
				t.Error("cn has it without sending a byte")
			}
			v.Append(cn, f.Cipher, 0, total, bytes.NewReader(c))
			if n, err := v.Claim(cn, f.Cipher); n != total || err != nil {
				t.Error(n, err)
			}
		}},
		{"nor a file of ours", func(t *testing.T, v *Vault) {
			f, _, err := v.Put(bytes.NewReader(c), total)
			if err != nil {
				t.Fatal(err)
			}
			if n, whole, err := v.Offset(us, f.Cipher); n != 0 || whole || err != nil {
				t.Error(n, whole, err)
			}
			_, err = v.Claim(us, f.Cipher)
			is(t, err, comity.NotFound)
		}},
		{"what is claimed is not sent again", func(t *testing.T, v *Vault) {
			put(v, 0, total, c)
			v.Claim(us, f.Cipher)
			if n, whole, err := v.Offset(us, f.Cipher); n != total || !whole || err != nil {
				t.Error(n, whole, err)
			}
			_, _, err := v.Append(us, f.Cipher, 0, total, untouched{t})
			is(t, err, comity.Conflict)
		}},
		{"what is erased is sent again", func(t *testing.T, v *Vault) {
			put(v, 0, total, c)
			v.Claim(us, f.Cipher)
			v.Erase(f.Cipher)
			if n, whole, err := put(v, 0, total, c); n != total || !whole || err != nil {
				t.Error(n, whole, err)
			}
			if _, err := v.Claim(us, f.Cipher); err != nil {
				t.Error(err)
			}
		}},
		{"two peers may send one file", func(t *testing.T, v *Vault) {
			put(v, 0, total, c)
			v.Append(cn, f.Cipher, 0, total, bytes.NewReader(c))
			_, err1 := v.Claim(us, f.Cipher)
			_, err2 := v.Claim(cn, f.Cipher)
			if err1 != nil || err2 != nil || counts(v, us)+counts(v, cn) != 0 {
				t.Error(err1, err2, counts(v, us), counts(v, cn))
			}
		}},
		{"what is erased is erased as an upload too", func(t *testing.T, v *Vault) {
			put(v, 0, total, c[:10])
			v.Append(cn, f.Cipher, 0, total, bytes.NewReader(c))
			if err := v.Erase(f.Cipher); err != nil || counts(v, us)+counts(v, cn) != 0 {
				t.Error(err)
			}
		}},
		{"a file over the limit is refused before a byte is read", func(t *testing.T, v *Vault) {
			_, _, err := v.Append(us, f.Cipher, 0, 1<<20+1, untouched{t})
			is(t, err, comity.TooMuch)
		}},
		{"the zero hash names no file", func(t *testing.T, v *Vault) {
			_, _, err := v.Append(us, comity.Hash{}, 0, 10, untouched{t})
			is(t, err, comity.Invalid)
		}},
	} {
		t.Run(c.name, func(t *testing.T) { c.do(t, open(t, t.TempDir(), Limits{File: 1 << 20})) })
	}
}

type untouched struct{ t *testing.T }

func (u untouched) Read([]byte) (int, error) {
	u.t.Error("it was read")
	return 0, io.EOF
}

func TestQuota(t *testing.T) {
	dir := t.TempDir()
	l := Limits{Quota: 1 << 20}
	v := open(t, dir, l)
	send := func(p comity.Party, seed uint64, size, part int) (comity.File, error) {
		c, f, _ := sealed(t, noise(seed, size))
		_, _, err := v.Append(p, f.Cipher, 0, int64(len(c)), bytes.NewReader(c[:min(len(c), part)]))
		return f, err
	}
	first, err := send(us, 1, 600_000, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	_, err = send(us, 2, 600_000, 1)
	is(t, err, comity.TooMuch)
	if _, err = send(cn, 2, 600_000, 1<<20); err != nil {
		t.Errorf("one peer's files took another's room: %v", err)
	}
	if _, err := v.Claim(us, first.Cipher); err != nil {
		t.Fatal(err)
	}
	if _, err = send(us, 2, 600_000, 1); err != nil { // what is announced counts, not what has come
		t.Errorf("a claimed file still counts: %v", err)
	}
	_, err = send(us, 3, 600_000, 1)
	is(t, err, comity.TooMuch)

	v.Close()
	v = open(t, dir, l)
	if counts(v, cn) < 600_000 {
		t.Errorf("after a restart cn's uploads count for %d", counts(v, cn))
	}
	for i := range 20 { // small ones count too
		if _, err = send(us, uint64(10+i), 1, 100); err != nil {
			break
		}
	}
	is(t, err, comity.TooMuch)
}

func TestTwoConnectionsAppendToOneFile(t *testing.T) {
	v := open(t, t.TempDir(), Limits{})
	plain := noise(5, 8<<20)
	c, f, k := sealed(t, plain)
	total := int64(len(c))
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(i), 0))
			for {
				n, whole, err := v.Offset(us, f.Cipher)
				if err != nil {
					t.Error(err)
				}
				if whole || err != nil {
					return
				}
				r := io.MultiReader(bytes.NewReader(c[n:min(total, n+rnd.Int64N(2<<20))]), &failing{})
				_, _, err = v.Append(us, f.Cipher, n, total, io.MultiReader(slow{r}))
				if err != nil && !errors.Is(err, comity.Conflict) && !errors.Is(err, comity.Unavailable) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if _, err := v.Claim(us, f.Cipher); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := v.Decrypt(f, k, &got); err != nil || !bytes.Equal(got.Bytes(), plain) {
		t.Errorf("what arrived is not what was sent: %v", err)
	}
}

// slow is a line that takes its time: the time is what a test does to the vault,
// and nothing is waited for.
type slow struct{ io.Reader }

func (s slow) Read(b []byte) (int, error) {
	time.Sleep(100 * time.Microsecond)
	return s.Reader.Read(b[:min(len(b), 32<<10)])
}

func TestANewConnectionTakesOverFromADeadOne(t *testing.T) {
	v := open(t, t.TempDir(), Limits{})
	c, f, _ := sealed(t, noise(6, 1000))
	total := int64(len(c))
	pr, pw := io.Pipe()
	old := make(chan error)
	go func() {
		_, _, err := v.Append(us, f.Cipher, 0, total, pr)
		old <- err
	}()
	pw.Write(c[:100])
	n := arrived(t, v, f.Cipher, 0)
	if _, whole, err := v.Append(us, f.Cipher, n, total, bytes.NewReader(c[n:])); !whole || err != nil {
		t.Fatal(whole, err)
	}
	pw.Write([]byte("late"))
	is(t, <-old, comity.Conflict)
	if _, err := v.Claim(us, f.Cipher); err != nil {
		t.Error(err)
	}
}

// Replicas share the folder; a peer comes now to one and now to the other.
func TestTwoReplicasShareAFolder(t *testing.T) {
	dir := t.TempDir()
	plain := noise(10, 300_000)
	c, f, k := sealed(t, plain)
	total := int64(len(c))
	a, b := open(t, dir, Limits{}), open(t, dir, Limits{})
	send := func(v *Vault, want, upto int64) {
		t.Helper()
		n, _, err := v.Offset(us, f.Cipher)
		if n != want || err != nil {
			t.Fatalf("it says that %d bytes are there, %v; want %d", n, err, want)
		}
		if after, whole, err := v.Append(us, f.Cipher, n, total, bytes.NewReader(c[n:upto])); after != upto || whole != (upto == total) || err != nil {
			t.Fatalf("%d bytes are there, %v, %v; want %d", after, whole, err, upto)
		}
	}
	send(a, 0, 1000)
	send(b, 1000, 2000)
	send(a, 2000, 3000)
	// A connection to one is not yet known to be dead when the other goes on.
	pr, pw := io.Pipe()
	old := make(chan error)
	go func() {
		_, _, err := a.Append(us, f.Cipher, 3000, total, pr)
		old <- err
	}()
	pw.Write(c[3000:4000])
	arrived(t, b, f.Cipher, 3000)
	send(b, 4000, total)
	pw.CloseWithError(io.ErrUnexpectedEOF)
	is(t, <-old, comity.Unavailable)
	send(a, total, total)
	if _, err := b.Claim(us, f.Cipher); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Claim(us, f.Cipher); n != total || err != nil || counts(a, us) != 0 {
		t.Errorf("the other claims %d bytes, %v, and counts %d", n, err, counts(a, us))
	}
	var got bytes.Buffer
	if err := a.Decrypt(f, k, &got); err != nil || !bytes.Equal(got.Bytes(), plain) {
		t.Errorf("what arrived is not what was sent: %v", err)
	}
	if got := names(t, dir); len(got) != 2 { // it, and who sent it
		t.Errorf("the vault holds %q", got)
	}
}

// An upload that is given up while it arrives ends, and leaves nothing.
func TestAnUploadUnderWayIsGivenUp(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, Limits{})
	c, f, _ := sealed(t, noise(12, 1000))
	pr, pw := io.Pipe()
	old := make(chan error)
	go func() {
		_, _, err := v.Append(us, f.Cipher, 0, int64(len(c)), pr)
		old <- err
	}()
	pw.Write(c[:100])
	arrived(t, v, f.Cipher, 0)
	if n, err := v.Sweep(time.Now().Add(time.Hour), nil); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	pw.Write(c[100:])
	is(t, <-old, comity.Conflict)
	if got := names(t, dir); len(got) != 0 || counts(v, us) != 0 {
		t.Errorf("the vault holds %q and counts %d", got, counts(v, us))
	}
}

// A crash may come between the last byte of an upload and its name.
func TestAWholePartIsFound(t *testing.T) {
	dir := t.TempDir()
	c, f, _ := sealed(t, noise(13, 1000))
	if err := os.MkdirAll(filepath.Join(dir, "peers", "us"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, place{us, f.Cipher}.part()), c, 0o600); err != nil {
		t.Fatal(err)
	}
	v := open(t, dir, Limits{})
	if n, whole, err := v.Offset(us, f.Cipher); n != int64(len(c)) || !whole || err != nil {
		t.Fatal(n, whole, err)
	}
	if _, err := v.Claim(us, f.Cipher); err != nil {
		t.Error(err)
	}
}

// What one of them has stored under a file's name, the other does not begin to
// write over, though it remembers half of it.
func TestAStaleReplicaWritesNoHole(t *testing.T) {
	dir := t.TempDir()
	c, f, _ := sealed(t, noise(11, 300_000))
	total := int64(len(c))
	a, b := open(t, dir, Limits{}), open(t, dir, Limits{})
	a.Append(us, f.Cipher, 0, total, bytes.NewReader(c[:1000]))
	if _, whole, err := b.Append(us, f.Cipher, 1000, total, bytes.NewReader(c[1000:])); !whole || err != nil {
		t.Fatal(whole, err)
	}
	_, _, err := a.Append(us, f.Cipher, 1000, total, bytes.NewReader(c[1000:]))
	is(t, err, comity.Conflict)
	p := place{us, f.Cipher}
	if got, _ := os.ReadFile(filepath.Join(dir, p.whole())); !bytes.Equal(got, c) {
		t.Error("the whole file is another now")
	}
}

// TestMain lets TestKilled run this program as a node that is going to die.
func TestMain(m *testing.M) {
	if dir := os.Getenv("VAULT_VICTIM"); dir != "" {
		victim(dir)
	}
	os.Exit(m.Run())
}

// victim takes files in, and an upload, until it is killed.
func victim(dir string) {
	v, err := Open(dir, Limits{})
	if err != nil {
		panic(err)
	}
	go func() {
		for i := 0; ; i++ {
			if _, _, err := v.Put(bytes.NewReader(noise(uint64(i), 300_000)), 1<<20); err != nil {
				panic(err)
			}
		}
	}()
	cipher, _ := comity.ParseHash(os.Getenv("VAULT_CIPHER"))
	total, _ := strconv.ParseInt(os.Getenv("VAULT_TOTAL"), 10, 64)
	n, whole, err := v.Offset(us, cipher)
	if err == nil && !whole {
		os.Stdin.Seek(n, io.SeekStart)
		_, _, err = v.Append(us, cipher, n, total, slow{os.Stdin})
	}
	if err != nil {
		panic(err)
	}
	select {}
}

func TestKilled(t *testing.T) {
	dir := t.TempDir()
	plain := noise(8, 24<<20)
	c, f, k := sealed(t, plain)
	src := filepath.Join(t.TempDir(), "source")
	if err := os.WriteFile(src, c, 0o600); err != nil {
		t.Fatal(err)
	}
	rnd := rand.New(rand.NewPCG(9, 9))
	kills := 0
	for whole := false; !whole; kills++ {
		in, err := os.Open(src)
		if err != nil {
			t.Fatal(err)
		}
		var stderr bytes.Buffer
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "VAULT_VICTIM="+dir, "VAULT_CIPHER="+f.Cipher.String(), "VAULT_TOTAL="+strconv.Itoa(len(c)))
		cmd.Stdin, cmd.Stderr = in, &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The instant of its death is random, and later each time so that it gets
		// on: this sleep is what is done to it, and waits for nothing.
		time.Sleep(time.Duration(20+rnd.IntN(60)+kills*5) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		in.Close()
		if stderr.Len() > 0 {
			t.Fatal(stderr.String())
		}
		v := open(t, dir, Limits{})
		if _, whole, err = v.Offset(us, f.Cipher); err != nil {
			t.Fatal(err)
		}
		v.Close()
		if kills > 200 {
			t.Fatal("it gets nowhere")
		}
	}
	v := open(t, dir, Limits{})
	if _, err := v.Claim(us, f.Cipher); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := v.Decrypt(f, k, &got); err != nil || !bytes.Equal(got.Bytes(), plain) {
		t.Errorf("what arrived is not what was sent: %v", err)
	}
	if _, err := v.Sweep(time.Now().Add(time.Hour), nil); err != nil {
		t.Fatal(err)
	}
	all := names(t, dir)
	for _, name := range all {
		if name == filepath.FromSlash((place{us, f.Cipher}).sent()) {
			continue
		}
		b, _ := os.ReadFile(filepath.Join(dir, name))
		if h := comity.Hash(sha256.Sum256(b)); filepath.Dir(filepath.Dir(name)) != "files" || filepath.Base(name) != h.String() {
			t.Errorf("%s holds what is named %s", name, h)
		}
	}
	t.Logf("%d kills, %d files", kills, len(all))
}
