package paper

import (
	_ "embed"
	"encoding/binary"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Noto Sans SC, a subset made by scripts/font, under the SIL Open Font License
// in OFL.txt.
//
//go:embed NotoSansSC.ttf
var font []byte

// A charset is the characters of a font, one bit each, of the first plane.
type charset [1 << 16 / 64]uint64

func (c *charset) has(r rune) bool {
	return r >= 0 && r < 1<<16 && c[r/64]&(1<<(r%64)) != 0
}

// readCharset reads the format 4 table of a font's cmap (OpenType 1.9, cmap).
// The font is our own file, so it does not defend itself.
func readCharset(ttf []byte) *charset {
	u16 := func(i int) int { return int(binary.BigEndian.Uint16(ttf[i:])) }
	u32 := func(i int) int { return int(binary.BigEndian.Uint32(ttf[i:])) }
	c := new(charset)
	for t := range u16(4) {
		entry := 12 + 16*t
		if string(ttf[entry:entry+4]) != "cmap" {
			continue
		}
		cmap := u32(entry + 8)
		for s := range u16(cmap + 2) {
			sub := cmap + u32(cmap+4+8*s+4)
			if u16(sub) != 4 {
				continue
			}
			n := u16(sub+6) / 2
			ends, starts := sub+14, sub+14+2*n+2
			deltas, offsets := starts+2*n, starts+4*n
			for i := range n {
				for r := u16(starts + 2*i); r <= u16(ends+2*i); r++ {
					glyph := r
					if at := offsets + 2*i; u16(at) != 0 {
						glyph = u16(at + u16(at) + 2*(r-u16(starts+2*i)))
						if glyph == 0 {
							continue
						}
					}
					if (glyph+u16(deltas+2*i))&0xffff != 0 {
						c[r/64] |= 1 << (r % 64)
					}
				}
			}
		}
	}
	return c
}

// inked writes s with characters that the font has. It composes first, since
// nothing here places a combining mark.
func (c *charset) inked(s string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(s) {
		if r == '\n' || c.has(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(note(r))
		}
	}
	return b.String()
}
