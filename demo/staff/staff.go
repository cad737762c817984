// Package staff are the people who come to the demo's desks: a link for each, and the
// passkey that each enrols for the seat's key.
package staff

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"

	"comity"
	"comity/config"
	"comity/seal"
	"comity/session"
	"comity/store"
)

// A Desk is one side's, with what its commands are run by.
type Desk struct {
	Party      comity.Party
	URL, Name  string
	DB         *store.DB
	Dir        string
	Do         func(args ...string) (string, error)
	Seats      [2]comity.Seat // for the officers who come
	Registrars [2]comity.Seat // with keys in files
}

// Open has the node of a folder listen for browsers, on a port that is free.
func Open(dir string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	at := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(at)
	if err != nil {
		return err
	}
	c, err := config.Read(dir)
	if err != nil {
		return err
	}
	// A passkey is bound to a name, and no address is one.
	c.Desk = config.Desk{Listen: at, URL: "http://localhost:" + port}
	return c.Write(dir)
}

// A Link is for one person, once.
type Link struct{ What, URL string }

var people = []struct {
	what  string
	names map[comity.Party]string
	roles string
	sits  func(Desk) comity.Seat // nil: nowhere
}{
	{"duty officer", map[comity.Party]string{"us": "Ann Duty", "cn": "李值班"}, "officer", func(d Desk) comity.Seat { return d.Seats[0] }},
	{"second officer", map[comity.Party]string{"us": "Bob Second", "cn": "王复核"}, "officer", func(d Desk) comity.Seat { return d.Seats[1] }},
	{"principal", map[comity.Party]string{"us": "Fay Principal", "cn": "刘主管"}, "principal", Desk.reader},
	{"inspector", map[comity.Party]string{"us": "Eve Inspector", "cn": "陈督察"}, "inspector", nil},
	{"administrator", map[comity.Party]string{"us": "Sam Administrator", "cn": "赵管理"}, "administrator", nil},
}

// reader is the seat at which a principal reads.
func (d Desk) reader() comity.Seat { return comity.Seat(string(d.Party) + "-principal-01") }

func (d Desk) by() string {
	return strings.Join([]string{string(d.Registrars[0]), string(d.Registrars[1])}, ",")
}

// Seat puts the principal's seat on the roster, which has no role that only reads: this
// one releases nothing, and its key stays in a file that nobody is given.
func (d Desk) Seat() error {
	_, err := d.Do("seat", "add", string(d.reader()), "--agency", string(d.Party)+"-24-7", "--roles", "draft", "--by", d.by())
	return err
}

// Links makes the people and their links.
func (d Desk) Links() (list []Link, err error) {
	for _, p := range people {
		args := []string{"enrol", "--json", "--name", p.names[d.Party], "--roles", p.roles}
		if p.sits != nil {
			args = append(args, "--seats", string(p.sits(d)))
		}
		out, err := d.Do(args...)
		if err != nil {
			return nil, err
		}
		var made struct{ Link string }
		if err := json.Unmarshal([]byte(out), &made); err != nil {
			return nil, err
		}
		list = append(list, Link{p.what, made.Link})
	}
	return list, nil
}

// Rekey puts on the roster, for the seats that are not done, the passkeys that their
// officers have enrolled by now. In earnest two registrars do that at a terminal, once
// they have seen who it was: comity seat rekey.
func (d Desk) Rekey(ctx context.Context, done map[comity.Seat]bool) error {
	door, err := session.New(d.DB, session.Config{Origin: d.URL, Name: d.Name})
	if err != nil {
		return err
	}
	persons, err := door.Persons(ctx, session.Console())
	if err != nil {
		return err
	}
	for i, seat := range d.Seats {
		for _, p := range persons {
			if done[seat] || p.Name != people[i].names[d.Party] {
				continue
			}
			keys, err := door.Passkeys(ctx, session.Console(), p.ID)
			if err != nil {
				return err
			}
			if len(keys) == 0 {
				continue
			}
			if err := d.rekey(seat, keys[0]); err != nil {
				return err
			}
			done[seat] = true
		}
	}
	return nil
}

func (d Desk) rekey(seat comity.Seat, k session.Passkey) error {
	b, err := json.Marshal(comity.Key{Suite: seal.Passkey, Pub: k.Public()})
	if err != nil {
		return err
	}
	file := filepath.Join(d.Dir, string(seat)+".passkey")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return err
	}
	_, err = d.Do("seat", "rekey", string(seat), "--passkey", file, "--by", d.by())
	return err
}
