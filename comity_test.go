package comity_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"comity"
)

// parse returns a parser of which only the error is wanted.
func parse[T any](f func(string) (T, error)) func(string) error {
	return func(s string) error {
		_, err := f(s)
		return err
	}
}

func TestNamesAreParsedAtTheDoor(t *testing.T) {
	a40 := strings.Repeat("a", 40)
	for _, x := range []struct {
		field string
		parse func(string) error
		good  []string
		bad   []string
	}{
		{"party", parse(comity.ParseParty), []string{"us", "a1", "x-y", a40[:16]}, []string{"", "u", "US", "1a", "-a", "us ", "us\n", "ué", a40[:17]}},
		{"agency", parse(comity.ParseAgency), []string{"us-24-7", a40}, []string{"", "a", "A-1", "a_b", "a/b", a40 + "a"}},
		{"seat", parse(comity.ParseSeat), []string{"us-24-7-01", a40}, []string{"", "a", "../a", "a.b", a40 + "a"}},
		{"realm", parse(comity.ParseRealm), []string{"live", "exercise:a", "exercise:harbour-2027"}, []string{"", "Live", "exercise:", "exercise:-a", "exercise:" + a40, "live\n"}},
		{"matter", parse(comity.ParseRef), []string{"US-2026-000042", "A1-B-2099-999999"}, []string{"", "us-2026-000042", "U-2026-000042", "US-1999-000042", "US-2026-42", "US-2026-0000042"}},
		{"kind", parse(comity.ParseKind), []string{"note", "preserve.request", a40}, []string{"", ".", "a.", ".a", "a..b", "A", "a1", a40 + "a"}},
		{"hash", parse(comity.ParseHash), []string{"", strings.Repeat("0f", 32)}, []string{"0", strings.Repeat("0F", 32), strings.Repeat("0", 63), strings.Repeat("0", 66), strings.Repeat("g", 64)}},
	} {
		for _, s := range x.good {
			if err := x.parse(s); err != nil {
				t.Errorf("%s %q: %v", x.field, s, err)
			}
		}
		for _, s := range x.bad {
			e, ok := errors.AsType[*comity.Error](x.parse(s))
			if !ok || e.Kind != comity.Invalid || e.Field != x.field {
				t.Errorf("%s %q met with %v", x.field, s, e)
			}
		}
	}
	if p := comity.Ref("A1-B-2026-000042").Opener(); p != "a1-b" {
		t.Errorf("the matter was opened by %q", p)
	}
	if p := comity.Ref("-000042").Opener(); p != "" {
		t.Errorf("half a reference was opened by %q", p)
	}
}

func TestHashes(t *testing.T) {
	h, err := comity.ParseHash(strings.Repeat("0f", 32))
	if err != nil || h.String() != strings.Repeat("0f", 32) || h.Short() != "0f0f0f0f0f0f" || h.IsZero() {
		t.Errorf("it comes back as %s (%s), %v", h, h.Short(), err)
	}
	var none comity.Hash
	if !none.IsZero() || none.String() != "" || none.Short() != "-" {
		t.Errorf("no hash is written %q, and for people %q", none, none.Short())
	}
}

func TestTimesHaveOneForm(t *testing.T) {
	in := time.Date(2026, 11, 22, 4, 14, 28, 28_999_999, time.FixedZone("", 3600))
	b, err := json.Marshal(comity.At(in))
	if err != nil || string(b) != `"2026-11-22T03:14:28.028Z"` {
		t.Errorf("it is written %s, %v", b, err)
	}
	var back comity.Time
	if err := json.Unmarshal(b, &back); err != nil || !back.Equal(in.Truncate(time.Millisecond)) {
		t.Errorf("it comes back as %v, %v", back, err)
	}
	if b, err := json.Marshal(comity.Time{}); err != nil || string(b) != `""` {
		t.Errorf("no time is written %s, %v", b, err)
	}
	for _, s := range []string{`5`, `"now"`, `"2026-11-22T03:14:28Z"`, `"2026-11-22T03:14:28.000+01:00"`} {
		if err := json.Unmarshal([]byte(s), &back); !errors.Is(err, comity.Invalid) {
			t.Errorf("%s met with %v", s, err)
		}
	}
}

func TestErrorsSayWhoCanAct(t *testing.T) {
	for _, x := range []struct {
		err    error
		is     error
		status int
		text   string
	}{
		{comity.Errorf(comity.Conflict, "look at %s again", "US-2026-000042"), comity.Conflict, 409, "look at US-2026-000042 again"},
		{comity.Fieldf("parts[0].name", "%q is none", "x"), comity.Invalid, 422, `parts[0].name: "x" is none`},
		{fmt.Errorf("sending: %w", comity.Errorf(comity.Unavailable, "later")), comity.Unavailable, 503, "sending: later"},
		{&comity.Error{Kind: comity.Untrusted, Text: "no", Cause: io.EOF}, io.EOF, 401, "no: EOF"},
		{errors.New("pq: password of admin is hunter2"), nil, 500, "internal error"},
	} {
		status, text := comity.Public(x.err)
		if status != x.status || text != x.text || x.is != nil && !errors.Is(x.err, x.is) {
			t.Errorf("%v is told as %d %q; is it %v: %v", x.err, status, text, x.is, errors.Is(x.err, x.is))
		}
	}
}

func TestClip(t *testing.T) {
	for in, want := range map[string]string{
		"plain 文":                 "plain 文",
		strings.Repeat("文", 40):   strings.Repeat("文", 40),
		strings.Repeat("文", 41):   strings.Repeat("文", 39) + "…",
		"a\x1b[2Jb\x7f":           "a�[2Jb�",
		"a\u009b2Jb\u0085c":       "a�2Jb�c",
		"\u202egpj.exe\u2066":     "�gpj.exe�",
		"a\u200fb\u061cc":         "a�b�c",
		"a\nb\u2028c\u2029d":      "a�b�c�d",
		"\xff\xfe":                "�",
		"zero\u200dwidth\u00adok": "zero\u200dwidth\u00adok",
	} {
		if got := comity.Clip(in); got != want {
			t.Errorf("Clip(%q) = %q, want %q", in, got, want)
		}
	}
}
