package evidence_test

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/evidence"
	"comity/ledger"
	"comity/roster"
	"comity/seal"
)

type record struct {
	tag   byte
	value []byte
}

// A casefile is a case file's records, without its end.
type casefile []record

func split(b []byte) casefile {
	var c casefile
	for rs := seal.NewRecords(b); rs.Next(); {
		if rs.Tag != 'z' {
			c = append(c, record{rs.Tag, bytes.Clone(rs.Value)})
		}
	}
	return c
}

// join ends c so that its end record is right whatever the rest is.
func (c casefile) join() []byte { return c.joinAs(len(c)) }

func (c casefile) joinAs(n int) []byte {
	var b []byte
	for _, r := range c {
		b = seal.AppendRecord(b, r.tag, r.value)
	}
	end, _ := seal.Encode(struct {
		Records uint64      `json:"records"`
		Hash    comity.Hash `json:"hash"`
	}{uint64(n), sha256.Sum256(b)})
	return seal.AppendRecord(b, 'z', end)
}

// find returns the place of the nth record of a tag.
func (c casefile) find(tag byte, nth int) int {
	for i, r := range c {
		if r.tag == tag {
			if nth == 0 {
				return i
			}
			nth--
		}
	}
	panic("no such record")
}

func (c casefile) value(tag byte, nth int) *[]byte { return &c[c.find(tag, nth)].value }

func (c casefile) replace(tag byte, nth int, old, new string) casefile {
	v := c.value(tag, nth)
	if !bytes.Contains(*v, []byte(old)) {
		panic("nothing to replace")
	}
	*v = bytes.Replace(*v, []byte(old), []byte(new), 1)
	return c
}

// item finds the record of an item of the file.
func (c casefile) item(from comity.Party, seq uint64) int {
	for i, r := range c {
		if r.tag == 'I' {
			it, _ := seal.DecodeBareItem(r.value, 1<<20)
			if it.Header.From == from && it.Header.Seq == seq {
				return i
			}
		}
	}
	panic("no such item")
}

// resign changes an item's header and has its own node sign it again.
func (c casefile) resign(w *world, s *side, seq uint64, change func(*comity.Header)) casefile {
	i := c.item(s.party, seq)
	old, _ := seal.DecodeBareItem(c[i].value, 1<<20)
	h := old.Header
	change(&h)
	it := w.sign(s, h)
	it.Control = old.Control
	c[i].value = seal.EncodeItem(it)
	return c
}

// statement changes the nth statement.
func (c casefile) statement(nth int, change func(*comity.Statement)) casefile {
	v := c.value('T', nth)
	st, err := seal.DecodeStatement(*v, seal.Limits{Part: 1 << 30, File: 1 << 30})
	if err != nil {
		panic(err)
	}
	change(&st)
	*v = seal.EncodeStatement(st)
	return c
}

// party changes a party's file; 0 is cn, 1 is us.
func (c casefile) party(nth int, change func(*roster.File)) casefile {
	v := c.value('A', nth)
	f, err := roster.Decode(*v)
	if err != nil {
		panic(err)
	}
	change(&f)
	*v = f.Encode()
	return c
}

func flip(b []byte) []byte {
	b = bytes.Clone(b)
	b[len(b)/2] ^= 1
	return b
}

func flipSig(s *comity.Signature) { s.Sig = flip(s.Sig) }

// The statements of story, as a case file has them.
const (
	stAck, stAccept, stAsk, stNote, stExtend, stHurry = 0, 1, 2, 3, 4, 5
)

// The items of us in story that have statements of the matter.
const itAsk, itNote = 4, 8

