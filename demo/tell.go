package demo

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
	"unicode"

	"comity"
	"comity/clock"
	"comity/request"
	"comity/shell"
)

// wide is how many columns a line of the story has at most.
const wide = 100

// A teller writes the story, to the screen and to its file.
type teller struct {
	screen io.Writer
	file   io.Writer
	colour bool // on the screen; never in the file
	how    bool
	clocks []capitalClock
	err    error // the first that a writer had
}

type capitalClock struct {
	city string
	loc  *time.Location
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

func style(code, s string) string { return "\x1b[" + code + "m" + s + "\x1b[0m" }

func (*teller) bold(s string) string   { return style("1", s) }
func (*teller) dim(s string) string    { return style("2", s) }
func (*teller) green(s string) string  { return style("32", s) }
func (*teller) yellow(s string) string { return style("33", s) }
func (*teller) red(s string) string    { return style("31", s) }

func (t *teller) put(s string) {
	s = strings.TrimRight(s, " ") + "\n"
	bare := escapes.ReplaceAllString(s, "")
	if !t.colour {
		s = bare
	}
	_, err := io.WriteString(t.screen, s)
	if _, ferr := io.WriteString(t.file, bare); err == nil {
		err = ferr
	}
	if t.err == nil {
		t.err = err
	}
}

func (t *teller) gap() { t.put("") }

func (t *teller) rule(stroke string) { t.put(t.dim(strings.Repeat(stroke, wide))) }

func (t *teller) line(indent int, format string, args ...any) {
	t.put(strings.Repeat(" ", indent) + fmt.Sprintf(format, args...))
}

// split writes one text at the left edge and one at the right.
func (t *teller) split(left, right string) {
	t.put(left + strings.Repeat(" ", max(1, wide-columns(left)-columns(right))) + right)
}

// para writes text in lines of its own, indented.
func (t *teller) para(indent int, format string, args ...any) {
	for _, l := range wrap(fmt.Sprintf(format, args...), wide-1-indent) {
		t.line(indent, "%s", l)
	}
}

// labelled writes a paragraph behind a label, in a hanging column.
func (t *teller) labelled(indent int, label string, column int, format string, args ...any) {
	for i, l := range wrap(fmt.Sprintf(format, args...), wide-1-indent-column) {
		if i > 0 {
			label = ""
		}
		t.line(indent, "%s%s", pad(label, column), l)
	}
}

// pad fills s up to a width, and keeps a space behind it in any case.
func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(1, width-columns(s)))
}

// columns is how wide a terminal shows s: ideographs take two.
func columns(s string) int {
	n := 0
	for _, r := range escapes.ReplaceAllString(s, "") {
		n += column(r)
	}
	return n
}

func column(r rune) int {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case ideograph(r):
		return 2
	}
	return 1
}

func ideograph(r rune) bool {
	return unicode.Is(unicode.Han, r) || 0x3000 <= r && r <= 0x303f || 0xff00 <= r && r <= 0xff60
}

// wrap breaks text at spaces, and between ideographs.
func wrap(s string, width int) []string {
	var lines []string
	var line, word string
	flush := func() {
		switch {
		case word == "":
		case columns(line)+columns(word) <= width || line == "":
			line += word
		default:
			lines, line = append(lines, strings.TrimRight(line, " ")), strings.TrimLeft(word, " ")
		}
		word = ""
	}
	for _, r := range s {
		if r == ' ' && strings.Trim(word, " ") != "" || ideograph(r) && !strings.ContainsRune("，。；：、”）", r) {
			flush()
		}
		word += string(r)
	}
	flush()
	return append(lines, strings.TrimRight(line, " "))
}

// scene writes the title of a scene, in both languages.
func (t *teller) scene(n int, s scene) {
	t.gap()
	t.gap()
	t.split(fmt.Sprintf("%s  %s", t.bold(fmt.Sprintf("%2d", n)), t.bold(s.en)), s.zh+" ")
	t.rule("─")
}

const (
	toSeconds = "2006-01-02 15:04:05"
	toMinutes = "2 Jan 15:04"
)

// at writes a time in UTC and in both capitals.
func (t *teller) at(at time.Time, form string) string {
	s := at.UTC().Format(form) + " UTC"
	for _, c := range t.clocks {
		s += " · " + at.In(c.loc).Format(form) + " " + c.city
	}
	return s
}

// when writes the time of what follows.
func (t *teller) when(at time.Time) {
	t.gap()
	t.line(4, "%s", t.dim(t.at(at, toSeconds)))
}

// who writes who does what.
func (t *teller) who(s *side, seats []comity.Seat, at time.Time, format string, args ...any) {
	t.labelled(4, t.bold(string(s.party)), 6, "%s %s", shell.SeatList(seats), t.dim("("+s.roles(seats, at)+")"))
	t.para(10, format, args...)
}

// tell writes a paragraph below who.
func (t *teller) tell(format string, args ...any) { t.para(10, format, args...) }

// typed writes the command that does the same.
func (t *teller) typed(s *side, format string, args ...any) {
	dir := ""
	if s != nil {
		dir = fmt.Sprintf("--dir %s ", s.party)
	}
	prompt := "$ "
	for _, l := range wrap("comity "+dir+fmt.Sprintf(format, args...), wide-18) {
		t.line(10, "%s", t.dim(prompt+l))
		prompt = "      "
	}
}

// holds writes what was looked up on both nodes and found to be so.
func (t *teller) holds(format string, args ...any) {
	t.labelled(8, t.green("✓"), 2, format, args...)
}

// three writes the clocks of a matter, as both nodes have them; with how, it says
// how that of the answer was computed.
func (t *teller) three(v request.View, how bool) {
	t.gap()
	for i, c := range v.Clocks {
		state, rest := t.state(c)
		t.line(4, "%s%s%s", pad(c.Name, 14), pad(state, 9), rest)
		if c.Paused {
			t.line(27, "due, if it went on now, %s", c.Due.UTC().Format("2 Jan 15:04:05")+" UTC")
		}
		if t.how || how && i == 2 {
			t.para(18, "%s", t.dim("= "+c.How))
		}
	}
	t.labelled(4, "so", 14, "%s.", v.Says.EN)
	t.labelled(4, "", 14, "%s。", v.Says.ZH)
}

func (t *teller) state(c clock.Span) (state, rest string) {
	limit := clock.Say(c.Limit)
	switch {
	case c.Started.IsZero():
		return t.dim("waits"), c.How
	case !c.Stopped.IsZero():
		rest = fmt.Sprintf("after %s of %s, at %s UTC", lasted(c.Net), limit, c.Stopped.UTC().Format("2 Jan 15:04:05.000"))
		if c.Net != c.Gross {
			rest += fmt.Sprintf(" (%s with the pause)", lasted(c.Gross))
		}
		return t.dim("stopped"), rest
	case c.Paused:
		return t.yellow("paused"), fmt.Sprintf("%s of %s used, and no more while the question is open", lasted(c.Net), limit)
	}
	return t.green("running"), "due " + t.at(c.Due, toMinutes)
}

// lasted writes a duration as the demo needs it: most of them are short.
func lasted(d time.Duration) string {
	d = d.Truncate(time.Millisecond)
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Truncate(100*time.Millisecond).Seconds())
	}
	return clock.Say(d)
}
