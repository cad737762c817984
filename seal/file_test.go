package seal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"

	"comity"
)

func sealFile(t testing.TB, plain []byte) ([]byte, comity.File, comity.FileKey) {
	t.Helper()
	var ct bytes.Buffer
	w, err := NewFileWriter(&ct)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return ct.Bytes(), w.File("a.log", "text/plain"), w.Key()
}

func openFile(ct []byte, f comity.File, k comity.FileKey) ([]byte, error) {
	r, err := NewFileReader(bytes.NewReader(ct), f, k)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

func TestFilesComeBack(t *testing.T) {
	for _, n := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3 * chunkSize, 3*chunkSize + 5} {
		t.Run(fmt.Sprint(n, " bytes"), func(t *testing.T) {
			plain := noise(n)
			ct, f, k := sealFile(t, plain)
			if int64(len(ct)) != CipherSize(int64(n)) || f.Size != int64(n) || f.Cipher != sha256.Sum256(ct) {
				t.Errorf("%d bytes of ciphertext are described as %+v", len(ct), f)
			}
			if want := sha256.Sum256([]byte("comity/file/1\n" + string(k.Salt) + string(plain))); f.Plain != want {
				t.Errorf("plain is %v, want %x", f.Plain, want)
			}
			if got, err := openFile(ct, f, k); err != nil || !bytes.Equal(got, plain) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
			r, err := NewFileReader(iotest.HalfReader(bytes.NewReader(ct)), f, k)
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(r, plain); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestHowAFileIsWrittenDoesNotMatter(t *testing.T) {
	plain := noise(2*chunkSize + 100)
	var want []byte
	for _, step := range []int{1 << 20, chunkSize, chunkSize - 1, 7777} {
		var ct bytes.Buffer
		w, err := newFileWriter(&ct, fixedRand(1))
		if err != nil {
			t.Fatal(err)
		}
		for p := plain; len(p) > 0; p = p[min(step, len(p)):] {
			if n, err := w.Write(p[:min(step, len(p))]); err != nil || n != min(step, len(p)) {
				t.Fatal(n, err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = ct.Bytes()
		}
		if !bytes.Equal(ct.Bytes(), want) {
			t.Errorf("in steps of %d it is another ciphertext", step)
		}
		if _, err := w.Write([]byte("more")); err == nil {
			t.Error("a closed file can be written to")
		}
	}
}

func TestChangedFilesAreRefused(t *testing.T) {
	plain := noise(2*chunkSize + 100)
	ct, f, k := sealFile(t, plain)
	sealedChunk := chunkSize + tagSize
	swapped := bytes.Clone(ct)
	copy(swapped, ct[sealedChunk:2*sealedChunk])
	copy(swapped[sealedChunk:], ct[:sealedChunk])
	other, g, l := sealFile(t, plain)
	for _, c := range []struct {
		name string
		ct   []byte
		file func(*comity.File)
		key  comity.FileKey
	}{
		{"chunks swapped", swapped, nil, k},
		{"cut in a chunk", ct[:len(ct)-1], nil, k},
		{"cut between chunks", ct[:2*sealedChunk], nil, k},
		{"cut between chunks, and said to be so long", ct[:2*sealedChunk], func(f *comity.File) { f.Size = 2 * chunkSize }, k},
		{"empty", nil, nil, k},
		{"said to be empty", ct, func(f *comity.File) { f.Size = 0 }, k},
		{"said to be a byte shorter", ct, func(f *comity.File) { f.Size-- }, k},
		{"said to be a byte longer", ct, func(f *comity.File) { f.Size++ }, k},
		{"a byte more", append(bytes.Clone(ct), 0), nil, k},
		{"another file's key", ct, nil, l},
		{"another file", other, nil, k},
		{"another file and its key", other, nil, l},
		{"another salt", ct, nil, comity.FileKey{Salt: l.Salt, Key: k.Key}},
		{"another plain hash", ct, func(f *comity.File) { f.Plain = g.Plain }, k},
		{"an erased key", ct, nil, comity.FileKey{}},
		{"a size below nothing", ct, func(f *comity.File) { f.Size = -1 }, k},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := f
			if c.file != nil {
				c.file(&f)
			}
			got, err := openFile(c.ct, f, c.key)
			if !errors.Is(err, comity.Untrusted) && !errors.Is(err, comity.Invalid) {
				t.Errorf("got %d bytes, %v", len(got), err)
			}
		})
	}
	for i := 0; i < len(ct); i += 997 {
		ct[i] ^= 1
		got, err := openFile(ct, f, k)
		if err == nil {
			t.Fatalf("byte %d changed is accepted", i)
		}
		if !bytes.HasPrefix(plain, got) || len(got)%chunkSize != 0 {
			t.Fatalf("byte %d changed: %d bytes that are not good were handed out", i, len(got))
		}
		ct[i] ^= 1
	}
}

func TestFilesTakeNoMemory(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, w := io.Pipe()
	f, err := NewFileWriter(w)
	if err != nil {
		t.Fatal(err)
	}
	const size = 64 << 20
	go func() {
		_, err := io.Copy(f, io.LimitReader(rand.NewChaCha8([32]byte{}), size))
		w.CloseWithError(errors.Join(err, f.Close()))
	}()
	if n, err := io.Copy(io.Discard, r); err != nil || n != CipherSize(size) {
		t.Fatal(n, err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 2<<20 {
		t.Errorf("%d bytes of memory for a file of %d", n, size)
	}
}

func TestAFailingDiskFailsTheFile(t *testing.T) {
	r, w := io.Pipe()
	r.CloseWithError(io.ErrShortWrite)
	f, err := NewFileWriter(w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, 3*chunkSize)); err != io.ErrShortWrite {
		t.Errorf("Write: %v", err)
	}
	if err := f.Close(); err != io.ErrShortWrite {
		t.Errorf("Close: %v", err)
	}
	ct, file, k := sealFile(t, noise(10))
	bad, err := NewFileReader(iotest.DataErrReader(io.MultiReader(bytes.NewReader(ct), iotest.ErrReader(io.ErrClosedPipe))), file, k)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(bad); err != io.ErrClosedPipe {
		t.Errorf("Read: %v", err)
	}
}
