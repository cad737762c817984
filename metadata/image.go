package metadata

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strings"

	"comity"
)

const (
	exifMark = "Exif\x00\x00"
	xmpMark  = "http://ns.adobe.com/xap/1.0/\x00"
	xmpMore  = "http://ns.adobe.com/xmp/extension/\x00"
)

// A segment is one piece of a JPEG file: a marker with its body, then, after
// SOS, the coded picture up to the next marker.
type segment struct {
	marker byte
	body   []byte // without its length
}

// segments hands each segment up to EOI to visit, and what lies between them,
// as it is read, to scan. It returns how many bytes follow EOI.
func segments(p part, visit func(segment) error, scan io.Writer) (after int64, err error) {
	r := bufio.NewReaderSize(p.section(), 64<<10)
	var at int64
	next := func() (byte, error) {
		b, err := r.ReadByte()
		at++
		return b, err
	}
	out := bufio.NewWriterSize(scan, 64<<10)
	coded := false
	for {
		b, err := next()
		if err != nil {
			return 0, errForm
		}
		if b != 0xff {
			if !coded {
				return 0, errForm
			}
			if err := out.WriteByte(b); err != nil {
				return 0, err
			}
			continue
		}
		m := byte(0xff)
		for m == 0xff { // fill bytes
			if m, err = next(); err != nil {
				return 0, errForm
			}
		}
		switch {
		case coded && (m == 0 || m >= 0xd0 && m <= 0xd7): // a stuffed FF, a restart
			if _, err := out.Write([]byte{0xff, m}); err != nil {
				return 0, err
			}
			continue
		case m == 0 || m == 1 || m >= 0xd0 && m <= 0xd7:
			return 0, errForm
		}
		if err := out.Flush(); err != nil {
			return 0, err
		}
		coded = m == 0xda
		if m == 0xd8 || m == 0xd9 {
			if err := visit(segment{m, nil}); err != nil {
				return 0, err
			}
			if m == 0xd9 {
				return p.size - at, nil
			}
			continue
		}
		var n [2]byte
		if _, err := io.ReadFull(r, n[:]); err != nil || n[0] == 0 && n[1] < 2 {
			return 0, errForm
		}
		body := make([]byte, int(binary.BigEndian.Uint16(n[:]))-2)
		if _, err := io.ReadFull(r, body); err != nil {
			return 0, errForm
		}
		at += int64(len(body)) + 2
		if err := visit(segment{m, body}); err != nil {
			return 0, err
		}
	}
}

// A use says what a segment or chunk of a picture is for.
type use int

const (
	seen use = iota // the picture needs it
	exif
	xmp
	said // anything else that is not the picture
)

func (s segment) use() use {
	switch {
	case s.marker == 0xe1 && bytes.HasPrefix(s.body, []byte(exifMark)):
		return exif
	case s.marker == 0xe1 && (bytes.HasPrefix(s.body, []byte(xmpMark)) || bytes.HasPrefix(s.body, []byte(xmpMore))):
		return xmp
	case s.marker == 0xe0 && bytes.HasPrefix(s.body, []byte("JFIF\x00")),
		s.marker == 0xe2 && bytes.HasPrefix(s.body, []byte("ICC_PROFILE\x00")),
		s.marker == 0xee && bytes.HasPrefix(s.body, []byte("Adobe")):
		return seen
	case s.marker >= 0xe0 && s.marker <= 0xef, s.marker == 0xfe:
		return said
	}
	return seen
}

func (in *inspector) jpeg(p part) error {
	frame := false
	after, err := segments(p, func(s segment) error {
		where := fmt.Sprintf("APP%d", s.marker-0xe0)
		switch s.use() {
		case exif:
			b := s.body[len(exifMark):]
			return in.exif(p, bytes.NewReader(b), int64(len(b)), "Exif", true)
		case xmp:
			in.xmp(p, s.body, "XMP", true)
		case said:
			switch {
			case s.marker == 0xfe:
				in.add(p, "picture-comment", fmt.Sprintf("COM, %d bytes", len(s.body)), true)
			case s.marker == 0xed:
				in.add(p, "iptc", where+" Photoshop/IPTC", true)
			default:
				in.add(p, "camera", where, true)
			}
		}
		if s.marker == 0xe0 && len(s.body) > 14 {
			in.add(p, "thumbnail", "JFIF", true)
		}
		frame = frame || s.marker == 0xda
		return nil
	}, io.Discard)
	if err == nil && !frame {
		return errForm
	}
	if after > 0 {
		in.add(p, "trailing", fmt.Sprintf("%d bytes after EOI", after), true)
	}
	return err
}

// A chunk is a piece of a PNG or WebP file; its data lie at off.
type chunk struct {
	name string
	off  int64
	size int64
}

// pngChunks hands each chunk up to IEND to visit and returns where it ends.
func pngChunks(p part, visit func(chunk) error) (end int64, err error) {
	at := int64(8)
	for n := 0; n < 1_000_000; n++ {
		var h [8]byte
		if _, err := p.r.ReadAt(h[:], at); err != nil || at+8 > p.size {
			return 0, errForm
		}
		c := chunk{string(h[4:]), at + 8, int64(binary.BigEndian.Uint32(h[:]))}
		if at = c.off + c.size + 4; at > p.size || n == 0 && c.name != "IHDR" {
			return 0, errForm
		}
		if err := visit(c); err != nil || c.name == "IEND" {
			return at, err
		}
	}
	return 0, errTooMuch
}

// use of a PNG chunk. A capital begins the name of what no decoder can do
// without; of the others, these change what is seen (PNG, third edition, 11.3).
func (c chunk) use() use {
	switch {
	case c.name[0]&0x20 == 0, strings.Contains("tRNS gAMA cHRM sRGB iCCP sBIT bKGD pHYs hIST sPLT acTL fcTL fdAT cICP mDCV cLLI", c.name):
		return seen
	case c.name == "eXIf":
		return exif
	}
	return said
}

