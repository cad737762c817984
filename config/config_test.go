package config_test

import (
	"errors"
	"strings"
	"testing"

	"comity"
	"comity/config"
)

func TestDesk(t *testing.T) {
	for _, c := range []struct {
		name string
		desk config.Desk
		want string // the field; empty is good
	}{
		{"no desk", config.Desk{}, ""},
		{"on loopback", config.Desk{Listen: "127.0.0.1:8443", URL: "http://localhost:8443"}, ""},
		{"behind a proxy that has the certificate", config.Desk{Listen: "[::1]:8443", URL: "https://desk.us.example"}, ""},
		{"in TLS", config.Desk{Listen: ":8443", URL: "https://desk.us.example:8443", Certificate: "c.pem", Key: "k.pem"}, ""},
		{"everywhere without TLS", config.Desk{Listen: ":8443", URL: "https://desk.us.example"}, "desk.certificate"},
		{"a certificate without its key", config.Desk{Listen: ":8443", URL: "https://desk.us.example", Certificate: "c.pem"}, "desk.certificate"},
		{"in TLS that browsers are not told of", config.Desk{Listen: ":8443", URL: "http://desk.us.example", Certificate: "c.pem", Key: "k.pem"}, "desk.url"},
		{"the same on loopback", config.Desk{Listen: "127.0.0.1:8443", URL: "http://localhost:8443", Certificate: "c.pem", Key: "k.pem"}, "desk.url"},
		{"no address", config.Desk{URL: "https://desk.us.example"}, "desk.listen"},
		{"a page for an origin", config.Desk{Listen: "127.0.0.1:8443", URL: "https://desk.us.example/desk"}, "desk.url"},
	} {
		err := config.Config{Party: "us", Database: "comity.db", Link: ":8440", Ops: "127.0.0.1:8441", Quota: 1 << 20, Desk: c.desk}.Check()
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, comity.Invalid) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want an error of %q", c.name, err, c.want)
		}
	}
}
