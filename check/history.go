package check

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"comity"
	"comity/guide"
	"comity/identifier"
)

// A Trace is what a record keeps of a request that was released, so that a later
// draft can be compared with it: a row of one table with an index on Key. Nothing
// of it crosses.
type Trace struct {
	Ref   string `json:"ref"`            // of the matter; the keeper fills it in
	Key   string `json:"key"`            // of an identifier, or of a part of a text's print
	From  int64  `json:"from,omitempty"` // of an identifier: the period, in Unix seconds; noughts if it has none
	To    int64  `json:"to,omitempty"`
	Print uint64 `json:"print,omitempty"` // of a text
}

// Traces returns the rows to keep of r, and the Keys by which to find what is like
// it. A key is a hash, so that the table tells less to whoever copies it.
func Traces(r guide.Request) []Trace {
	var ts []Trace
	for _, it := range r.Order.Items {
		if it.Type == "act" || it.Type == "person" || it.Value == "" {
			continue
		}
		t := Trace{Key: key(it)}
		if w := read(it); w.ok {
			t.From, t.To = w.from.Unix(), w.to.Unix()
		}
		ts = append(ts, t)
	}
	if p, keys, ok := fingerprint(r.Supporting.Necessity.Text); ok {
		for _, k := range keys {
			ts = append(ts, Trace{Key: k, Print: p})
		}
	}
	return ts
}

func key(it guide.Item) string {
	v := it.Value
	if f := identifier.Check(it.Type, v); f.Want != "" {
		v = f.Want
	}
	if it.Type == identifier.Account { // the same ID at two providers is two accounts
		v += "\x00" + strings.ToLower(it.Provider)
	}
	h := sha256.Sum256([]byte(it.Type + "\x00" + v))
	return "i-" + hex.EncodeToString(h[:16])
}

// A Past is what our own record says of what was released before.
type Past struct {
	Like        []Trace    `json:"like,omitempty"`        // those with a Key of Traces(draft); some hundreds of the newest will do
	Released    []Released `json:"released,omitempty"`    // instead of Like, or beside it
	Emergencies int        `json:"emergencies,omitempty"` // of the asking agency, in the last 90 days
	Requests    int        `json:"requests,omitempty"`    // of the asking agency, in the last 90 days, emergencies too
	UsualShare  float64    `json:"usual_share,omitempty"` // of emergencies among all agencies' requests
}

// A Released is a request that was released before, where no index was kept.
type Released struct {
	Ref     string        `json:"ref"`
	Request guide.Request `json:"request"`
}

// History returns what the asking side's own past makes doubtful in a draft.
// Its findings are national: they are never shown abroad.
func History(r guide.Request, s Setting, past Past) []Finding {
	p := newPass(r, s)
	if s.Pack == nil {
		return nil
	}
	for _, b := range past.Released {
		for _, t := range Traces(b.Request) {
			t.Ref = b.Ref
			past.Like = append(slices.Clip(past.Like), t)
		}
	}
	p.past = past
	p.run(histories)
	for i := range p.found {
		p.found[i].History = true
	}
	return p.found
}

// linked reports whether the draft names the past matter itself.
func (p *pass) linked(ref string) bool {
	return ref == p.Precheck || slices.ContainsFunc(p.Earlier, func(e guide.Earlier) bool { return e.Reference == ref })
}

// boilerplate is C08: a reason that serves every request is a reason for none.
func boilerplate(p *pass) {
	mine, _, ok := fingerprint(p.Supporting.Necessity.Text)
	if !ok {
		return
	}
	for _, t := range p.past.Like {
		if strings.HasPrefix(t.Key, "t") && agree(t.Print, mine) >= 11 && !p.linked(t.Ref) {
			p.say("supporting.necessity.text", "it reads the same as in %s", "与 %s 中的表述几乎相同", comity.Clip(t.Ref))
			return
		}
	}
}

// alarms is C27: an agency whose emergencies are so many more than usual that
// chance would not do it (three standard deviations). [proposal]
func alarms(p *pass) {
	h := p.past
	n, share := float64(h.Requests), h.UsualShare
	if p.Priority != "P0" || h.Requests < 10 || share <= 0 || share >= 1 {
		return
	}
	if float64(h.Emergencies) > n*share+3*math.Sqrt(n*share*(1-share)) {
		p.say("priority", "of the agency's %d requests in 90 days %d were emergencies; usual are %.0f in a hundred", "该机构 90 日内 %d 件请求中有 %d 件为紧急请求；通常每百件为 %.0f 件", h.Requests, h.Emergencies, 100*share)
	}
}

// duplicates is C34: asked twice, a provider answers once, and later.
func duplicates(p *pass) {
	for i, it := range p.Order.Items {
		k := key(it)
		w := p.readings[i]
		for _, t := range p.past.Like {
			if t.Key != k || p.linked(t.Ref) || w.ok && t.To != 0 && (t.To < w.from.Unix() || t.From > w.to.Unix()) {
				continue
			}
			p.say(at(i, "value"), "%s has asked about it too, for %s: name it under earlier, or leave the item out", "%s 已就同一标识提出过请求（期间：%s）：请在 earlier 中引用，或者删去本项", comity.Clip(t.Ref), window(t))
		}
	}
}

func window(t Trace) string {
	if t.To == 0 {
		return "-"
	}
	f := func(s int64) string { return time.Unix(s, 0).UTC().Format("2006-01-02T15:04Z") }
	return f(t.From) + "/" + f(t.To)
}

// fingerprint says of a text what two texts can be compared by: a print of 16
// half-bytes, of which about as many agree as the texts share of their four-letter
// pieces (Broder, SEQUENCES 1997; b-bit: Li and König, WWW 2010), and five keys, of
// which texts that share four fifths of them agree in one nearly always. A digit
// is as good as another, so that a date changed is no new reason. A text of fewer
// than 24 letters has none.
func fingerprint(s string) (print uint64, keys [5]string, ok bool) {
	var rs []rune
	for _, r := range strings.ToLower(s) {
		switch {
		case unicode.IsDigit(r):
			rs = append(rs, '0')
		case unicode.IsLetter(r):
			rs = append(rs, r)
		}
	}
	if len(rs) < 24 {
		return 0, keys, false
	}
	var least [16]uint64
	for i := range least {
		least[i] = math.MaxUint64
	}
	for i := range len(rs) - 3 {
		var piece uint64
		for _, r := range rs[i : i+4] {
			piece = mix(piece ^ uint64(r))
		}
		for j := range least {
			least[j] = min(least[j], mix(piece+uint64(j)*0x9e3779b97f4a7c15))
		}
	}
	for j, l := range least {
		print |= l & 15 << (4 * j)
	}
	for k := range keys {
		var h uint64
		for _, l := range least[3*k : 3*k+3] {
			h = mix(h ^ l)
		}
		keys[k] = fmt.Sprintf("t%d-%016x", k, h)
	}
	return print, keys, true
}

// agree counts the half-bytes in which two prints agree, of 16.
func agree(a, b uint64) (n int) {
	for d, i := a^b, 0; i < 16; i++ {
		if d>>(4*i)&15 == 0 {
			n++
		}
	}
	return n
}

// mix is the finaliser of SplitMix64.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
