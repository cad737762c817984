package shell

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"comity"
	"comity/clock"
)

// Plain makes text of a peer's safe to print: it cannot move the cursor, begin a
// line of its own, hide a character or turn the direction of writing. Two marks
// that some scripts cannot be written without stay.
func Plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '⏎'
		case unicode.IsGraphic(r), r == '\u200c', r == '\u200d':
			return r
		}
		return '�'
	}, strings.ToValidUTF8(s, "�"))
}

// UTC writes a time for a person.
func UTC(t time.Time) string { return clock.UTC(t) }

// A Page is text for a person. All of it goes through Plain, so that no line of
// it can be a peer's.
type Page struct {
	strings.Builder
	Zones []clock.Zone
}

// Line adds a line.
func (p *Page) Line(format string, args ...any) {
	p.WriteString(strings.TrimRight(Plain(fmt.Sprintf(format, args...)), " ") + "\n")
}

// Time writes a time in every zone of the page.
func (p *Page) Time(t time.Time) string { return clock.FormatTimes(t, p.Zones) }

// Maybe returns the text if s is not empty.
func Maybe(format, s string) string {
	if s == "" {
		return ""
	}
	return fmt.Sprintf(format, s)
}

// SeatList writes seats in a row.
func SeatList(seats []comity.Seat) string {
	var list []string
	for _, s := range seats {
		list = append(list, string(s))
	}
	return strings.Join(list, " and ")
}
