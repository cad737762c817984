package paper

import (
	"strings"

	"github.com/rivo/uniseg"
)

// wrap breaks s into lines no wider than width, where UAX #14 lets a line end,
// and inside a word that alone is wider. The lines joined are s without its
// line feeds. It takes the time of reading s once.
func wrap(s string, width float64, measure func(string) float64) []string {
	var lines []string
	var cur strings.Builder
	used := 0.0
	flush := func() {
		lines = append(lines, cur.String())
		cur.Reset()
		used = 0
	}
	must, state := true, -1
	for s != "" {
		var seg string
		seg, s, must, state = uniseg.FirstLineSegmentInString(s, state)
		text := strings.TrimRight(seg, "\n")
		// Spaces may hang over the margin; nobody sees them.
		w := measure(strings.TrimRight(text, " "))
		if used > 0 && used+w > width {
			flush()
		}
		if w <= width {
			cur.WriteString(text)
			used += measure(text)
		} else {
			for inner := -1; text != ""; {
				var g string
				g, text, _, inner = uniseg.FirstGraphemeClusterInString(text, inner)
				gw := measure(g)
				if used > 0 && used+gw > width && g != " " {
					flush()
				}
				cur.WriteString(g)
				used += gw
			}
		}
		if must && strings.HasSuffix(seg, "\n") {
			flush()
		}
	}
	if cur.Len() > 0 {
		flush()
	}
	return lines
}
