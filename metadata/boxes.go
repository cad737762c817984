package metadata

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
)

// holders are the boxes that hold further ones (ISO/IEC 14496-12; QuickTime).
const holders = "moov trak mdia minf stbl udta meta ilst edts dinf"

// boxIDs are the boxes that say something beside the picture. A © is the byte
// A9, as QuickTime writes it.
func boxIDs() map[string]string {
	return map[string]string{
		"\xa9xyz": "gps", "loci": "gps", "gps ": "gps", "gps0": "gps", "GPS ": "gps",
		"\xa9aut": "owner", "\xa9ART": "owner", "\xa9own": "owner", "\xa9dir": "owner", "auth": "owner", "perf": "owner", "cprt": "owner", "\xa9cpy": "owner",
		"CAME": "serial", "MUID": "serial", "SNum": "serial", "manu": "camera",
		"\xa9mak": "camera", "\xa9mod": "camera", "\xa9swr": "camera", "\xa9too": "camera", "\xa9day": "camera",
		"\xa9cmt": "picture-comment", "\xa9nam": "picture-comment", "\xa9des": "picture-comment", "dscp": "picture-comment", "titl": "picture-comment",
	}
}

const xmpUUID = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"

type box struct {
	name      string
	off, size int64 // of its content
}

// boxes walks an MP4, QuickTime or HEIF file.
func (in *inspector) boxes(p part, k Kind) error {
	w := boxWalk{in: in, p: p, ids: boxIDs()}
	if err := w.walk(0, p.size, 0); err != nil {
		return err
	}
	if k == HEIC {
		at, err := find(p.section(), "<x:xmpmeta")
		if err != nil {
			return err
		}
		if at >= 0 {
			if err := in.xmpAt(p, at, min(p.size-at, maxBlock), "XMP", false); err != nil {
				return err
			}
		}
	}
	if k == HEIC && !w.met["meta"] || k != HEIC && !w.met["moov"] {
		return errForm // a video without its index cannot be played
	}
	return nil
}

type boxWalk struct {
	in  *inspector
	p   part
	ids map[string]string
	n   int
	met map[string]bool
}

func (w *boxWalk) walk(at, end int64, depth int) error {
	if w.met == nil {
		w.met = map[string]bool{}
	}
	for at+8 <= end {
		if w.n++; w.n > 100_000 || depth > 12 {
			return errTooMuch
		}
		var h [16]byte
		n, err := w.p.r.ReadAt(h[:], at)
		if err != nil && err != io.EOF || n < 8 {
			return errForm
		}
		b := box{string(h[4:8]), at + 8, int64(binary.BigEndian.Uint32(h[:])) - 8}
		switch b.size {
		case -8: // to the end; in a udta box, the end
			b.size = end - b.off
		case 1 - 8:
			if n < 16 {
				return errForm
			}
			b.off, b.size = at+16, int64(binary.BigEndian.Uint64(h[8:])-16)
		}
		if b.size < 0 || b.size > end-b.off {
			return errForm
		}
		w.met[b.name] = true
		if err := w.box(b, depth); err != nil {
			return err
		}
		at = b.off + b.size
	}
	return nil
}

func (w *boxWalk) box(b box, depth int) error {
	if id := w.ids[b.name]; id != "" && depth > 0 {
		w.in.add(w.p, id, strings.ReplaceAll(b.name, "\xa9", "©"), false)
		return nil
	}
	switch b.name {
	case "meta":
		// In QuickTime a plain box, in ISO one with four bytes of version first.
		head, err := w.read(b, 8)
		if err != nil {
			return err
		}
		if string(head[min(4, len(head)):]) != "hdlr" && b.size >= 4 {
			b.off, b.size = b.off+4, b.size-4
		}
		return w.walk(b.off, b.off+b.size, depth+1)
	case "iinf":
		return w.item(b)
	case "keys": // names of the values in ilst
		names, err := w.read(b, 64<<10)
		if err != nil {
			return err
		}
		low := bytes.ToLower(names)
		for _, k := range []struct{ word, id string }{
			{"location", "gps"}, {"gps", "gps"}, {"author", "owner"}, {"artist", "owner"}, {"owner", "owner"},
			{"serial", "serial"}, {"identifier", "serial"}, {"make", "camera"}, {"model", "camera"}, {"creationdate", "camera"},
		} {
			if bytes.Contains(low, []byte(k.word)) {
				w.in.add(w.p, k.id, "keys: "+k.word, false)
			}
		}
	case "stsd": // what a track's samples are: some cameras write one of positions
		d, err := w.read(b, maxBlock)
		if err != nil {
			return err
		}
		for _, s := range []string{"gpmd", "camm", "rtmd", "mebx"} {
			if bytes.Contains(d, []byte(s)) {
				w.in.add(w.p, "gps", "stsd "+s, false)
			}
		}
	case "uuid":
		id, err := w.read(b, 16)
		if err == nil && string(id) == xmpUUID {
			err = w.in.xmpAt(w.p, b.off+16, b.size-16, "XMP", false)
		}
		return err
	case "XMP_":
		return w.in.xmpAt(w.p, b.off, b.size, "XMP", false)
	default:
		if strings.Contains(holders, b.name) {
			return w.walk(b.off, b.off+b.size, depth+1)
		}
	}
	return nil
}

func (w *boxWalk) read(b box, limit int64) ([]byte, error) {
	d := make([]byte, min(b.size, limit))
	if _, err := io.ReadFull(io.NewSectionReader(w.p.r, b.off, b.size), d); err != nil {
		return nil, errForm
	}
	return d, nil
}

// item finds the Exif item that the index of a HEIF file names. Its place is not
// computed from the index: every program writes the mark that JPEG has before it.
func (w *boxWalk) item(index box) error {
	names, err := w.read(index, maxBlock)
	if err != nil || !bytes.Contains(names, []byte("Exif")) {
		return err
	}
	at, err := find(w.p.section(), exifMark+"MM\x00*", exifMark+"II*\x00")
	if err != nil {
		return err
	}
	if at < 0 {
		w.in.add(w.p, "sealed", "Exif", false)
		return nil
	}
	at += int64(len(exifMark))
	return w.in.exif(w.p, io.NewSectionReader(w.p.r, at, w.p.size-at), w.p.size-at, "Exif", false)
}
