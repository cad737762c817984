package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"comity"
	"comity/link"
	"comity/seal"
)

// probe measures the least that any node must do to a message, on this machine
// and in this run, as the probe behind the figures of 1,302 and 2,627/s did: seal
// and sign, keep it, POST it by mutual TLS, verify and open, keep it, sign a
// receipt, verify that and keep it; each kept in SQLite, durable, commits shared.
// It has no officers, drafts, matters, rules, journal or tree. Both ends are here.
func probe(ctx context.Context, r *results, _, dir string) error {
	rate := r.peer("a bare probe, 64 in flight, 2 KiB, E1", "/s")
	p50 := r.peer("a bare probe, one at a time, p50", "ms")
	rate.Note, p50.Better = "seal, sign, keep, POST, verify, open, keep, receipt, keep; nothing of what makes it a request", "less"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for n := range runs {
		us, stop, err := newProbe(filepath.Join(dir, fmt.Sprint(n)))
		if err != nil {
			return err
		}
		count := pick(2000, 100)
		if _, err := us.pump(ctx, count/10, 64); err != nil { // warm up
			return err
		}
		start := time.Now()
		if _, err := us.pump(ctx, count, 64); err != nil {
			return err
		}
		rate.add(float64(count) / time.Since(start).Seconds())
		took, err := us.pump(ctx, count/4, 1)
		if err != nil {
			return err
		}
		p50.add(median(took))
		if err := stop(); err != nil {
			return err
		}
	}
	return nil
}

// A prober is one end of the probe.
type prober struct {
	key    *seal.PrivateKey
	to     comity.Key // the other's prekey
	theirs comity.Key // the other's node key
	keep   chan kept
	url    string
	client *http.Client
}

// kept is a row, and who waits for it to be durable.
type kept struct {
	row  []byte
	done chan error
}

func newProbe(dir string) (us *prober, stop func() error, err error) {
	var keys [2]*seal.PrivateKey
	var cert [2]tls.Certificate
	for i := range keys {
		if keys[i], err = seal.NewSigner("E1", rand.Reader); err != nil {
			return nil, nil, err
		}
		c, k, err := link.NewCertificate(rand.Reader, "probe")
		if err != nil {
			return nil, nil, err
		}
		if cert[i], err = link.ParseCertificate(c, k); err != nil {
			return nil, nil, err
		}
	}
	open, err := seal.NewKEM("E1")
	if err != nil {
		return nil, nil, err
	}
	us = &prober{key: keys[0], to: open.Key(), theirs: keys[1].Key()}
	them := &prober{key: keys[1], theirs: keys[0].Key()}
	var work errgroup.Group
	for i, p := range []*prober{us, them} {
		if err := p.open(fmt.Sprintf("%s.%d.db", dir, i), &work); err != nil {
			return nil, nil, err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			receipt, err := them.take(req, open)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			_, _ = w.Write(receipt) // who does not stay for it asks again
		}),
		TLSConfig: &tls.Config{Certificates: cert[1:], ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13},
	}
	work.Go(func() error {
		if err := server.ServeTLS(listener, "", ""); err != http.ErrServerClosed {
			return err
		}
		return nil
	})
	us.url = "https://" + listener.Addr().String()
	us.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{
		Certificates: cert[:1], MinVersion: tls.VersionTLS13, InsecureSkipVerify: true, // the pin is checked instead
		VerifyPeerCertificate: func(raw [][]byte, _ [][]*x509.Certificate) error {
			if !bytes.Equal(raw[0], cert[1].Certificate[0]) {
				return fmt.Errorf("another certificate")
			}
			return nil
		},
	}}}
	return us, func() error {
		us.client.CloseIdleConnections()
		err := server.Close()
		close(us.keep)
		close(them.keep)
		if waited := work.Wait(); err == nil {
			err = waited
		}
		return err
	}, nil
}

