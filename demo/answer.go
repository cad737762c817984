package demo

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"comity/demo/mozi"
	"comity/desk"
	"comity/matter"
	"comity/request"
	"comity/shell"
)

// answers gives the last result, with a table and a certificate.
func (st *story) answers() error {
	v, err := st.both(st.ref)
	if err != nil {
		return err
	}
	now := time.Now()
	last := mozi.Held("1", "T-2026-0133", now)
	const tableName, certificateName = "preservation-record.csv", "certificate.txt"
	table := mozi.PreservationTable(v, last)
	st.sent = map[string][]byte{tableName: table, certificateName: mozi.Certificate(v, st.cn.seats[0], table, tableName, now)}
	d, err := st.begin(st.cn, desk.New{Matter: st.ref, Kind: "answer"}, &request.Answer{Results: []request.Result{last}, Text: "Nothing more is held. The certificate names the hash of the table."})
	if err != nil {
		return err
	}
	o := st.cn.officers[0]
	for _, f := range []struct{ name, media string }{{tableName, "text/csv"}, {certificateName, "text/plain"}} {
		if d, err = st.cn.node.desk.Attach(st.ctx, o.Seat, o.Box, d.ID, f.name, f.media, bytes.NewReader(st.sent[f.name])); err != nil {
			return err
		}
	}
	if d, err = st.sign(st.cn, d); err != nil {
		return err
	}
	if v, err = st.arrived(st.cn, d); err != nil {
		return err
	}
	st.move(st.cn, d, v, "answer for item 1, the last, with two files")
	st.typed(st.cn, "answer %s --item 1 --result preserved --until … --attach %s,%s --seat %s", st.ref, tableName, certificateName, o.Seat)
	err = st.await("us's node to receipt both files", func() (bool, error) {
		v, err = st.both(st.ref)
		for _, f := range v.Timeline[len(v.Timeline)-1].Files {
			if f.Received.IsZero() {
				return false, err
			}
		}
		return err == nil, err
	})
	if err != nil {
		return err
	}
	for _, f := range v.Timeline[len(v.Timeline)-1].Files {
		st.holds("%s, %d bytes: pushed beside the log, receipted by us's node at %s", f.Name, f.Size, f.Received.UTC().Format("15:04:05.000 UTC"))
	}
	if err := st.sealed(d); err != nil {
		return err
	}
	st.holds("At rest on both nodes the files are ciphertext: no line of the certificate is to be found in either vault.")

	out := filepath.Join(st.dir, "us", "fetched")
	if _, err := st.us.do("fetch", string(st.ref), "--out", out, "--seat", string(st.us.seats[0])); err != nil {
		return err
	}
	st.when(time.Now())
	st.who(st.us, st.us.seats[:1], time.Now(), "fetches both files")
	st.typed(st.us, "fetch %s --out us/fetched --seat %s", st.ref, st.us.seats[0])
	for name, want := range st.sent {
		got, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			return err
		}
		if err := must(bytes.Equal(got, want), "%s is what cn attached", name); err != nil {
			return err
		}
	}
	sum := fmt.Sprintf("%x", sha256.Sum256(st.sent[tableName]))
	if err := must(bytes.Contains(st.sent[certificateName], []byte(sum)), "the certificate names the table's hash"); err != nil {
		return err
	}
	st.holds("Both are byte for byte what cn attached, and the certificate names the table: SHA-256 %s…", sum[:24])
	if v, err = st.both(st.ref); err != nil {
		return err
	}
	if err := must(v.State == "answered" && !v.Clocks[2].Stopped.IsZero() && !v.Clocks[2].Overdue && len(v.Remarks) == 0, "it is answered, in time and without a remark: %s %v", v.State, v.Remarks); err != nil {
		return err
	}
	st.items(v)
	st.three(v, true)
	return nil
}

// sealed looks for the plain text of the files in both vaults.
func (st *story) sealed(d desk.Draft) error {
	secret := []byte(st.ref)
	for _, s := range st.sides() {
		for _, f := range d.Files {
			r, size, err := s.node.Vault.Open(f.Cipher)
			if err != nil {
				return err
			}
			b := make([]byte, size)
			_, err = r.ReadAt(b, 0)
			r.Close()
			if err != nil {
				return err
			}
			if err := must(bytes.Contains(st.sent["certificate.txt"], secret) && !bytes.Contains(b, secret) && !bytes.Contains(b, []byte("SHA-256")), "%s is sealed in the vault of %s", f.Name, s.party); err != nil {
				return err
			}
		}
	}
	return nil
}

// feedback says how useful it was, in facts, and closes.
func (st *story) feedback() error {
	d, v, err := st.say(st.us, st.ref, "close", &request.Close{Complete: "yes", Usable: "yes", InTime: "yes", Used: "unknown", Text: "Used for the request for the data, which follows."})
	if err != nil {
		return err
	}
	st.move(st.us, d, v, "close the matter: complete yes, usable yes, in time yes, used not known yet")
	st.typed(st.us, "close %s --complete yes --usable yes --in-time yes --seat %s", st.ref, st.us.seats[0])
	if err := must(v.State == "closed" && v.Owes == "", "the matter is closed and nobody owes anything"); err != nil {
		return err
	}
	st.three(v, false)
	st.gap()
	st.line(4, "%s", st.dim("the whole of it, the same on both nodes"))
	for _, r := range v.Timeline {
		became := "→ " + r.State
		switch r.Effect {
		case matter.Crossed:
			became = "crossed, no effect"
		case matter.Fact:
			became = "a fact"
		}
		if err := must(r.Refused == "" && !r.Receipted.IsZero() && !r.Disputed, "%s %s is receipted and undisputed", r.Kind, r.ID.Short()); err != nil {
			return err
		}
		st.line(4, "%s  %s%s%s%s", r.Time.UTC().Format("15:04:05 UTC"), pad(string(r.From), 4), pad(string(r.Kind), 20), pad(shell.SeatList(r.Seats), 26), became)
	}
	return nil
}

// items writes what has become of each item.
func (st *story) items(v request.View) {
	st.gap()
	for _, it := range v.Items {
		port := ""
		if it.Port != 0 {
			port = fmt.Sprintf(":%d", it.Port)
		}
		result := it.Result
		if result == request.Preserved {
			result += " until " + it.HoldUntil.UTC().Format(time.DateOnly) + ", " + it.Provider
		}
		value := it.Value
		if len(value) > 32 {
			value = value[:30] + "…"
		}
		st.line(4, "%s%s%s", pad("item "+it.ID, 14), pad(it.Type+" "+value+port, 40), result)
	}
}
