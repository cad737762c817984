package operate

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/pem"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"comity/config"
	"comity/link"
	"comity/shell"
)

// The desk speaks HTTP/2 in TLS, and asks no browser for a certificate, because it
// could verify none.
func TestOfficersInTLS(t *testing.T) {
	dir := t.TempDir()
	cert, key, err := link.NewCertificate(rand.Reader, "localhost")
	if err != nil {
		t.Fatal(err)
	}
	pair, err := link.ParseCertificate(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*pem.Block{"c.pem": {Type: "CERTIFICATE", Bytes: cert}, "k.pem": {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := &shell.Node{Dir: dir, Config: config.Config{Desk: config.Desk{Listen: "127.0.0.1:0", URL: "https://localhost", Certificate: "c.pem", Key: "k.pem"}}}
	r := &runner{node: &node{n}, log: slog.New(slog.DiscardHandler)}
	server, l, err := r.officers(t.Context(), func(context.Context, *shell.Node, *slog.Logger) (http.Handler, error) {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(l)
	defer server.Close()
	asked := false
	transport := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{
		InsecureSkipVerify: true, // whose it is, is not what is tested
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			asked = true
			return &pair, nil
		},
	}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport}).Get("https://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	proto, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if asked || string(proto) != "HTTP/2.0" || resp.TLS == nil || resp.TLS.Version != tls.VersionTLS13 {
		t.Errorf("asked for a certificate: %t, in %s; want false, in HTTP/2.0 over TLS 1.3", asked, proto)
	}
}