// tampered says what was done to a good file, and the code it must meet with.
var tampered = []struct {
	name, code string
	do         func(w *world, c casefile) []byte
}{
	{"a space in a JSON object", "format", func(w *world, c casefile) []byte { return c.replace('V', 0, `,"seq"`, `, "seq"`).join() }},
	{"bytes after the end", "format", func(w *world, c casefile) []byte { return append(c.join(), 'z') }},
	{"an end record that does not count", "format", func(w *world, c casefile) []byte { return c.joinAs(len(c) + 1) }},
	{"parties the other way round", "format", func(w *world, c casefile) []byte {
		i, j := c.find('A', 1), c.find('Q', 0)
		c[i], c[j] = c[j], c[i]
		return c.join()
	}},
	{"a statement twice", "format", func(w *world, c casefile) []byte {
		i := c.find('T', 0)
		return slices.Insert(c, i, c[i]).join()
	}},
	{"an item twice", "format", func(w *world, c casefile) []byte {
		i := c.find('I', 0)
		return slices.Insert(c, i, c[i]).join()
	}},
	{"an item that sorts before its elder", "format", func(w *world, c casefile) []byte {
		i := c.find('I', 0)
		c[i], c[i+1] = c[i+1], c[i]
		return c.join()
	}},
	{"three parties", "format", func(w *world, c casefile) []byte { return c.replace('c', 0, `["cn","us"]`, `["cn","fr","us"]`).join() }},
	{"no profile", "format", func(w *world, c casefile) []byte {
		return slices.DeleteFunc(c, func(r record) bool { return r.tag == 'Q' }).join()
	}},
	{"no end", "truncated", func(w *world, c casefile) []byte { b := c.join(); return b[:bytes.LastIndexByte(b, 'z')] }},
	{"half a record", "truncated", func(w *world, c casefile) []byte { b := c.join(); return b[:len(b)/2] }},
	{"a change that the end record does not know", "truncated", func(w *world, c casefile) []byte {
		b := c.join()
		return bytes.Replace(b, []byte(`"by":"us"`), []byte(`"by":"cn"`), 1)
	}},
	{"a party that nobody told us of", "trust", func(w *world, c casefile) []byte {
		return c.replace('c', 0, `["cn","us"]`, `["ru","us"]`).join()
	}},
	{"an impostor with keys of their own", "trust", func(w *world, c casefile) []byte { return exported(w.t, story(w.t, "E1")) }},
	{"one party's file in the place of the other's", "trust", func(w *world, c casefile) []byte {
		*c.value('A', 0) = bytes.Clone(*c.value('A', 1))
		return c.join()
	}},
	{"a chain entry changed after it was signed", "chain", func(w *world, c casefile) []byte {
		return c.replace('A', 1, "America/New_York", "America/Old_York").join()
	}},
	{"a chain entry that follows another", "chain", func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) {
			x, _ := w.us.book.Chain()
			x.N, x.Prev = 1, comity.Hash{7}
			s, _ := roster.SignObject("chain", x, w.us.root.Sign)
			f.Chain = append(f.Chain, s)
		}).join()
	}},
	{"a new root that the old one did not sign", "chain", func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) {
			thief := w.key("E1")
			x, prev := w.us.book.Chain()
			x.N, x.Prev, x.Root = 1, prev, thief.Key()
			s, _ := roster.SignObject("chain", x, thief.Sign)
			f.Chain = append(f.Chain, s)
		}).join()
	}},
	{"a roster entry with one registrar", "roster", func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) { f.Roster[1].Sigs = f.Roster[1].Sigs[:2] }).join()
	}},
	{"a roster entry without the root", "roster", func(w *world, c casefile) []byte {
		return c.party(0, func(f *roster.File) { f.Roster[0].Sigs = f.Roster[0].Sigs[:1] }).join()
	}},
	{"a roster entry left out", "roster", func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) { f.Roster = f.Roster[1:] }).join()
	}},
	{"a profile that one root did not sign", "profile", func(w *world, c casefile) []byte {
		v := c.value('Q', 0)
		s, _ := seal.DecodeSigned(*v, 1<<20)
		s.Sigs = s.Sigs[:1]
		*v = seal.EncodeSigned(s)
		return c.join()
	}},
	{"a profile left out", "profile", func(w *world, c casefile) []byte { i := c.find('Q', 1); return slices.Delete(c, i, i+1).join() }},
	{"another realm", "channel", func(w *world, c casefile) []byte {
		return c.replace('c', 0, `"realm":"live"`, `"realm":"exercise:harbour"`).join()
	}},
	{"a header that names a roster entry left out", "header", func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) { f.Roster = f.Roster[:1] }).join()
	}},
	{"a header that names a stranger's key", "header", func(w *world, c casefile) []byte {
		w.us.node[0] = w.key("E1")
		return c.resign(w, w.us, itNote, func(h *comity.Header) { h.Key = w.us.node[0].Name() }).join()
	}},
	{"a header changed after it was signed", "item-signature", func(w *world, c casefile) []byte {
		i := c.item("us", itAsk)
		c[i].value = bytes.Replace(c[i].value, []byte("2026-11-22T03:"), []byte("2026-11-22T02:"), 1)
		return c.join()
	}},
	{"a header that nobody signed", "item-signature", func(w *world, c casefile) []byte {
		i := c.item("us", itNote)
		it, _ := seal.DecodeBareItem(c[i].value, 1<<20)
		it.Sigs = nil
		c[i].value = seal.EncodeItem(it)
		return c.join()
	}},
	{"a header that a node signed twice", "item-signature", func(w *world, c casefile) []byte {
		i := c.item("us", itNote)
		it, _ := seal.DecodeBareItem(c[i].value, 1<<20)
		it.Sigs = append(it.Sigs, it.Sigs[0])
		c[i].value = seal.EncodeItem(it)
		return c.join()
	}},
	{"a file receipt that the header does not name", "control", func(w *world, c casefile) []byte {
		for i, r := range c {
			if r.tag == 'I' && bytes.Contains(r.value, []byte(`"filereceipt"`)) {
				c[i].value = bytes.Replace(r.value, []byte(`"size":44`), []byte(`"size":45`), 1)
			}
		}
		return c.join()
	}},
	{"a proof with a step changed", "proof", func(w *world, c casefile) []byte {
		var p evidence.Proof
		v := c.value('V', 0)
		if err := seal.Decode(*v, 1<<20, &p); err != nil {
			w.t.Fatal(err)
		}
		p.Path[0][0] ^= 1
		*v = must(seal.Encode(p))(w.t)
		return c.join()
	}},
	{"a proof by an item that is no receipt", "proof", func(w *world, c casefile) []byte { return c.replace('V', 0, `"receipt":5`, `"receipt":4`).join() }},
	{"a proof of an item left out", "proof", func(w *world, c casefile) []byte { i := c.item("us", itAsk); return slices.Delete(c, i, i+1).join() }},
	{"a header changed and signed again after its receipt", "proof", func(w *world, c casefile) []byte {
		return c.resign(w, w.us, itAsk, func(h *comity.Header) { h.Time = comity.At(h.Time.Add(-time.Hour)) }).join()
	}},
	{"a statement that no header names", "statement", func(w *world, c casefile) []byte {
		st := w.draft(w.us, word{kind: "preserve.note", body: "{}", class: comity.Dual, seats: []comity.Seat{"us-24-7-01", "us-24-7-02"}})
		return append(c[:c.find('D', 0):c.find('D', 0)], append(casefile{{'T', seal.EncodeStatement(st)}}, c[c.find('D', 0):]...)...).join()
	}},
	{"a statement of another matter", "statement", func(w *world, c casefile) []byte {
		i := c.find('T', stExtend)
		for _, st := range w.said {
			if st.Manifest.Matter == "US-2026-000043" {
				return slices.Insert(c, i, record{'T', seal.EncodeStatement(st)}).join()
			}
		}
		return nil
	}},
	{"an officer's signature that is bad", "officer-signature", func(w *world, c casefile) []byte {
		return c.statement(stAsk, func(st *comity.Statement) { flipSig(&st.Sigs[1]) }).join()
	}},
	{"a seat of the other party", "officer-signature", func(w *world, c casefile) []byte {
		return c.statement(stAck, func(st *comity.Statement) {
			st.Sigs[0] = must(w.us.seats["us-24-7-01"].SignSeat("us-24-7-01", "manifest", st.Bytes))(w.t)
		}).join()
	}},
	{"a key before it came to its seat", "officer-signature", func(w *world, c casefile) []byte {
		return c.statement(stAsk, func(st *comity.Statement) {
			st.Sigs[1] = must(w.us.seats["us-24-7-02"].SignSeat("us-24-7-02", "manifest", st.Bytes))(w.t)
		}).join()
	}},
	{"one officer where two are needed", "class", func(w *world, c casefile) []byte {
		return c.statement(stNote, func(st *comity.Statement) { st.Sigs = st.Sigs[:1] }).join()
	}},
	{"two officers of whom none may release", "class", func(w *world, c casefile) []byte {
		return c.statement(stNote, func(st *comity.Statement) {
			st.Sigs[1] = must(w.us.seats["us-24-7-03"].SignSeat("us-24-7-03", "manifest", st.Bytes))(w.t)
		}).join()
	}},
	{"nobody where a seat is needed", "class", func(w *world, c casefile) []byte {
		return c.statement(stAck, func(st *comity.Statement) { st.Sigs = nil }).join()
	}},
	{"an emergency without a reason", "class", func(w *world, c casefile) []byte { return hasty(w) }},
	{"a part changed", "part", func(w *world, c casefile) []byte { return c.replace('T', stAsk, "dimsum", "dimsim").join() }},
	{"a file changed", "file", func(w *world, c casefile) []byte { return c.replace('d', 0, "accepted", "rejected").join() }},
	{"a file cut", "file", func(w *world, c casefile) []byte {
		v := c.value('d', 0)
		*v = (*v)[:10]
		return c.join()
	}},
	{"a file of another size", "file", func(w *world, c casefile) []byte { return c.replace('D', 0, `"size":28`, `"size":27`).join() }},
	{"two headers of one number", "equivocation", func(w *world, c casefile) []byte {
		i := c.item("us", itAsk)
		twin := casefile{c[i]}.resign(w, w.us, itAsk, func(h *comity.Header) { h.Time = comity.At(h.Time.Add(time.Second)) })
		return slices.Insert(c, i+1, twin[0]).join()
	}},
	{"a statement again for a later item", "format", func(w *world, c casefile) []byte {
		c = c.forge(w, w.us, func(h *comity.Header) { h.Statements = []comity.Hash{c.id(stAsk)} })
		return slices.Insert(c, c.find('D', 0), c[c.find('T', stAsk)]).join()
	}},
	{"a statement moved to a later item that is refused as a duplicate", "format", func(w *world, c casefile) []byte {
		c = c.forge(w, w.us, func(h *comity.Header) { h.Statements = []comity.Hash{c.id(stAsk)} })
		i := c.find('T', stAsk)
		t := c[i]
		c = slices.Delete(c, i, i+1)
		c = slices.Insert(c, c.find('D', 0), t)
		return c.forge(w, w.cn, func(h *comity.Header) {
			seq := uint64(len(w.us.items)) - 1
			h.Receipt = &comity.Receipt{Upto: seq, Root: w.us.tree.Root(), Refused: []comity.Refused{{Seq: seq, Code: "duplicate"}}}
		}).join()
	}},
	{"a statement that only the other party's item names", "statement", func(w *world, c casefile) []byte {
		c = c.forge(w, w.cn, func(h *comity.Header) { h.Statements = []comity.Hash{c.id(stHurry)} })
		i := c.item("us", uint64(len(w.us.items))-1)
		return slices.Delete(c, i, i+1).join()
	}},
	{"a chain control of junk", "control", junk("chain", `{"not":"a chain"}`)},
	{"a roster control of junk", "control", junk("roster", `{"v":1,"party":"us"}`)},
	{"a prekey control of junk", "control", junk("prekey", `[]`)},
	{"a profile control of junk", "control", junk("profile", `{"v":1}`)},
	{"a file receipt of junk", "control", junk("filereceipt", `{}`)},
	{"a file receipt with a signature of its own", "control", func(w *world, c casefile) []byte {
		for i, r := range c {
			if r.tag == 'I' && bytes.Contains(r.value, []byte(`"filereceipt"`)) {
				it, _ := seal.DecodeBareItem(r.value, 1<<20)
				s, _ := seal.DecodeSigned(it.Control, 1<<20)
				s.Sigs = []comity.Signature{must(w.cn.node[0].Sign("filereceipt", s.Bytes))(w.t)}
				it.Control = seal.EncodeSigned(s)
				c[i].value = seal.EncodeItem(it)
			}
		}
		return c.join()
	}},
	{"a receipt that refuses what an earlier one took", "proof", func(w *world, c casefile) []byte {
		return c.forge(w, w.cn, func(h *comity.Header) {
			h.Receipt = &comity.Receipt{Upto: uint64(len(w.us.items)) - 1, Root: w.us.tree.Root(), Refused: []comity.Refused{{Seq: itAsk, Code: "body"}}}
		}).join()
	}},
	{"a proof by a later receipt than the first here", "proof", func(w *world, c casefile) []byte {
		seq := uint64(len(w.cn.items))
		c = c.forge(w, w.cn, func(h *comity.Header) {
			h.Receipt = &comity.Receipt{Upto: uint64(len(w.us.items)) - 1, Root: w.us.tree.Root()}
		})
		v := c.value('V', 2)
		var p evidence.Proof
		if err := seal.Decode(*v, 1<<20, &p); err != nil {
			w.t.Fatal(err)
		}
		p.Receipt, p.Path = seq, must(ledger.Prove(&w.us.log, itNote, uint64(len(w.us.items))))(w.t)
		*v = must(seal.Encode(p))(w.t)
		return c.join()
	}},
	{"a refusal that no proof names", "class", func(w *world, c casefile) []byte { i := c.find('V', 2); return slices.Delete(c, i, i+1).join() }},
	{"an older roster entry than the item before names", "header", func(w *world, c casefile) []byte {
		return c.resign(w, w.us, uint64(len(w.us.items))-1, func(h *comity.Header) { h.Roster = seal.H("roster", w.us.book.File().Roster[0].Bytes) }).join()
	}},
	{"an older profile than the item before names", "header", func(w *world, c casefile) []byte {
		return c.resign(w, w.us, uint64(len(w.us.items))-1, func(h *comity.Header) { h.Profile = seal.H("profile", w.profiles[0].Bytes) }).join()
	}},
	{"an older chain entry than the item before names", "header", func(w *world, c casefile) []byte {
		old := w.us.chain
		c = c.party(1, func(f *roster.File) {
			x, prev := w.us.book.Chain()
			x.N, x.Prev = 1, prev
			s, _ := roster.SignObject("chain", x, w.us.root.Sign)
			f.Chain, w.us.chain = append(f.Chain, s), seal.H("chain", s.Bytes)
		})
		body := func(h *comity.Header) { h.Receipt = &comity.Receipt{Root: comity.Hash{1}} }
		c = c.forge(w, w.us, body)
		w.us.chain = old
		return c.forge(w, w.us, body).join()
	}},
	{"a header whose suite is not its key's", "item-signature", func(w *world, c casefile) []byte {
		return c.resign(w, w.us, uint64(len(w.us.items))-1, func(h *comity.Header) { h.Suite = "F1" }).join()
	}},
	{"the year 0", "format", func(w *world, c casefile) []byte {
		return c.resign(w, w.us, uint64(len(w.us.items))-1, func(h *comity.Header) { h.Time = comity.At(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)) }).join()
	}},
	{"a profile twice", "format", func(w *world, c casefile) []byte { i := c.find('Q', 0); return slices.Insert(c, i, c[i]).join() }},
	{"a file's key of no bytes", "part", func(w *world, c casefile) []byte {
		v := c.value('T', stAsk)
		*v = seal.AppendRecord((*v)[:len(*v)-69], 'F', nil)
		return c.join()
	}},
	{"a file that no statement has", "file", func(w *world, c casefile) []byte { return c.replace('D', 0, `"i":0`, `"i":1`).join() }},
	{"a file that goes on", "file", func(w *world, c casefile) []byte { return append(c, record{'d', []byte("x")}).join() }},
	{"an empty piece of a file", "format", func(w *world, c casefile) []byte {
		i := c.find('d', 0)
		return slices.Insert(c, i, record{'d', nil}).join()
	}},
	{"a signature of no bytes", "format", func(w *world, c casefile) []byte {
		return c.statement(stAsk, func(st *comity.Statement) { st.Sigs[1].Sig = []byte{} }).join()
	}},
	{"a refused statement with a signature of no bytes", "format", func(w *world, c casefile) []byte {
		return c.statement(stExtend, func(st *comity.Statement) { st.Sigs[0].Sig = []byte{} }).join()
	}},
	{"a seat that signed twice", "officer-signature", func(w *world, c casefile) []byte {
		return c.statement(stAsk, func(st *comity.Statement) { st.Sigs = append(st.Sigs, st.Sigs[0]) }).join()
	}},
	{"a refusal of a place that no item has", "format", func(w *world, c casefile) []byte {
		i := c.item("cn", refusing(c))
		it, _ := seal.DecodeBareItem(c[i].value, 1<<20)
		it.Header.Receipt.Refused[0].I = 64
		it.Bytes = must(seal.Encode(it.Header))(w.t)
		it.Sigs = []comity.Signature{must(w.cn.node[0].Sign("header", it.Bytes))(w.t)}
		c[i].value = seal.EncodeItem(it)
		return c.join()
	}},
	{"a roster entry with a key of small order", "format", nextRoster(func(r *comity.Roster) { r.Add[0].Key.Pub = make([]byte, 32) })},
	{"a roster entry with a seat of no role", "format", nextRoster(func(r *comity.Roster) { r.Add[0].Roles = []string{} })},
	{"a roster entry with a role twice", "format", nextRoster(func(r *comity.Roster) { r.Add[0].Roles = []string{"draft", "draft"} })},
	{"a roster entry with a seat twice", "format", nextRoster(func(r *comity.Roster) { r.Add = append(r.Add, r.Add[0]) })},
	{"a roster entry that adds and removes a seat", "format", nextRoster(func(r *comity.Roster) { r.Remove = []comity.Seat{r.Add[0].Seat} })},
	{"a roster entry that removes a seat that is not there", "roster", nextRoster(func(r *comity.Roster) { r.Remove = []comity.Seat{"us-24-7-99"} })},
	{"a chain entry with a key of small order", "format", nextChain(func(x *comity.Chain) { x.Roster.Pub = make([]byte, 32) })},
	{"a chain entry with a key off its curve", "format", nextChain(func(x *comity.Chain) {
		x.Node = []comity.Key{{Suite: "F1", Pub: append([]byte{4}, make([]byte, 64)...)}}
	})},
	{"a chain entry without a name", "format", nextChain(func(x *comity.Chain) { x.Name.En = "" })},
	{"a chain entry with a name that hides", "format", nextChain(func(x *comity.Chain) { x.Name.En = "a\u202eb" })},
	{"a chain entry with a path in its endpoint", "format", nextChain(func(x *comity.Chain) { x.Endpoints = []string{"https://a.example/x"} })},
	{"a chain entry with a port of 0", "format", nextChain(func(x *comity.Chain) { x.Endpoints = []string{"https://a.example:0"} })},
	{"a chain entry with nine endpoints", "format", nextChain(func(x *comity.Chain) { x.Endpoints = slices.Repeat([]string{"https://a.example"}, 9) })},
	{"a chain entry without a suite", "format", nextChain(func(x *comity.Chain) { x.Suites = []string{} })},
	{"a chain entry with a suite twice", "format", nextChain(func(x *comity.Chain) { x.Suites = []string{"E1", "E1"} })},
	{"a chain of another party", "chain", func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) {
			x, _ := w.us.book.Chain()
			x.Party = "cn"
			f.Chain[0] = must(roster.SignObject("chain", x, w.us.root.Sign))(w.t)
		}).join()
	}},
	{"an impostor whose entry nobody signed", "trust", func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) {
			x, _ := w.us.book.Chain()
			x.Root = w.key("E1").Key()
			f.Chain[0] = must(roster.SignObject("chain", x))(w.t)
		}).join()
	}},
	{"a profile beyond its bounds", "format", func(w *world, c casefile) []byte {
		var p comity.Profile
		if err := seal.Decode(w.profiles[1].Bytes, 1<<20, &p); err != nil {
			w.t.Fatal(err)
		}
		p.Skew = 86_401
		*c.value('Q', 1) = seal.EncodeSigned(must(roster.NewProfile(p, &w.profiles[0], w.us.root.Sign, w.cn.root.Sign))(w.t))
		return c.join()
	}},
	{"another profile in another channel", "profile", func(w *world, c casefile) []byte {
		return c.resign(w, w.us, uint64(len(w.us.items))-1, func(h *comity.Header) { h.Profile, h.Channel = comity.Hash{1}, comity.Hash{1} }).join()
	}},
	{"a prekey control of no key", "control", junk("prekey", `{"v":1,"party":"us","n":1,"key":{"suite":"E1","pub":"AAAA"},"notafter":"2026-11-29T03:00:00.000Z"}`)},
	{"a prekey control of a key beyond its modulus", "control", func(w *world, c casefile) []byte {
		pub := append(bytes.Repeat([]byte{255}, 1184), make([]byte, 32)...)
		b := must(seal.Encode(comity.Prekey{V: 1, Party: "us", N: 1, Key: comity.Key{Suite: "E1", Pub: pub}, NotAfter: comity.At(w.now)}))(w.t)
		return junk("prekey", string(b))(w, c)
	}},
	{"a file receipt of a place that no statement has", "control", func(w *world, c casefile) []byte {
		b := must(seal.Encode(comity.FileReceipt{V: 1, Statement: c.id(stAsk), I: 64, Cipher: comity.Hash{1}, Result: "stored"}))(w.t)
		return junk("filereceipt", string(b))(w, c)
	}},
	{"a record that is too long", "format", func(w *world, c casefile) []byte {
		return c.replace('V', 0, `"path":[`, `"path":[`+strings.Repeat(`"`+comity.Hash{1}.String()+`",`, 1000)).join()
	}},
}

