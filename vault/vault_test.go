package vault

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/seal"
)

const us, cn = comity.Party("us"), comity.Party("cn")

func open(t *testing.T, dir string, l Limits) *Vault {
	t.Helper()
	v, err := Open(dir, l)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

// counts is what a peer's uploads count for.
func counts(v *Vault, peer comity.Party) int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.usage(peer)
}

// arrived waits until more than n bytes of us's upload are there, ten seconds at
// most, and returns how many.
func arrived(t *testing.T, v *Vault, cipher comity.Hash, n int64) int64 {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if now, _, err := v.Offset(us, cipher); err != nil {
			t.Fatal(err)
		} else if now > n {
			return now
		}
	}
	t.Fatalf("no more than %d bytes arrive", n)
	return 0
}

func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed)})
	r.Read(b)
	return b
}

// sealed returns n bytes as a peer would send them.
func sealed(t *testing.T, plain []byte) ([]byte, comity.File, comity.FileKey) {
	t.Helper()
	var b bytes.Buffer
	w, err := seal.NewFileWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(plain)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), w.File("evidence.bin", "application/octet-stream"), w.Key()
}

func is(t *testing.T, err error, want comity.Trouble) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got the error %v, want one that is %q", err, want)
	}
}

func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, name)
			found = append(found, rel)
		}
		return err
	})
	return found
}

func TestPutAndDecrypt(t *testing.T) {
	for _, c := range []struct {
		name string
		size int
	}{
		{"an empty file", 0},
		{"a byte", 1},
		{"exactly one chunk", 65536},
		{"one chunk and a byte", 65537},
		{"several buffers", 1<<20 + 17},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			v := open(t, dir, Limits{})
			plain := noise(1, c.size)
			f, k, err := v.Put(bytes.NewReader(plain), int64(c.size))
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			if err := v.Decrypt(f, k, &got); err != nil || !bytes.Equal(got.Bytes(), plain) {
				t.Fatalf("decrypted %d bytes of %d, %v", got.Len(), c.size, err)
			}
			r, size, err := v.Open(f.Cipher)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			h := sha256.New()
			n, _ := io.Copy(h, r)
			if n != size || size != seal.CipherSize(f.Size) || comity.Hash(h.Sum(nil)) != f.Cipher {
				t.Errorf("the ciphertext of %d bytes is not what its name says", size)
			}
			h2 := f.Cipher.String()
			if got := names(t, dir); len(got) != 1 || got[0] != filepath.Join("files", h2[:2], h2) {
				t.Errorf("the vault holds %q", got)
			}
			if err := errors.Join(v.Erase(f.Cipher), v.Erase(f.Cipher)); err != nil {
				t.Error(err)
			}
			_, _, err = v.Open(f.Cipher)
			is(t, err, comity.NotFound)
		})
	}
}

type failing struct{ after int }

func (f *failing) Read(b []byte) (int, error) {
	if f.after <= 0 {
		return 0, errors.New("the disk was pulled out")
	}
	n := min(len(b), f.after)
	f.after -= n
	return n, nil
}

func TestPutThatFailsLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, Limits{})
	_, _, err := v.Put(bytes.NewReader(noise(1, 100_001)), 100_000)
	is(t, err, comity.TooMuch)
	if _, _, err := v.Put(&failing{300_000}, 1<<20); err == nil || !strings.Contains(err.Error(), "pulled out") {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); len(got) != 0 {
		t.Errorf("the vault holds %q", got)
	}
}