// open begins to keep rows: as many in a commit as have come since the last.
func (p *prober) open(name string, work *errgroup.Group) error {
	db, err := sql.Open("sqlite", "file:"+name+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE row (n INTEGER PRIMARY KEY, leaf BLOB NOT NULL, body BLOB NOT NULL)"); err != nil {
		return err
	}
	p.keep = make(chan kept, 256)
	work.Go(func() error {
		defer db.Close()
		for first := range p.keep {
			group := []kept{first}
			for more := true; more; {
				select {
				case k, ok := <-p.keep:
					if more = ok; ok {
						group = append(group, k)
					}
				default:
					more = false
				}
			}
			err := commit(db, group)
			for _, k := range group {
				k.done <- err
			}
		}
		return nil
	})
	return nil
}

func commit(db *sql.DB, group []kept) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	add, err := tx.Prepare("INSERT INTO row (leaf, body) VALUES ($1, $2)")
	if err != nil {
		return err
	}
	for _, k := range group {
		leaf := sha256.Sum256(k.row)
		if _, err := add.Exec(leaf[:], k.row); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// durable keeps a row.
func (p *prober) durable(row []byte) error {
	done := make(chan error, 1)
	p.keep <- kept{row, done}
	return <-done
}

// envelope is what crosses.
type envelope struct {
	Header []byte           `json:"header"`
	Sig    comity.Signature `json:"sig"`
	ID     comity.Hash      `json:"id"`
	Ct     []byte           `json:"ct"`
}

// send sends one message and returns when its receipt is kept.
func (p *prober) send(ctx context.Context, n int64, body []byte) error {
	header := fmt.Appendf(nil, `{"seq":%d,"body":"%x"}`, n, sha256.Sum256(body))
	sealed, err := seal.SealItem(p.to, header, [][]byte{seal.AppendRecord(nil, 'M', body)})
	if err != nil {
		return err
	}
	sig, err := p.key.Sign("header", header)
	if err != nil {
		return err
	}
	row, err := json.Marshal(envelope{header, sig, seal.H("manifest", body), sealed.Ct})
	if err != nil {
		return err
	}
	if err := p.durable(row); err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.url, bytes.NewReader(row))
	if err != nil {
		return err
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	receipt, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s %v", resp.Status, receipt, err)
	}
	var e envelope
	if err := json.Unmarshal(receipt, &e); err != nil {
		return err
	}
	if err := seal.Verify(p.theirs, "receipt", e.Header, e.Sig); err != nil {
		return err
	}
	return p.durable(receipt)
}

// take takes one message and returns its receipt.
func (p *prober) take(req *http.Request, key *seal.Prekey) ([]byte, error) {
	b, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	var e envelope
	if err := json.Unmarshal(b, &e); err != nil {
		return nil, err
	}
	if err := seal.Verify(p.theirs, "header", e.Header, e.Sig); err != nil {
		return nil, err
	}
	opened, err := seal.OpenItem(key, comity.Item{Bytes: e.Header, Header: comity.Header{Statements: []comity.Hash{e.ID}},
		Sealed: &comity.Sealed{Prekey: key.Name(), Ct: e.Ct}})
	if err != nil {
		return nil, err
	}
	h := sha256.Sum256(b)
	sig, err := p.key.Sign("receipt", h[:])
	if err != nil {
		return nil, err
	}
	if err := p.durable(append(opened[0], sig.Sig...)); err != nil {
		return nil, err
	}
	return json.Marshal(envelope{Header: h[:], Sig: sig})
}

// pump sends count messages, atOnce at any time, and returns what each took, in ms.
func (p *prober) pump(ctx context.Context, count, atOnce int) ([]float64, error) {
	body := make([]byte, 2048)
	rand.Read(body)
	took := make([]float64, count)
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range atOnce {
		g.Go(func() error {
			for {
				i := next.Add(1) - 1
				if i >= int64(count) {
					return nil
				}
				start := time.Now()
				if err := p.send(ctx, i, body); err != nil {
					return err
				}
				took[i] = ms(time.Since(start))
			}
		})
	}
	return took, g.Wait()
}