// refusing returns the number of the receipt of story that refuses.
func refusing(c casefile) uint64 {
	for _, r := range c {
		if r.tag == 'I' {
			if it, _ := seal.DecodeBareItem(r.value, 1<<20); it.Header.Receipt != nil && len(it.Header.Receipt.Refused) > 0 {
				return it.Header.Seq
			}
		}
	}
	panic("no such receipt")
}

// nextRoster adds a roster entry of us, well signed, that replaces a seat's key
// and is changed.
func nextRoster(change func(*comity.Roster)) func(w *world, c casefile) []byte {
	return func(w *world, c casefile) []byte {
		n, prev := w.us.book.Roster()
		r := comity.Roster{V: 1, Party: "us", N: uint64(n), Prev: prev, Time: w.tick(),
			Add: []comity.Officer{{Seat: "us-24-7-02", Agency: "us-24-7", Roles: []string{"draft"}, Key: w.key("E1").Key()}}}
		change(&r)
		return c.party(1, func(f *roster.File) {
			f.Roster = append(f.Roster, must(roster.SignObject("roster", r, w.us.roster.Sign,
				roster.AsSeat("us-24-7-03", w.us.seats["us-24-7-03"]), roster.AsSeat("us-24-7-04", w.us.seats["us-24-7-04"])))(w.t))
		}).join()
	}
}

