// Package config is the whole of a node's configuration: one file in its folder.
package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"comity"
	"comity/disk"
)

// A Config is the whole of a node's configuration, comity.json in its folder.
// Nothing else is configured anywhere. An unknown field is an error.
type Config struct {
	// Party is who we are, as in every peer's records.
	Party comity.Party `json:"party"`

	// Database is a file in the node's folder, or a postgres:// URL when
	// several replicas serve one party.
	Database string `json:"database"`

	// Link is the address on which peers reach us, such as ":8440".
	Link string `json:"link"`

	// Ops is the address for health and metrics; keep it on loopback.
	Ops string `json:"ops"`

	// Desk is the page on which officers work; without it there are only commands.
	Desk Desk `json:"desk,omitzero"`

	// Private lets us connect to peers at loopback and private addresses, as a
	// demo on one machine must. Leave it false where peers are abroad.
	Private bool `json:"private"`

	// Seats divides national roles and clearances among our seats; see package
	// policy. While it is left out, every seat that may release has every role,
	// as in a small party nobody else could.
	Seats map[comity.Seat]Powers `json:"seats,omitempty"`

	// Quota is how many bytes of files each peer may have waiting here.
	Quota int64 `json:"quota"`
}

// Powers are what a seat may do at home, beside its roles on the roster.
type Powers struct {
	Roles []string `json:"roles,omitempty"` // central, prosecutor, legal, head, principal, auditor
	Level string   `json:"level,omitempty"` // restricted: it may read TLP:RED
}

// A Desk is where browsers reach us.
type Desk struct {
	Listen      string `json:"listen"`                // an address, such as "127.0.0.1:8443"
	URL         string `json:"url"`                   // as browsers have it; passkeys are bound to its host
	Certificate string `json:"certificate,omitempty"` // PEM, in the node's folder; without it only loopback is served
	Key         string `json:"key,omitempty"`

	// Authorities are those whose client certificates sign in, on a card (PIV) or in
	// the browser: PEM, in the node's folder. Issuers are those of OpenID Connect. Of
	// either, nobody gets in who was not attached to a person before.
	Authorities string   `json:"authorities,omitempty"`
	Issuers     []Issuer `json:"issuers,omitempty"`

	// AAGUIDs are the models of authenticator that may be enrolled; empty allows any.
	// DeviceBound refuses passkeys that are copied between devices.
	AAGUIDs     []string `json:"aaguids,omitempty"`
	DeviceBound bool     `json:"device_bound,omitempty"`
}

// An Issuer is an OpenID Connect provider of the party's own.
type Issuer struct {
	Name   string `json:"name"`             // for people, such as "Ministry account"
	URL    string `json:"url"`              // as in its discovery document
	Client string `json:"client"`           // our client_id there
	Secret string `json:"secret,omitempty"` // of a confidential client
	Claim  string `json:"claim,omitempty"`  // that identifies a person; empty is sub
}

// DeskURL is where browsers reach us; empty if they do not.
func (c Config) DeskURL() string { return c.Desk.URL }

// DeskName is what a passkey calls the desk that it was enrolled at.
func (c Config) DeskName() string { return "Comity " + strings.ToUpper(string(c.Party)) }

// check says what is wrong with the desk's address.
func (d Desk) check() error {
	if d.Listen == "" && d.URL == "" && d.Certificate == "" && d.Key == "" {
		return nil
	}
	host, _, err := net.SplitHostPort(d.Listen)
	if err != nil {
		return comity.Fieldf("desk.listen", "%q is not an address such as %q", d.Listen, "127.0.0.1:8443")
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.Path != "" {
		return comity.Fieldf("desk.url", "%q is not an origin such as %q", d.URL, "https://desk.us.example:8443")
	}
	loopback := host == "localhost" || net.ParseIP(host).IsLoopback()
	switch {
	case (d.Certificate == "") != (d.Key == ""):
		return comity.Fieldf("desk.certificate", "a certificate needs its key, and the key its certificate")
	case d.Certificate == "" && !loopback:
		return comity.Fieldf("desk.certificate", "it is missing: without TLS the desk listens on loopback only, such as 127.0.0.1:8443")
	case d.Certificate != "" && u.Scheme != "https":
		return comity.Fieldf("desk.url", "its scheme must be https where there is a certificate")
	case d.Authorities != "" && d.Certificate == "":
		return comity.Fieldf("desk.authorities", "client certificates need TLS here: give desk.certificate and desk.key too")
	}
	for i, is := range d.Issuers {
		if is.Name == "" || is.URL == "" || is.Client == "" {
			return comity.Fieldf(fmt.Sprintf("desk.issuers[%d]", i), "it needs name, url and client, such as %q, %q and %q", "Ministry account", "https://id.us.example", "comity")
		}
	}
	return nil
}

// In is a file that is named from a folder.
func In(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

// Name is the configuration's file in a node's folder.
const Name = "comity.json"

// Read reads the node's configuration and checks every field before anything
// is opened.
func Read(dir string) (Config, error) {
	file := filepath.Join(dir, Name)
	b, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, comity.Errorf(comity.NotFound, "%s is not a node's folder: it has no %s; name one with --dir, or make one with comity init", dir, Name)
	}
	if err != nil {
		return Config{}, err
	}
	var c Config
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("%s: %w", file, disk.Misfit(err))
	}
	if _, err := d.Token(); err != io.EOF {
		return Config{}, comity.Errorf(comity.Invalid, "%s: it goes on after its closing brace", file)
	}
	if err := c.Check(); err != nil {
		return Config{}, fmt.Errorf("%s: %w", file, err)
	}
	return c, nil
}

// Check says what is wrong with the first field that is not as it must be.
func (c Config) Check() error {
	if _, err := comity.ParseParty(string(c.Party)); err != nil {
		return err
	}
	if c.Database == "" {
		return comity.Fieldf("database", "it is empty; name a file such as %q, or a postgres:// URL", "comity.db")
	}
	for _, x := range []struct{ field, addr string }{{"link", c.Link}, {"ops", c.Ops}} {
		if _, _, err := net.SplitHostPort(x.addr); err != nil {
			return comity.Fieldf(x.field, "%q is not an address such as %q", x.addr, "127.0.0.1:8440")
		}
	}
	if err := c.Desk.check(); err != nil {
		return err
	}
	if c.Quota < 1<<20 {
		return comity.Fieldf("quota", "%d bytes is less than 1048576", c.Quota)
	}
	return nil
}

// Write writes the configuration into a node's folder.
func (c Config) Write(dir string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, Name), append(b, '\n'), 0o600)
}

// DatabaseURL returns where the records are, with a file's path made whole.
func (c Config) DatabaseURL(dir string) string {
	if strings.Contains(c.Database, "://") || filepath.IsAbs(c.Database) {
		return c.Database
	}
	return filepath.Join(dir, c.Database)
}
