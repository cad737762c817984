package review_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"comity"
	"comity/review"
)

func line(ref, status string, figures ...review.Count) review.Line {
	return review.Line{Case: comity.Ref(ref), Status: review.Status(status), Figures: figures, Text: comity.Text{EN: "Logs received.", ZH: "已收到日志。"}}
}

func lines(ls ...review.Line) []review.Line { return ls }

func TestCompare(t *testing.T) {
	const c = "US-2026-000001"
	requests := func(n int64) review.Count { return review.Count{Name: "requests", N: n} }
	answers := func(n int64) review.Count { return review.Count{Name: "answered", N: n} }
	for _, tt := range []struct {
		name   string
		us, cn []review.Line
		want   []review.Difference
		status review.Status
	}{
		{"both say the same", lines(line(c, "progress", requests(4))), lines(line(c, "progress", requests(4))), nil, "progress"},
		{"figures in another order are the same", lines(line(c, "progress", requests(4), answers(3))), lines(line(c, "progress", answers(3), requests(4))), nil, "progress"},
		{"one side does not report the case", lines(line(c, "progress")), nil,
			[]review.Difference{{Case: c, What: "missing", A: "progress"}}, review.DifferingViews},
		{"nor the other", nil, lines(line(c, "closed")), []review.Difference{{Case: c, What: "missing", B: "closed"}}, review.DifferingViews},
		{"another status", lines(line(c, "stalled")), lines(line(c, "progress")),
			[]review.Difference{{Case: c, What: "status", A: "stalled", B: "progress"}}, review.DifferingViews},
		{"another figure", lines(line(c, "progress", requests(4))), lines(line(c, "progress", requests(5))),
			[]review.Difference{{Case: c, What: "requests", A: "4", B: "5"}}, review.DifferingViews},
		{"a figure that one side does not give", lines(line(c, "progress", requests(0))), lines(line(c, "progress")),
			[]review.Difference{{Case: c, What: "requests", A: "0"}}, review.DifferingViews},
		{"both agree that they differ", lines(line(c, "differing_views")), lines(line(c, "differing_views")), nil, review.DifferingViews},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := review.Compare(tt.us, tt.cn); !slices.Equal(got, tt.want) {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
			r, err := review.Reconcile(scope, review.Draft{Party: "us", Lines: tt.us}, review.Draft{Party: "cn", Lines: tt.cn})
			if err != nil || len(r.Cases) != 1 || r.Cases[0].Status != tt.status {
				t.Fatalf("got %+v, %v, want status %s", r.Cases, err, tt.status)
			}
			if got, want := len(r.Cases[0].Views), len(tt.us)+len(tt.cn); got != want {
				t.Errorf("%d views, want %d: both sides' words stay", got, want)
			}
		})
	}
}

func TestDifferingViewsKeepBothTexts(t *testing.T) {
	us, cn := line("US-2026-000001", "stalled"), line("US-2026-000001", "progress")
	us.Text, cn.Text = comity.Text{EN: "We wait for content.", ZH: "等待内容数据。"}, comity.Text{EN: "Under review <by law>.", ZH: "依法审查中。"}
	r, err := review.Reconcile(scope, review.Draft{Party: "us", Lines: lines(us)}, review.Draft{Party: "cn", Lines: lines(cn)})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kind":"status_report","v":1,"realm":"live","parties":["cn","us"],"from":"2026-10-01T00:00:00.000Z","to":"2027-01-01T00:00:00.000Z","cases":[` +
		`{"case":"US-2026-000001","status":"differing_views","views":[` +
		`{"party":"cn","status":"progress","text":{"en":"Under review <by law>.","zh":"依法审查中。"}},` +
		`{"party":"us","status":"stalled","text":{"en":"We wait for content.","zh":"等待内容数据。"}}]}]}`
	if got := string(r.Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if l := r.Cases[0].Status.Label(); l.EN != "differing views" || l.ZH != "双方看法不一" {
		t.Errorf("label %+v", l)
	}
}

func TestBothSidesSignTheSameStatusReport(t *testing.T) {
	draw := rapid.Custom(func(t *rapid.T) review.Line {
		return line(rapid.StringMatching(`(US|CN)-2026-00000[0-9]`).Draw(t, "case"), rapid.SampledFrom([]string{"open", "closed"}).Draw(t, "status"),
			review.Count{Name: "requests", N: int64(rapid.IntRange(0, 1).Draw(t, "requests"))}, review.Count{Name: "answered", N: 1})
	})
	rapid.Check(t, func(t *rapid.T) {
		distinct := rapid.SliceOfNDistinct(draw, 0, 9, func(l review.Line) comity.Ref { return l.Case })
		us := review.Draft{Party: "us", Lines: distinct.Draw(t, "us")}
		cn := review.Draft{Party: "cn", Lines: distinct.Draw(t, "cn")}
		ours, err := review.Reconcile(scope, us, cn)
		if err != nil {
			t.Fatal(err)
		}
		us.Lines = rapid.Permutation(us.Lines).Draw(t, "us as cn has them")
		for i := range us.Lines {
			us.Lines[i].Figures = slices.Clone(us.Lines[i].Figures)
			slices.Reverse(us.Lines[i].Figures)
		}
		theirs, err := review.Reconcile(scope, cn, us)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(ours.Bytes(), theirs.Bytes()) || ours.Digest() != theirs.Digest() {
			t.Fatalf("ours  %s\ntheirs %s", ours.Bytes(), theirs.Bytes())
		}
	})
}

func TestLinesAtFaultAreNamed(t *testing.T) {
	good := line("US-2026-000001", "open")
	with := func(f func(*review.Line)) []review.Line { l := good; f(&l); return lines(l) }
	for _, tt := range []struct {
		name  string
		lines []review.Line
		want  string
	}{
		{"a case that is none", with(func(l *review.Line) { l.Case = "42" }), "lines[0].case"},
		{"a case that stands there twice", lines(good, good), "lines[1].case"},
		{"a status of its own", with(func(l *review.Line) { l.Status = "great" }), "lines[0].status"},
		{"no Chinese", with(func(l *review.Line) { l.Text.ZH = " " }), "lines[0].text"},
		{"bytes that are no text", with(func(l *review.Line) { l.Text.EN = "\xff" }), "lines[0].text"},
		{"a text without end", with(func(l *review.Line) { l.Text.EN = strings.Repeat("a", 5000) }), "lines[0].text"},
		{"a figure twice", with(func(l *review.Line) { l.Figures = []review.Count{{Name: "a"}, {Name: "a"}} }), "lines[0].figures"},
		{"more lines than a report holds", make([]review.Line, 10001), "lines"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := review.Reconcile(scope, review.Draft{Party: "cn"}, review.Draft{Party: "us", Lines: tt.lines})
			if e, ok := errors.AsType[*comity.Error](err); !ok || e.Field != tt.want {
				t.Errorf("got %v, want a fault of %s", err, tt.want)
			}
		})
	}
	if _, err := review.Reconcile(scope, review.Draft{Party: "cn"}, review.Draft{Party: "fr"}); !errors.Is(err, comity.Invalid) {
		t.Errorf("a draft of a third party: %v", err)
	}
}
