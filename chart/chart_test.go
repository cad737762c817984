package chart_test

import (
	"encoding/xml"
	"flag"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"comity/chart"
)

var update = flag.Bool("update", false, "write the golden files anew")

func november() (rows []chart.Row) {
	for i := range 40 {
		rows = append(rows, chart.Row{Label: time.Date(2026, 10, 14+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly), Values: []float64{float64(i * i % 7)}})
	}
	return rows
}

var charts = map[string]chart.Chart{
	"bars": {Form: chart.Bars, ID: "b", Title: "Requests by category", Says: "Fraud leads", Names: []string{"requests"},
		Rows: []chart.Row{{Label: "Fraud", Values: []float64{12}}, {Label: "儿童性剥削和性虐待犯罪及其他犯罪", Values: []float64{7}}, {Label: "None", Values: []float64{0}}}},
	"stacked": {Form: chart.Stacked, ID: "s", Title: "In time and late", Names: []string{"in time", "late", "open"},
		Rows: []chart.Row{{Label: "2026-10", Values: []float64{8, 2, 1}}, {Label: "2026-11", Values: []float64{5, 0, 6}}}},
	"line": {Form: chart.Line, ID: "l", Title: "Hours to the answer", Names: []string{"hours"}, Band: []float64{24},
		Rows: []chart.Row{{Label: "07", Values: []float64{30}}, {Label: "08", Values: []float64{math.NaN()}}, {Label: "09", Values: []float64{20}, Texts: []string{"20 h"}}, {Label: "10", Values: []float64{12}}}},
	"strips": {Form: chart.Strips, ID: "p", Title: "Time to the answer", Names: []string{"p10", "p25", "p50", "p75", "p90"}, Band: []float64{72},
		Rows: []chart.Row{{Label: "US", Values: []float64{4, 10, 20, 40, 90}}, {Label: "CN", Values: []float64{5, 12, 22, 36, 70}}, {Label: "nobody"}}},
	"days": {Form: chart.Days, ID: "d", Title: "Requests by day", Names: []string{"requests"}, Rows: november()},
}

func TestChartsAreDrawnAsBefore(t *testing.T) {
	for name, c := range charts {
		got, file := c.SVG()+"\n", "testdata/"+name+".svg"
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s differs from %s; look at it, then go test ./chart -update", name, file)
		}
		wellFormed(t, name, got)
		for _, bad := range []string{"style=", "<style", "NaN", "Inf", "#0", "rgb("} {
			if strings.Contains(got, bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
		for _, must := range []string{`role="img"`, "<title id=", "<desc id=", "currentColor"} {
			if !strings.Contains(got, must) {
				t.Errorf("%s lacks %s", name, must)
			}
		}
	}
}

func wellFormed(t *testing.T, name, svg string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
	}
}

// What a peer wrote is text, and no figure makes a chart break.
func TestHostileFigures(t *testing.T) {
	evil := `"><script>alert(1)</script>&`
	for form := chart.Bars; form <= chart.Days; form++ {
		for what, rows := range map[string][]chart.Row{
			"nothing":           nil,
			"no figures":        {{Label: evil}},
			"no numbers":        {{Label: evil, Values: []float64{math.NaN(), math.Inf(1), -3}}},
			"one of five":       {{Label: evil, Values: []float64{1, math.NaN(), 3, 4, 5}}},
			"text for a figure": {{Label: "2026-11-22", Values: []float64{1}, Texts: []string{evil}}},
			"days far apart":    {{Label: "2026-11-22", Values: []float64{1}}, {Label: "9999-01-01", Values: []float64{1}}, {Label: "0001-01-01", Values: []float64{1}}},
		} {
			svg := chart.Chart{Form: form, ID: "x", Title: evil, Says: evil, Names: []string{evil}, Rows: rows, Band: []float64{1, 2}}.SVG()
			wellFormed(t, what, svg)
			if strings.Contains(svg, "<script") || strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
				t.Errorf("form %d of %s: %s", form, what, svg)
			}
		}
	}
}

func TestEveryFigureIsRead(t *testing.T) {
	for _, test := range []struct {
		name string
		row  chart.Row
		want string
	}{
		{"a number by itself", chart.Row{Values: []float64{2.5}}, "2.5"},
		{"a number with its text", chart.Row{Values: []float64{90}, Texts: []string{"1 h 30 min"}}, "1 h 30 min"},
		{"a figure that is not known", chart.Row{Values: []float64{math.NaN()}}, "–"},
		{"a figure that is not there", chart.Row{}, "–"},
	} {
		if got := test.row.Text(0); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
