package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"crypto/ed25519"
)

// A figure is one thing measured, several times.
type figure struct {
	Name   string    `json:"name"`
	Unit   string    `json:"unit"`
	Target float64   `json:"target,omitempty"`
	Better string    `json:"better"` // more or less
	Runs   []float64 `json:"runs"`
	Median float64   `json:"median"`
	Min    float64   `json:"min"`
	Max    float64   `json:"max"`
	Met    *bool     `json:"met,omitempty"` // by the median, if there is a target
	Note   string    `json:"note,omitempty"`
}

// A ratio compares a figure with a peer measured in the same run.
type ratio struct {
	Name  string  `json:"name"`
	Ours  float64 `json:"ours"`
	Peer  float64 `json:"peer"`
	Ratio float64 `json:"ratio"` // how many times better we are
}

// A machine is what the figures depend on.
type machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory string `json:"memory"`
	System string `json:"system"`
	Go     string `json:"go"`

	// What the machine could do just before: the figures are to be read with it.
	Load   string  `json:"load"`           // averages of 1, 5, 15 minutes
	Fsync  float64 `json:"fsync_ms"`       // to append 4 KiB and flush it, p50
	Verify float64 `json:"ed25519_us"`     // to verify one signature of 1 KiB, median
	Spare  float64 `json:"cores_to_spare"` // how many cores' work two busy threads got done
}

type results struct {
	Part    string    `json:"part"`
	Date    time.Time `json:"date"`
	Commit  string    `json:"commit"`
	Quick   bool      `json:"quick,omitempty"`
	Machine machine   `json:"machine"`
	Figures []*figure `json:"figures"`
	Peers   []*figure `json:"peers"`
	Ratios  []ratio   `json:"ratios"`
}

func newResults(part string) *results {
	commit, _ := exec.Command("git", "describe", "--always", "--dirty").Output()
	return &results{Part: part, Date: time.Now().UTC().Truncate(time.Second), Commit: strings.TrimSpace(string(commit)),
		Quick: quick(), Machine: describe(), Peers: []*figure{}, Ratios: []ratio{}}
}

// more begins a figure of which more is better; less, the other kind. Either may
// have target 0: none.
func (r *results) more(name, unit string, target float64) *figure {
	return r.figure(name, unit, "more", target)
}
func (r *results) less(name, unit string, target float64) *figure {
	return r.figure(name, unit, "less", target)
}

func (r *results) figure(name, unit, better string, target float64) *figure {
	f := &figure{Name: name, Unit: unit, Better: better, Target: target}
	r.Figures = append(r.Figures, f)
	return f
}

func (r *results) peer(name, unit string) *figure {
	f := &figure{Name: name, Unit: unit, Better: "more"}
	r.Peers = append(r.Peers, f)
	return f
}

// add adds a run.
func (f *figure) add(v float64) {
	f.Runs = append(f.Runs, round(v))
	f.Median, f.Min, f.Max = round(median(f.Runs)), slices.Min(f.Runs), slices.Max(f.Runs)
	if f.Target != 0 {
		met := f.Better == "more" && f.Median >= f.Target || f.Better == "less" && f.Median <= f.Target
		f.Met = &met
	}
	fmt.Fprintf(os.Stderr, "bench: %-58s %10s %s\n", f.Name, show(v), f.Unit)
}

func (r *results) compare(ours, peer *figure) {
	if len(ours.Runs) == 0 || len(peer.Runs) == 0 {
		return
	}
	r.Ratios = append(r.Ratios, ratio{ours.Name + " / " + peer.Name, ours.Median, peer.Median, round(ours.Median / peer.Median)})
}

func median(v []float64) float64 { return quantile(v, 0.5) }

// quantile is by nearest rank; of an even number, the median is a mean.
func quantile(v []float64, q float64) float64 {
	s := slices.Sorted(slices.Values(v))
	if n := len(s); q == 0.5 && n%2 == 0 && n > 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[max(0, int(math.Ceil(q*float64(len(s))))-1)]
}

