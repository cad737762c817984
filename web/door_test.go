package web

import (
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"strings"
	"testing"

	"comity"
	"comity/clock"
	"comity/config"
	"comity/say"
	"comity/store"
	"comity/testnet"
)

// A card is offered only if the listener has verified it: any other is refused.
func TestCardIsOfferedIfVerified(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")[0]
	c := config.Config{Party: n.Name, Desk: config.Desk{URL: "https://desk.us.example"}}
	s, err := New(Node{Config: c, DB: n.DB, Keeper: n.Keeper, Zones: func(*store.Tx, ...comity.Party) []clock.Zone { return nil }}, nil)
	if err != nil {
		t.Fatal(err)
	}
	card := []*x509.Certificate{{}}
	offer := say.In(say.English).SignInCertificate()
	for name, c := range map[string]struct {
		state tls.ConnectionState
		want  bool
	}{
		"no card":         {tls.ConnectionState{}, false},
		"anybody's card":  {tls.ConnectionState{PeerCertificates: card}, false},
		"a verified card": {tls.ConnectionState{PeerCertificates: card, VerifiedChains: [][]*x509.Certificate{card}}, true},
	} {
		r, w := httptest.NewRequest("GET", "https://desk.us.example/signin", nil), httptest.NewRecorder()
		r.TLS = &c.state
		s.Handler().ServeHTTP(w, r)
		if w.Code != 200 || strings.Contains(w.Body.String(), offer) != c.want {
			t.Errorf("%s: %d, offered: %t, want %t", name, w.Code, !c.want, c.want)
		}
	}
}