func (in *inspector) png(p part) error {
	data := false
	end, err := pngChunks(p, func(c chunk) error {
		data = data || c.name == "IDAT"
		switch c.use() {
		case exif:
			return in.exif(p, io.NewSectionReader(p.r, c.off, c.size), c.size, "eXIf", true)
		case said:
			b := make([]byte, min(c.size, maxBlock))
			if _, err := p.r.ReadAt(b, c.off); err != nil {
				return errForm
			}
			key, _, _ := bytes.Cut(b, []byte{0})
			in.pngText(p, c, string(key), b)
		}
		return nil
	})
	if err == nil && !data {
		return errForm
	}
	if err == nil && end < p.size {
		in.add(p, "trailing", fmt.Sprintf("%d bytes after IEND", p.size-end), true)
	}
	return err
}

func (in *inspector) pngText(p part, c chunk, key string, b []byte) {
	where := c.name
	if c.name == "tEXt" || c.name == "zTXt" || c.name == "iTXt" {
		where += " " + comity.Clip(key)
	}
	switch low := strings.ToLower(key); {
	case c.name == "tIME":
		in.add(p, "camera", where, true)
	case strings.Contains(low, "xmp"):
		in.xmp(p, b, where, true)
	case low == "author" || low == "copyright" || low == "source":
		in.add(p, "owner", where, true)
	case strings.HasPrefix(low, "raw profile type"): // ImageMagick's Exif, IPTC or XMP in hexadecimal
		in.add(p, "iptc", where, true)
	default:
		in.add(p, "picture-comment", where, true)
	}
}

// webpChunks hands each chunk of a RIFF file to visit.
func webpChunks(p part, visit func(chunk) error) (end int64, err error) {
	var h [8]byte
	if _, err := p.r.ReadAt(h[:], 0); err != nil {
		return 0, errForm
	}
	end = int64(binary.LittleEndian.Uint32(h[4:])) + 8
	if end > p.size {
		return 0, errForm
	}
	n := 0
	for at := int64(12); at+8 <= end; n++ {
		if _, err := p.r.ReadAt(h[:], at); err != nil || n > 100_000 {
			return 0, errForm
		}
		c := chunk{string(h[:4]), at + 8, int64(binary.LittleEndian.Uint32(h[4:]))}
		if at = c.off + c.size + c.size&1; c.off+c.size > end {
			return 0, errForm
		}
		if err := visit(c); err != nil {
			return 0, err
		}
	}
	return end, nil
}

func webpUse(name string) use {
	switch name {
	case "VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "ICCP":
		return seen
	case "EXIF":
		return exif
	case "XMP ":
		return xmp
	}
	return said
}

func (in *inspector) webp(p part) error {
	data := false
	end, err := webpChunks(p, func(c chunk) error {
		data = data || c.name == "VP8 " || c.name == "VP8L" || c.name == "ANMF"
		switch webpUse(c.name) {
		case exif:
			off, size := afterExifMark(p.r, c)
			return in.exif(p, io.NewSectionReader(p.r, off, size), size, "EXIF", true)
		case xmp:
			return in.xmpAt(p, c.off, c.size, "XMP", true)
		case said:
			in.add(p, "picture-comment", comity.Clip(c.name), true)
		}
		return nil
	})
	if err == nil && !data {
		return errForm
	}
	if err == nil && end < p.size {
		in.add(p, "trailing", fmt.Sprintf("%d bytes after RIFF", p.size-end), true)
	}
	return err
}

// afterExifMark leaves out the mark that some programs copy from JPEG.
func afterExifMark(r io.ReaderAt, c chunk) (off, size int64) {
	b := make([]byte, len(exifMark))
	if n, err := r.ReadAt(b, c.off); n == len(b) && (err == nil || err == io.EOF) && string(b) == exifMark && c.size >= int64(n) {
		return c.off + int64(n), c.size - int64(n)
	}
	return c.off, c.size
}

var (
	xmpGPS    = regexp.MustCompile(`GPSL(at|ong)itude`)
	xmpSerial = regexp.MustCompile(`(SerialNumber|ImageUniqueID)\s*(=\s*["'][^"']|>\s*[^<\s])`)
	xmpOwner  = regexp.MustCompile(`(?s)<dc:creator\s*>.{0,400}?<rdf:li[^>]{0,99}>\s*[^<\s]|(dc:creator|OwnerName|photoshop:Credit|photoshop:CaptionWriter|[pP]df[xX]:Author|:Company)\s*(=\s*["'][^"']|>\s*[^<\s])`)
)

// xmp reports what an XMP packet says. Packets in UTF-16 become readable enough
// when their zero bytes are left out.
func (in *inspector) xmp(p part, b []byte, where string, cleans bool) {
	b = bytes.ReplaceAll(b, []byte{0}, nil)
	if xmpGPS.Match(b) {
		in.add(p, "gps", where, cleans)
	}
	if xmpSerial.Match(b) {
		in.add(p, "serial", where, cleans)
	}
	if xmpOwner.Match(b) {
		in.add(p, "owner", where, cleans)
	}
	in.add(p, "xmp", where, cleans)
}

func (in *inspector) xmpAt(p part, off, size int64, where string, cleans bool) error {
	b := make([]byte, min(size, maxBlock))
	if _, err := io.ReadFull(io.NewSectionReader(p.r, off, size), b); err != nil {
		return errForm
	}
	in.xmp(p, b, where, cleans)
	if size > maxBlock {
		in.add(p, "too-much", where, cleans)
	}
	return nil
}
