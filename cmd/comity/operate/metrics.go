package operate

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"comity"
	"comity/exchange"
	"comity/record"
	"comity/store"
)

// metrics count and time, and never name a matter.
type metrics struct {
	registry *prometheus.Registry
	took     *prometheus.HistogramVec
	bytes    *prometheus.CounterVec
	failed   *prometheus.CounterVec
}

func newMetrics(n *node) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "comity_exchange_seconds", Help: "Time to take in and answer an exchange.",
			Buckets: prometheus.ExponentialBuckets(0.001, 2, 14)}, []string{"peer"}),
		bytes:  prometheus.NewCounterVec(prometheus.CounterOpts{Name: "comity_exchange_bytes_total", Help: "Bytes of exchanges taken in."}, []string{"peer"}),
		failed: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "comity_exchange_refused_total", Help: "Exchanges refused whole."}, []string{"peer"}),
	}
	m.registry.MustRegister(m.took, m.bytes, m.failed, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), state{n})
	return m
}

func (m *metrics) exchanged(p comity.Party, n int, took time.Duration, err error) {
	m.took.WithLabelValues(string(p)).Observe(took.Seconds())
	m.bytes.WithLabelValues(string(p)).Add(float64(n))
	if err != nil {
		m.failed.WithLabelValues(string(p)).Inc()
	}
}

// state reads gauges from the record when they are asked for.
type state struct{ *node }

var (
	rowsDesc    = prometheus.NewDesc("comity_rows", "Rows in the record, by what they are.", []string{"what"}, nil)
	streamDesc  = prometheus.NewDesc("comity_stream_items", "Items of a channel: sent, receipted by the peer, received.", []string{"peer", "realm", "which"}, nil)
	modeDesc    = prometheus.NewDesc("comity_channel_open", "1 if the channel is open.", []string{"peer", "realm", "mode"}, nil)
	silenceDesc = prometheus.NewDesc("comity_unreceipted_seconds", "How long the oldest item has waited for its receipt.", []string{"peer", "realm"}, nil)
)

func (s state) Describe(ch chan<- *prometheus.Desc) {
	ch <- rowsDesc
	ch <- streamDesc
	ch <- modeDesc
	ch <- silenceDesc
}

func (s state) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	err := s.Keeper.View(ctx, func(tx *store.Tx) error {
		counts, err := tx.Counts()
		if err != nil {
			return err
		}
		for what, n := range counts {
			gauge(rowsDesc, float64(n), what)
		}
		channels, err := record.Channels(tx)
		for _, c := range channels {
			peer, realm := string(c.Peer), string(c.Realm)
			gauge(streamDesc, float64(c.State.Next), peer, realm, "sent")
			gauge(streamDesc, float64(c.State.Receipted), peer, realm, "receipted")
			gauge(streamDesc, float64(c.State.Want), peer, realm, "received")
			open := 0.0
			if c.State.Mode == exchange.Open {
				open = 1
			}
			gauge(modeDesc, open, peer, realm, string(c.State.Mode))
			if !c.State.Since.IsZero() && c.State.Unreceipted() {
				gauge(silenceDesc, s.Keeper.Now().Sub(c.State.Since.Time).Seconds(), peer, realm)
			}
		}
		return err
	})
	if err != nil {
		ch <- prometheus.NewInvalidMetric(rowsDesc, err) // logged; the rest is served
	}
}

// handler serves /metrics, /healthz (the process runs) and /readyz (its record
// can be read).
func (m *metrics) handler(r *runner) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: slog.NewLogLogger(r.log.Handler(), slog.LevelError)}))
	// Who asks and does not stay for the answer cannot be told; the log says so.
	gone := func(req *http.Request, err error) {
		if err != nil {
			r.log.Debug("an answer was not taken", "path", req.URL.Path, "err", err)
		}
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, req *http.Request) {
		_, err := io.WriteString(w, "ok\n")
		gone(req, err)
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, req *http.Request) {
		type channel struct {
			Peer  comity.Party `json:"peer"`
			Realm comity.Realm `json:"realm"`
			Mode  string       `json:"mode"`
		}
		list := []channel{}
		err := r.node.Keeper.View(req.Context(), func(tx *store.Tx) error {
			channels, err := record.Channels(tx)
			for _, c := range channels {
				list = append(list, channel{c.Peer, c.Realm, string(c.State.Mode)})
			}
			return err
		})
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			gone(req, json.NewEncoder(w).Encode(map[string]string{"error": "the record cannot be read"}))
			return
		}
		gone(req, json.NewEncoder(w).Encode(map[string]any{"party": r.node.Party, "channels": list}))
	})
	return mux
}