// nextChain adds a chain entry of us, well signed, that is changed.
func nextChain(change func(*comity.Chain)) func(w *world, c casefile) []byte {
	return func(w *world, c casefile) []byte {
		return c.party(1, func(f *roster.File) {
			x, prev := w.us.book.Chain()
			x.N, x.Prev = 1, prev
			change(&x)
			f.Chain = append(f.Chain, must(roster.SignObject("chain", x, w.us.root.Sign))(w.t))
		}).join()
	}
}

// forge adds an item to the end of a side's stream, in its place in the file.
func (c casefile) forge(w *world, s *side, change func(*comity.Header)) casefile {
	h := w.header(s)
	change(&h)
	it := w.sign(s, h)
	w.place(s, it)
	return c.insert(it)
}

func (c casefile) insert(it comity.Item) casefile {
	at := c.find('V', 0)
	for i, r := range c {
		if r.tag == 'I' && it.Header.From == "cn" {
			if x, _ := seal.DecodeBareItem(r.value, 1<<20); x.Header.From == "us" {
				at = min(at, i)
			}
		}
	}
	return slices.Insert(c, at, record{'I', seal.EncodeItem(it)})
}

// id returns the id of the nth statement.
func (c casefile) id(nth int) comity.Hash {
	b, _ := seal.NewRecords(*c.value('T', nth)).Take('M')
	return seal.H("manifest", b)
}