func TestDamageIsFound(t *testing.T) {
	plain := noise(2, 200_000)
	for _, c := range []struct {
		name   string
		damage func(b []byte) []byte
		want   comity.Trouble
	}{
		{"a bit of the second chunk has turned", func(b []byte) []byte { b[70_000] ^= 1; return b }, comity.Untrusted},
		{"the last bit has turned", func(b []byte) []byte { b[len(b)-1] ^= 1; return b }, comity.Untrusted},
		{"the file is cut after a chunk", func(b []byte) []byte { return b[:65552*2] }, comity.Invalid},
		{"a byte is added", func(b []byte) []byte { return append(b, 0) }, comity.Invalid},
		{"two chunks have changed places", func(b []byte) []byte {
			return append(append(append([]byte{}, b[65552:65552*2]...), b[:65552]...), b[65552*2:]...)
		}, comity.Untrusted},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir, out := t.TempDir(), t.TempDir()
			v := open(t, dir, Limits{})
			f, k, err := v.Put(bytes.NewReader(plain), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Join(dir, filepath.FromSlash(stored(f.Cipher)))
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			os.WriteFile(name, c.damage(b), 0o600)
			is(t, v.Decrypt(f, k, io.Discard), c.want)
			root, _ := os.OpenRoot(out)
			defer root.Close()
			is(t, v.WriteFile(root, "evidence.bin", f, k), c.want)
			if got := names(t, out); len(got) != 0 {
				t.Errorf("a damaged file left %q", got)
			}
		})
	}
	t.Run("a manifest that names another plaintext", func(t *testing.T) {
		v := open(t, t.TempDir(), Limits{})
		f, k, _ := v.Put(bytes.NewReader(plain), 1<<20)
		f.Plain[0] ^= 1
		is(t, v.Decrypt(f, k, io.Discard), comity.Untrusted)
	})
}

func TestNames(t *testing.T) {
	for _, name := range []string{
		"order.pdf", "令状.pdf", "console.log", "com.txt", "a b.txt", "Ωmega.tar.gz", strings.Repeat("x", 255),
	} {
		if err := CheckName(name); err != nil {
			t.Errorf("%v", err)
		}
	}
	for _, name := range []string{
		"", ".", "..", "../x", "a/b", "/etc/passwd", `..\x`, `C:\x`, "C:x", "a:stream", "x\x00.pdf", "x\n.pdf", "x\u0085y",
		"gnp.\u202eexe", "a\u2066b", "\u200ea", "a\u200b.pdf", "\ufeffa", "CON", "con.txt", "Aux", "nul.tar.gz", "LPT9.pdf",
		"com1 .txt", "COM¹", ".bashrc", ".hidden", "x.", "x ", " x", "a*b", "a?b", "a|b", "<a>", `"a"`,
		strings.Repeat("x", 256), "\xff\xfe", "e\u0301.pdf", "a\u2028b", "~/.\x7f",
	} {
		if err := CheckName(name); !errors.Is(err, comity.Invalid) {
			t.Errorf("the name %q passed", name)
		}
	}
}

func TestWriteFileStaysInItsFolderAndReplacesNothing(t *testing.T) {
	v := open(t, t.TempDir(), Limits{})
	f, k, err := v.Put(strings.NewReader("the order"), 100)
	if err != nil {
		t.Fatal(err)
	}
	out, outside := t.TempDir(), filepath.Join(t.TempDir(), "victim")
	os.WriteFile(outside, []byte("untouched"), 0o600)
	os.WriteFile(filepath.Join(out, "there.pdf"), []byte("older"), 0o600)
	os.Symlink(outside, filepath.Join(out, "link.pdf"))
	os.Symlink("/nowhere/at/all", filepath.Join(out, "dangling.pdf"))
	os.Mkdir(filepath.Join(out, "folder"), 0o700)
	root, _ := os.OpenRoot(out)
	defer root.Close()
	for _, c := range []struct {
		name string
		want comity.Trouble
	}{
		{"there.pdf", comity.Conflict},
		{"link.pdf", comity.Conflict},
		{"dangling.pdf", comity.Conflict},
		{"folder", comity.Conflict},
		{"../escape.pdf", comity.Invalid},
		{"folder/inner.pdf", comity.Invalid},
	} {
		is(t, v.WriteFile(root, c.name, f, k), c.want)
	}
	if err := v.WriteFile(root, "new.pdf", f, k); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(filepath.Join(out, "new.pdf")); string(b) != "the order" {
		t.Errorf("new.pdf says %q", b)
	}
	if b, _ := os.ReadFile(outside); string(b) != "untouched" {
		t.Errorf("the file behind a link says %q", b)
	}
	if s, _ := os.Stat(filepath.Join(out, "new.pdf")); s.Mode().Perm() != 0o600 {
		t.Errorf("new.pdf has mode %v", s.Mode())
	}
	if got := names(t, out); len(got) != 4 {
		t.Errorf("the folder holds %q", got)
	}
}

