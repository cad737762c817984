package page

import (
	"time"

	"github.com/a-h/templ"
)

// For package folio, whose pages stand in the same frame.

// Note is a notice.
func (f Frame) Note(tone, head string, text ...string) templ.Component {
	return f.Notice(Notice{Tone: tone, Head: head, Text: text})
}

// Say is how long something takes, in words.
func (f Frame) Say(d time.Duration) string { return f.say(d) }

// Value is what a line of a body says.
func (f Frame) Value(line string) string { return f.memberValue(line) }

// Next draws the moves that are ours.
func (f Frame) Next(m Matter) templ.Component { return f.next(m) }
