package metadata

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// tags are what an Exif block or a TIFF file says beside the picture (CIPA
// DC-008, 4.6; TIFF 6.0; DNG 1.7). Those that point to further directories are
// in pointers.
func tags() map[uint16]struct{ id, name string } {
	return map[uint16]struct{ id, name string }{
		0x010e: {"picture-comment", "ImageDescription"}, 0x9286: {"picture-comment", "UserComment"},
		0x9c9c: {"picture-comment", "XPComment"}, 0x9c9b: {"picture-comment", "XPTitle"},
		0x010f: {"camera", "Make"}, 0x0110: {"camera", "Model"}, 0x0131: {"camera", "Software"},
		0x0132: {"camera", "DateTime"}, 0x9003: {"camera", "DateTimeOriginal"}, 0xc614: {"camera", "UniqueCameraModel"},
		0x013b: {"owner", "Artist"}, 0x8298: {"owner", "Copyright"}, 0x9c9d: {"owner", "XPAuthor"},
		0x013c: {"owner", "HostComputer"}, 0xa430: {"owner", "CameraOwnerName"}, 0xa437: {"owner", "Photographer"},
		0xa431: {"serial", "BodySerialNumber"}, 0xa435: {"serial", "LensSerialNumber"}, 0xc62f: {"serial", "CameraSerialNumber"},
		0xa420: {"serial", "ImageUniqueID"}, 0xc65d: {"serial", "RawDataUniqueID"},
		0x927c: {"serial", "MakerNote"}, 0xc634: {"serial", "DNGPrivateData"},
		0x83bb: {"iptc", "IPTC"}, 0x8649: {"iptc", "Photoshop"},
		0x0201: {"thumbnail", "IFD1"},
	}
}

const (
	tagOrientation = 0x0112
	tagXMP         = 0x02bc
	dirExif        = 0x8769
	dirGPS         = 0x8825
	dirSub         = 0x014a
)

// exif walks the directories of a TIFF structure, such as an Exif block.
func (in *inspector) exif(p part, r io.ReaderAt, size int64, where string, cleans bool) error {
	known := tags()
	if where == "" {
		delete(known, 0x0201) // in a TIFF file this may be the picture itself
	}
	return walkTIFF(r, size, func(e entry) error {
		name := fmt.Sprintf("GPS tag %d", e.tag)
		switch {
		case e.dir == dirGPS && e.tag == 0: // the version of the directory says nothing
			return nil
		case e.dir == dirGPS:
			in.add(p, "gps", strings.TrimSpace(where+" "+name), cleans)
			return nil
		case e.tag == tagXMP:
			return in.xmpAt(part{name: p.name, where: p.where, r: r, cleans: p.cleans}, e.off, e.size, "XMP", cleans)
		}
		t, ok := known[e.tag]
		if !ok || blank(r, e) {
			return nil
		}
		in.add(p, t.id, strings.TrimSpace(where+" "+t.name), cleans)
		return nil
	})
}

// blank reports whether a value says nothing: cameras write empty names.
func blank(r io.ReaderAt, e entry) bool {
	b := make([]byte, min(e.size, 64))
	n, err := r.ReadAt(b, e.off)
	if err != nil && err != io.EOF {
		return false
	}
	return strings.Trim(string(b[:n]), " \x00\t") == ""
}

// An entry is one tag of a directory; its value is the size bytes at off.
type entry struct {
	dir   uint16 // the tag that pointed to the directory, 0 for the first ones
	tag   uint16
	off   int64
	size  int64
	order binary.ByteOrder
}

// walkTIFF hands every entry to visit. Directories that point in a circle are
// read once; there may be 64 with 65,536 entries in all.
func walkTIFF(r io.ReaderAt, size int64, visit func(entry) error) error {
	var h [8]byte
	if _, err := r.ReadAt(h[:], 0); err != nil && err != io.EOF || size < 8 {
		return errForm
	}
	var order binary.ByteOrder
	switch string(h[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return errForm
	}
	type dir struct {
		of uint16
		at int64
	}
	entries := 0
	queue, met := []dir{{0, int64(order.Uint32(h[4:]))}}, map[int64]bool{}
	for len(queue) > 0 {
		d := queue[0]
		queue = queue[1:]
		if d.at == 0 || met[d.at] {
			continue
		}
		if met[d.at] = true; len(met) > 64 {
			return errTooMuch
		}
		var n [2]byte
		if _, err := r.ReadAt(n[:], d.at); err != nil || d.at+2 > size {
			return errForm
		}
		if entries += int(order.Uint16(n[:])); entries > 1<<16 {
			return errTooMuch
		}
		b := make([]byte, int(order.Uint16(n[:]))*12+4)
		// The pointer to a next directory is missing from some Exif blocks.
		got, err := r.ReadAt(b, d.at+2)
		if err != nil && err != io.EOF || got < len(b)-4 {
			return errForm
		}
		for i := 0; i+12 <= len(b)-4; i += 12 {
			f := b[i : i+12]
			e := entry{d.of, order.Uint16(f), d.at + 2 + int64(i) + 8, int64(order.Uint32(f[4:])) * width(order.Uint16(f[2:])), order}
			if e.size > 4 {
				e.off = int64(order.Uint32(f[8:]))
			}
			if e.off > size || e.size > size-e.off {
				e.size = max(0, size-e.off) // a value cut off says what is left of it
			}
			if err := visit(e); err != nil {
				return err
			}
			switch {
			case e.tag == dirExif || e.tag == dirGPS:
				queue = append(queue, dir{e.tag, int64(order.Uint32(f[8:]))})
			case e.tag == dirSub:
				sub := make([]byte, min(e.size, 4*64))
				if _, err := r.ReadAt(sub, e.off); err != nil && err != io.EOF {
					return errForm
				}
				for ; len(sub) >= 4; sub = sub[4:] {
					queue = append(queue, dir{0, int64(order.Uint32(sub))})
				}
			}
		}
		if d.of == 0 && got == len(b) {
			queue = append(queue, dir{0, int64(order.Uint32(b[len(b)-4:]))})
		}
	}
	return nil
}

// width of one value of a type, in bytes (TIFF 6.0, section 2).
func width(typ uint16) int64 {
	switch typ {
	case 3, 8:
		return 2
	case 4, 9, 11, 13:
		return 4
	case 5, 10, 12:
		return 8
	}
	return 1
}

// orientation returns how the picture must be turned to be seen: 1 to 8, or 0
// if the block does not say.
func orientation(r io.ReaderAt, size int64) (o uint16) {
	err := walkTIFF(r, size, func(e entry) error {
		var b [2]byte
		if e.dir == 0 && e.tag == tagOrientation && o == 0 {
			if _, err := r.ReadAt(b[:], e.off); err == nil || err == io.EOF {
				o = e.order.Uint16(b[:])
			}
		}
		return nil
	})
	if err != nil || o > 8 {
		return 0
	}
	return o
}

// onlyOrientation is an Exif block that says nothing else.
func onlyOrientation(o uint16) []byte {
	return []byte{'M', 'M', 0, '*', 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(o), 0, 0, 0, 0, 0, 0}
}