func TestVaultDoesNotFollowLinksOut(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	v := open(t, dir, Limits{})
	os.Remove(filepath.Join(dir, "peers"))
	os.Symlink(outside, filepath.Join(dir, "peers"))
	c, f, _ := sealed(t, noise(1, 1000))
	if _, _, err := v.Append(us, f.Cipher, 0, int64(len(c)), bytes.NewReader(c)); err == nil {
		t.Error("an upload went through a link out of the vault")
	}
	if _, _, err := v.Append("../../x", f.Cipher, 0, int64(len(c)), bytes.NewReader(c)); !errors.Is(err, comity.Invalid) {
		t.Errorf("a party named ../../x got %v", err)
	}
	if got := names(t, outside); len(got) != 0 {
		t.Errorf("outside is %q", got)
	}
}

func TestSweep(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir, Limits{})
	wanted, _, _ := v.Put(strings.NewReader("wanted"), 100)
	orphan, _, _ := v.Put(strings.NewReader("of a draft that was given up"), 100)
	c, f, _ := sealed(t, noise(1, 1000))
	v.Append(us, f.Cipher, 0, int64(len(c)), bytes.NewReader(c[:500]))
	c2, f2, _ := sealed(t, noise(2, 1000))
	v.Append(us, f2.Cipher, 0, int64(len(c2)), bytes.NewReader(c2))
	c3, f3, _ := sealed(t, noise(3, 1000))
	v.Append(us, f3.Cipher, 0, int64(len(c3)), bytes.NewReader(c3))
	v.Claim(us, f3.Cipher)
	os.WriteFile(filepath.Join(dir, "tmp", "LEFT"), nil, 0o600)
	for _, folder := range []string{"files", "peers", "peers/us"} {
		os.WriteFile(filepath.Join(dir, folder, "README"), nil, 0o600) // not ours to touch
	}
	open(t, dir, Limits{})

	keep := func(h comity.Hash) (bool, error) { return h == wanted.Cipher, nil }
	if n, err := v.Sweep(time.Now().Add(-time.Hour), keep); n != 0 || err != nil {
		t.Fatalf("swept %d new files, %v", n, err)
	}
	if n, err := v.Sweep(time.Now().Add(time.Hour), nil); n != 3 || err != nil {
		t.Fatalf("swept %d files, %v; want two uploads and what a crash left", n, err)
	}
	if n := counts(v, us); n != 0 {
		t.Errorf("%d bytes still count", n)
	}
	if n, err := v.Sweep(time.Now().Add(time.Hour), keep); n != 2 || err != nil {
		t.Fatalf("swept %d files, %v; want the orphan and what no statement names any more", n, err)
	}
	if got := names(t, dir); slices.ContainsFunc(got, func(s string) bool { return strings.HasSuffix(s, ".sent") }) {
		t.Errorf("the vault holds %q", got)
	}
	if _, _, err := v.Open(orphan.Cipher); !errors.Is(err, comity.NotFound) {
		t.Errorf("the orphan is there: %v", err)
	}
	if r, _, err := v.Open(wanted.Cipher); err != nil {
		t.Error(err)
	} else {
		r.Close()
	}
}

// A zero is an endless reader that costs nothing.
type zero struct{}

func (zero) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestMemoryIsFlat(t *testing.T) {
	v := open(t, t.TempDir(), Limits{})
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const size = 64 << 20
	f, k, err := v.Put(io.LimitReader(zero{}, size), size)
	if err == nil {
		err = v.Decrypt(f, k, io.Discard)
	}
	if err == nil {
		var r *os.File
		if r, _, err = v.Open(f.Cipher); err == nil {
			defer r.Close()
			v2 := open(t, t.TempDir(), Limits{})
			_, _, err = v2.Append(us, f.Cipher, 0, seal.CipherSize(size), r)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 3<<20 {
		t.Errorf("64 MiB in, out and across allocated %d bytes in all", n)
	}
}