// junk adds a control whose body is not of its type.
func junk(typ, body string) func(w *world, c casefile) []byte {
	return func(w *world, c casefile) []byte {
		h := w.header(w.us)
		h.Control = &comity.Control{Type: typ, Hash: seal.H(typ, []byte(body))}
		it := w.sign(w.us, h)
		it.Control = seal.EncodeSigned(comity.Signed{Bytes: []byte(body)})
		return c.insert(it).join()
	}
}

// TestFirstPlace wants a statement bound to the first item of its own author
// that names it, whatever other items name it too.
func TestFirstPlace(t *testing.T) {
	w := story(t, "E1")
	c := split(exported(t, w))
	ask := c.id(stAsk)
	again := func(h *comity.Header) { h.Statements = []comity.Hash{ask} }
	c = c.forge(w, w.us, again).forge(w, w.cn, again)
	r, err := evidence.Verify(bytes.NewReader(c.join()), w.trust())
	if err != nil {
		t.Fatal(err)
	}
	if s := r.Statements[stAsk]; s.ID != ask || s.Place != (evidence.Place{From: "us", Seq: itAsk}) || s.Receipted == nil {
		t.Errorf("the request stands at %s", s.Place)
	}
}

// TestGoodControl wants no fault of controls that are what they say.
func TestGoodControl(t *testing.T) {
	w := story(t, "E1")
	c := split(exported(t, w))
	for _, s := range []*side{w.cn, w.us} {
		for i := 3; i >= 0; i-- {
			at := slices.IndexFunc(c, func(r record) bool { return r.tag == 'I' })
			if s == w.us {
				at = c.item("us", uint64(itAsk))
				if i < 3 {
					at = c.item("us", uint64(i)+1)
				}
			}
			c = slices.Insert(c, at, record{'I', seal.EncodeItem(s.items[i])})
		}
	}
	if _, err := evidence.Verify(bytes.NewReader(c.join()), w.trust()); err != nil {
		t.Error(err)
	}
}

