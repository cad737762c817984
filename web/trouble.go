package web

import (
	"errors"

	"comity"
	"comity/say"
	"comity/session"
	"comity/web/frame"
)

// troubles are what an officer meets most: the errors of the door, which need no more
// words than these, and the kinds of all others.
var troubles = []struct {
	is    error
	whole bool // there is nothing to add
	says  func(say.Words) string
}{
	{session.ErrLogin, true, say.Words.SessionLogin},
	{session.ErrNone, true, say.Words.SessionNone},
	{session.ErrLocked, true, say.Words.SessionLocked},
	{session.ErrStale, true, say.Words.SessionStale},
	{session.ErrCeremony, true, say.Words.SessionCeremony},
	{session.ErrLink, true, say.Words.SessionLink},
	{session.ErrRate, true, say.Words.SessionRate},
	{session.ErrToken, true, say.Words.SessionToken},
	{comity.Untrusted, false, say.Words.TroubleUntrusted},
	{comity.Forbidden, false, say.Words.TroubleForbidden},
	{comity.Conflict, false, say.Words.TroubleConflict},
	{comity.Invalid, false, say.Words.TroubleInvalid},
	{comity.TooMuch, false, say.Words.TroubleMuch},
	{comity.Unavailable, false, say.Words.TroubleUnavailable},
}

// refused says in the reader's language that something was not done, and why. What the
// command said, in English, follows as its detail.
func refused(w say.Words, err error) frame.Notice {
	n := frame.Notice{Tone: "late", Head: w.ErrorNot(), Text: []string{w.TroubleUsage()}, Detail: err.Error()}
	for _, t := range troubles {
		if errors.Is(err, t.is) {
			n.Text[0] = t.says(w)
			if t.whole {
				n.Detail = ""
			}
			break
		}
	}
	return n
}
