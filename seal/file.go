package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"io"

	"comity"
)

const (
	fileKeySize = 32
	chunkSize   = 65536 // of plaintext
	tagSize     = 16    // by which a sealed chunk is longer
	fileType    = "comity/file/1\n"
)

// CipherSize returns the size of the ciphertext of a file of n bytes.
func CipherSize(n int64) int64 { return n + tagSize*chunks(n) }

// chunks returns how many chunks a file of n bytes has.
func chunks(n int64) int64 { return max(1, (n+chunkSize-1)/chunkSize) }

// chunkAEAD returns the cipher of a file. Each file has a key of its own, so
// counting up nonces repeats none.
func chunkAEAD(key []byte) (cipher.AEAD, error) {
	if len(key) != fileKeySize {
		return nil, comity.Errorf(comity.Invalid, "a file's key has %d bytes, not %d", len(key), fileKeySize)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// chunkNonce marks the last chunk, so that a file cut short does not open.
func chunkNonce(k int64, last bool) []byte {
	var n [12]byte
	binary.BigEndian.PutUint64(n[3:11], uint64(k))
	if last {
		n[11] = 1
	}
	return n[:]
}

// A FileWriter encrypts a file on its way to another writer.
type FileWriter struct {
	w      io.Writer
	key    comity.FileKey
	aead   cipher.AEAD
	buf    []byte // of the chunk that may yet be the last
	out    []byte
	k      int64 // chunks sealed
	size   int64
	plain  hash.Hash
	cipher hash.Hash
	err    error
	closed bool
}

// NewFileWriter returns a writer that encrypts under a fresh key and writes the
// ciphertext to w. Close it before asking for the file's description.
func NewFileWriter(w io.Writer) (*FileWriter, error) {
	return newFileWriter(w, rand.Reader)
}

func newFileWriter(w io.Writer, rand io.Reader) (*FileWriter, error) {
	secret := make([]byte, saltSize+fileKeySize)
	if _, err := io.ReadFull(rand, secret); err != nil {
		return nil, err
	}
	f := &FileWriter{
		w:      w,
		key:    comity.FileKey{Salt: secret[:saltSize:saltSize], Key: secret[saltSize:]},
		buf:    make([]byte, 0, chunkSize),
		out:    make([]byte, 0, chunkSize+tagSize),
		plain:  plainHash(secret[:saltSize]),
		cipher: sha256.New(),
	}
	var err error
	f.aead, err = chunkAEAD(f.key.Key)
	return f, err
}

func plainHash(salt []byte) hash.Hash {
	h := sha256.New()
	h.Write([]byte(fileType))
	h.Write(salt)
	return h
}

var errClosed = errors.New("seal: write to a closed FileWriter")

// Write encrypts p. It keeps up to one chunk back, as that may be the last.
func (f *FileWriter) Write(p []byte) (int, error) {
	if f.closed {
		return 0, errClosed
	}
	done := 0
	for done < len(p) && f.err == nil {
		if len(f.buf) == chunkSize {
			f.flush(false)
			continue
		}
		n := min(chunkSize-len(f.buf), len(p)-done)
		f.buf = append(f.buf, p[done:done+n]...)
		done += n
	}
	return done, f.err
}

// Close writes the last chunk. It does not close the writer below.
func (f *FileWriter) Close() error {
	if !f.closed {
		f.closed = true
		f.flush(true)
	}
	return f.err
}

func (f *FileWriter) flush(last bool) {
	if f.err != nil {
		return
	}
	f.plain.Write(f.buf)
	f.size += int64(len(f.buf))
	f.out = f.aead.Seal(f.out[:0], chunkNonce(f.k, last), f.buf, nil)
	f.buf = f.buf[:0]
	f.k++
	f.cipher.Write(f.out)
	_, f.err = f.w.Write(f.out)
}

// File describes the file for a manifest, as soon as the writer is closed.
func (f *FileWriter) File(name, media string) comity.File {
	return comity.File{
		Name: name, Type: media, Size: f.size,
		Plain: comity.Hash(f.plain.Sum(nil)), Cipher: comity.Hash(f.cipher.Sum(nil)),
	}
}

// Key returns what opens the file.
func (f *FileWriter) Key() comity.FileKey { return f.key }

// A FileReader decrypts a file. It hands out a chunk only when that chunk is
// known to be good, and io.EOF only when the whole file is: until then, what
// was read may be cut short or belong to another manifest.
type FileReader struct {
	r     io.Reader
	aead  cipher.AEAD
	file  comity.File
	plain hash.Hash
	k     int64 // chunks opened
	in    []byte
	buf   []byte
	rest  []byte // of buf, not handed out
	err   error
}

// NewFileReader returns a reader of the file that r is the ciphertext of.
func NewFileReader(r io.Reader, file comity.File, key comity.FileKey) (*FileReader, error) {
	aead, err := chunkAEAD(key.Key)
	if err != nil {
		return nil, err
	}
	if err := checkSize("size", file.Size); err != nil {
		return nil, err
	}
	size := min(file.Size, chunkSize)
	return &FileReader{
		r: r, aead: aead, file: file, plain: plainHash(key.Salt),
		in: make([]byte, size+tagSize), buf: make([]byte, 0, size),
	}, nil
}

// Read decrypts into p.
func (f *FileReader) Read(p []byte) (int, error) {
	for len(f.rest) == 0 && f.err == nil {
		f.next()
	}
	if len(f.rest) == 0 {
		return 0, f.err
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

// next opens the next chunk or, after the last, checks the whole.
func (f *FileReader) next() {
	left := f.file.Size - f.k*chunkSize
	last := left <= chunkSize
	if f.k == chunks(f.file.Size) {
		f.err = f.end()
		return
	}
	in := f.in[:min(left, chunkSize)+tagSize]
	if _, err := io.ReadFull(f.r, in); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = comity.Errorf(comity.Invalid, "the file is cut short in chunk %d", f.k)
		}
		f.err = err
		return
	}
	b, err := f.aead.Open(f.buf[:0], chunkNonce(f.k, last), in, nil)
	if err != nil {
		f.err = comity.Errorf(comity.Untrusted, "chunk %d of the file has been changed, or its key is another", f.k)
		return
	}
	f.plain.Write(b)
	f.rest = b
	f.k++
}

func (f *FileReader) end() error {
	var more [1]byte
	switch _, err := io.ReadFull(f.r, more[:]); err {
	case io.EOF:
	case nil:
		return comity.Errorf(comity.Invalid, "the file goes on after its last chunk")
	default:
		return err
	}
	if comity.Hash(f.plain.Sum(nil)) != f.file.Plain {
		return comity.Errorf(comity.Untrusted, "the file is not the one that the manifest names")
	}
	return io.EOF
}