// hasty makes a file with an emergency release that gives no reason, which our
// own writer refuses to make.
func hasty(w *world) []byte {
	m := w.draft(w.us, word{kind: "preserve.hurry", body: "{}", class: comity.Sole}).Manifest
	m.Release.Reason = ""
	st := comity.Statement{Manifest: m, Bytes: must(seal.Encode(m))(w.t)}
	st.ID = seal.H("manifest", st.Bytes)
	st.Sigs = []comity.Signature{must(w.us.seats["us-24-7-01"].SignSeat("us-24-7-01", "manifest", st.Bytes))(w.t)}
	st.Parts = []comity.SaltedPart{{}}
	w.said[st.ID] = st
	h := w.header(w.us)
	h.Statements = []comity.Hash{st.ID}
	w.place(w.us, w.sign(w.us, h))
	return exported(w.t, w)
}

func TestTamperedCase(t *testing.T) {
	for _, x := range tampered {
		t.Run(x.name, func(t *testing.T) {
			w := story(t, "E1")
			trust := w.trust()
			_, err := evidence.Verify(bytes.NewReader(x.do(w, split(exported(t, w)))), trust)
			if got := code(err); got != x.code {
				t.Errorf("it met with %q (%v), want %q", got, err, x.code)
			}
		})
	}
}
