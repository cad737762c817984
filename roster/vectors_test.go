package roster_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"comity"
	"comity/roster"
	"comity/seal"
)

var update = flag.Bool("update", false, "write this package's files of docs/spec/vectors")

// fixed returns the private key of a seed of 32 bytes n, as in keys.json.
func fixed(t *testing.T, use string, n byte) []byte {
	t.Helper()
	return fmt.Appendf(nil, `{"v":1,"use":%q,"suite":"E1","seed":%q}`, use, base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{n}, 32)))
}

// TestVectors makes each vector about parties and pairs again, and compares it
// with its file.
func TestVectors(t *testing.T) {
	k := keys{}
	for n, name := range map[byte]string{1: "root", 3: "node", 6: "c", 7: "d", 12: "roster", 13: "node2", 14: "a"} {
		k[name] = must(seal.ParsePrivateKey(fixed(t, "sign", n)))
	}
	l := keys{}
	for n, name := range map[byte]string{2: "root", 4: "node", 15: "roster"} {
		l[name] = must(seal.ParsePrivateKey(fixed(t, "sign", n)))
	}
	us := must(roster.NewBook(k.chain("us", "root", "node", "roster"), k["root"].Sign))
	cn := must(roster.NewBook(l.chain("cn", "root", "node", "roster"), l["root"].Sign))
	for name, v := range map[string]any{
		"channel.json": channelVectors(us, cn),
		"pair.json":    pairVectors(us.Identity(), cn.Identity()),
		"party.json":   partyVectors(t, us, cn, k, l),
	} {
		t.Run(name, func(t *testing.T) {
			var buf bytes.Buffer
			e := json.NewEncoder(&buf)
			e.SetEscapeHTML(false)
			e.SetIndent("", " ")
			if err := e.Encode(v); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("..", "docs", "spec", "vectors", name)
			if *update {
				if err := os.WriteFile(file, buf.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := must(os.ReadFile(file)); !bytes.Equal(buf.Bytes(), want) {
				t.Errorf("the file differs from what this code does. If that is meant, it is another version of the specification; run go test ./roster -run TestVectors -update\ngot %s", buf.Bytes())
			}
		})
	}
}

func channelVectors(us, cn *roster.Book) any {
	var list []any
	for _, realm := range []comity.Realm{comity.Live, "exercise:harbour-2027"} {
		if cn.ChannelWith(us, realm) != us.ChannelWith(cn, realm) {
			panic("a channel depends on who looks")
		}
		list = append(list, map[string]any{
			"roots": []comity.Hash{us.Identity(), cn.Identity()}, "realm": realm, "channel": us.ChannelWith(cn, realm),
		})
	}
	return list
}

func pairVectors(us, cn comity.Hash) any {
	var list []any
	for _, roots := range [][]comity.Hash{{us, cn}, {cn, us}, {us, seal.H("key", nil)}} {
		list = append(list, map[string]any{"roots": roots, "number": roster.PairNumber(roots[0], roots[1])})
	}
	return list
}

// partyVectors are a party that has changed its node key and taken in a seat,
// and its first profile with another.
func partyVectors(t *testing.T, us, cn *roster.Book, k, l keys) any {
	t.Helper()
	add(t, us, "roster", must(us.NextRoster(comity.Roster{Time: noon, Add: k.officers("c:registrar+release d:registrar")}, k.by("roster root")...)))
	next := k.chain("us", "root", "node2", "roster")
	next.Endpoints = []string{"https://us.example:8443", "https://[2001:db8::1]"}
	add(t, us, "chain", must(us.NextChain(next, k["root"].Sign)))
	add(t, us, "roster", must(us.NextRoster(comity.Roster{Time: noon, Add: k.officers("a:draft"), Remove: []comity.Seat{"us-c"}}, k.by("roster us-c us-d")...)))
	prekey := must(seal.ParsePrekey(fixed(t, "seal", 16)))
	add(t, us, "prekey", must(us.NextPrekey(prekey.Key(), noon, k["node2"].Sign)))
	profile := must(roster.NewProfile(roster.DefaultProfile(us, cn), nil, k["root"].Sign, l["root"].Sign))
	must(roster.OpenProfile(profile, us, cn, nil))
	f := us.File()
	texts := func(list ...comity.Signed) (all []string) {
		for _, s := range list {
			all = append(all, string(s.Bytes))
		}
		return all
	}
	return map[string]any{
		"chain": texts(f.Chain...), "roster": texts(f.Roster...), "prekey": string(f.Prekey.Bytes), "file": f.Encode(),
		"profile": string(profile.Bytes), "signed profile": seal.EncodeSigned(profile),
	}
}