func round(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 3-math.Floor(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}

func show(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// print writes the table for people.
func (r *results) print(w io.Writer) {
	m := r.Machine
	fmt.Fprintf(w, "\n%s on %s, %d cores, %s; fsync %s ms, Ed25519 verify %s us, %s cores to spare, load %s\n\n",
		r.Part, m.CPU, m.Cores, m.System, show(m.Fsync), show(m.Verify), show(m.Spare), m.Load)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "what\tmedian\tmin … max\tat least\t")
	line := func(f *figure) {
		target, met := "", ""
		if f.Met != nil {
			sign := map[string]string{"more": "≥", "less": "≤"}[f.Better]
			target, met = sign+" "+show(f.Target), map[bool]string{true: "met", false: "MISSED"}[*f.Met]
		}
		fmt.Fprintf(t, "%s\t%s %s\t%s … %s\t%s\t%s\n", f.Name, show(f.Median), f.Unit, show(f.Min), show(f.Max), target, met)
	}
	for _, f := range append(slices.Clone(r.Figures), r.Peers...) {
		if len(f.Runs) > 0 {
			line(f)
		}
	}
	t.Flush()
	for _, x := range r.Ratios {
		fmt.Fprintf(w, "%s: %s times\n", x.Name, show(x.Ratio))
	}
	for _, f := range r.Figures {
		if f.Note != "" {
			fmt.Fprintf(w, "%s: %s\n", f.Name, f.Note)
		}
	}
}

// write leaves the results for programs.
func (r *results) write(dir string) error {
	if os.Getenv("BENCH_ONLY") != "" || os.Getenv("BENCH_PROFILE") != "" {
		return nil
	}
	name := filepath.Join(dir, r.Part+pick("", ".quick")+".json")
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	fmt.Printf("\n%s\n", name)
	return os.WriteFile(name, append(b, '\n'), 0o644)
}

func describe() machine {
	m := machine{Cores: runtime.NumCPU(), Go: runtime.Version()}
	m.CPU = field("/proc/cpuinfo", "model name")
	m.Memory = field("/proc/meminfo", "MemTotal")
	m.System = strings.Trim(field("/etc/os-release", "PRETTY_NAME"), `"`)
	if b, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Load = strings.Join(strings.Fields(string(b))[:3], " ")
	}
	m.Fsync, m.Verify, m.Spare = round(fsyncs()), round(verifies()), round(spare())
	return m
}

// field returns the value of the first line that begins with name.
func field(file, name string) string {
	b, _ := os.ReadFile(file)
	for s := bufio.NewScanner(bytes.NewReader(b)); s.Scan(); {
		k, v, ok := strings.Cut(s.Text(), ":")
		if !ok {
			k, v, _ = strings.Cut(s.Text(), "=")
		}
		if strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func fsyncs() float64 {
	f, err := os.CreateTemp("", "comity-bench")
	if err != nil {
		return 0
	}
	defer os.Remove(f.Name())
	defer f.Close()
	var took []float64
	for range 200 {
		start := time.Now()
		f.Write(make([]byte, 4096))
		f.Sync()
		took = append(took, ms(time.Since(start)))
	}
	return median(took)
}

func verifies() float64 {
	pub, key, _ := ed25519.GenerateKey(nil)
	text := make([]byte, 1024)
	sig := ed25519.Sign(key, text)
	var took []float64
	for range 2000 {
		start := time.Now()
		ed25519.Verify(pub, text, sig)
		took = append(took, ms(time.Since(start))*1000)
	}
	return median(took)
}

// spare says how much of the machine others leave: two threads that do nothing
// but count, by their processor time over the wall's.
func spare() float64 {
	var before, after rusage
	before.read()
	start := time.Now()
	done := make(chan bool)
	for range 2 {
		go func() {
			for time.Since(start) < 500*time.Millisecond {
			}
			done <- true
		}()
	}
	<-done
	<-done
	after.read()
	return (after.total() - before.total()).Seconds() / time.Since(start).Seconds()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
