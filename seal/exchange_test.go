package seal

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"comity"
)

func TestExchangesComeBack(t *testing.T) {
	c := newCast(t)
	a, _ := c.item(t, c.header(4), c.statement(t, 1, "{}"))
	whole := c.exchange(t, a, c.receipt(t, 5), c.control(t, 6))
	profile := &comity.Signed{Bytes: []byte("a profile"), Sigs: []comity.Signature{sign(t, c.usRoot, "profile", []byte("a profile"))}}
	given := c.control(t, 5)
	given.Header.From = "us"
	theirs := c.header(5)
	theirs.From, theirs.Receipt = "cn", &comity.Receipt{Upto: 1, Root: theirs.Root}
	back, _ := c.item(t, theirs)
	for _, x := range []struct {
		name string
		x    comity.Exchange
	}{
		{"a head only", comity.Exchange{Head: whole.Head}},
		{"all but a halt", whole},
		{"a halt", comity.Exchange{Head: whole.Head, Halt: c.halt(t)}},
		{"a profile", comity.Exchange{Head: whole.Head, Profile: profile}},
		{"items of both senders, as after a lost disk", comity.Exchange{Head: whole.Head, Items: []comity.Item{back, given, c.receipt(t, 6)}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			b, err := EncodeExchange(x.x)
			if err != nil {
				t.Fatal(err)
			}
			got, err := DecodeExchange(b, int64(len(b)), 1<<20)
			if err != nil || !reflect.DeepEqual(got, x.x) {
				t.Fatalf("got %+v, %v\nwant %+v", got, err, x.x)
			}
			if _, err := DecodeExchange(b, int64(len(b)-1), 1<<20); CodeOf(err) != "size" {
				t.Errorf("over the limit: %v", err)
			}
		})
	}
	if _, err := EncodeExchange(comity.Exchange{Head: whole.Head, Items: []comity.Item{whole.Items[1], whole.Items[0]}}); err == nil {
		t.Error("items were written out of order")
	}
	b, err := EncodeExchange(whole)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeExchange(b, 1<<20, 900); CodeOf(err) != "size" {
		t.Errorf("an item over the limit: %v", err)
	}
}

func TestDecodeExchangeRefuses(t *testing.T) {
	c := newCast(t)
	whole := c.exchange(t)
	x := string(encode(t, whole.Head))
	o, u, j := string(EncodeSigned(*whole.Hello)), string(EncodeSigned(*whole.Resume)), string(EncodeSigned(*whole.Reject))
	i5, i6 := string(EncodeItem(c.receipt(t, 5))), string(EncodeItem(c.receipt(t, 6)))
	unsigned := func(s string) string { return string(EncodeSigned(comity.Signed{Bytes: []byte(s)})) }
	if _, err := DecodeExchange(records("X", x, "O", o, "U", u, "J", j, "I", i5, "I", i6), 1<<20, 1<<20); err != nil {
		t.Fatal(err)
	}
	for _, y := range []struct {
		name string
		b    []byte
	}{
		{"nothing", nil},
		{"no head", records("O", o)},
		{"two heads", records("X", x, "X", x)},
		{"a head with a space", records("X", x+" ")},
		{"a head of version 2", records("X", strings.Replace(x, `"v":1`, `"v":2`, 1))},
		{"a head of no channel", records("X", strings.Replace(x, c.channel.String(), "", 1))},
		{"a head of no sender", records("X", strings.Replace(x, `"us"`, `""`, 1))},
		{"two hellos", records("X", x, "O", o, "O", o)},
		{"a hello after a rejection", records("X", x, "J", j, "O", o)},
		{"a hello with a short nonce", records("X", x, "O", unsigned(strings.Replace(string(whole.Hello.Bytes), `"nonce":"AAAA`, `"nonce":"`, 1)))},
		{"a hello that is a rejection", records("X", x, "O", j)},
		{"a hello and a byte", records("X", x, "O", o+"\x00")},
		{"a resume of the first epoch", records("X", x, "U", unsigned(strings.Replace(string(whole.Resume.Bytes), `"epoch":1`, `"epoch":0`, 1)))},
		{"a resume of one party with itself", records("X", x, "U", unsigned(strings.Replace(string(whole.Resume.Bytes), `"cn"`, `"us"`, 1)))},
		{"a halt that is nothing", records("X", x, "Y", "")},
		{"a rejection with a lecture for a code", records("X", x, "J", unsigned(strings.Replace(string(whole.Reject.Bytes), `"seal"`, `"it is bad"`, 1)))},
		{"an item before the head", records("I", i5, "X", x)},
		{"an item before the hello", records("X", x, "I", i5, "O", o)},
		{"items out of order", records("X", x, "I", i6, "I", i5)},
		{"an item twice", records("X", x, "I", i5, "I", i5)},
		{"an item cut short", records("X", x, "I", i5[:len(i5)-1])},
		{"a record that we do not know", records("X", x, "K", "")},
		{"a byte after it", append(records("X", x, "I", i5), 0)},
	} {
		t.Run(y.name, func(t *testing.T) {
			got, err := DecodeExchange(y.b, 1<<20, 1<<20)
			if !errors.Is(err, comity.Invalid) || !reflect.DeepEqual(got, comity.Exchange{}) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestDecodeHalt(t *testing.T) {
	c := newCast(t)
	proof := func(it comity.Item) comity.Signed { return comity.Signed{Bytes: it.Bytes, Sigs: it.Sigs} }
	r5, r6, c6 := proof(c.receipt(t, 5)), proof(c.receipt(t, 6)), proof(c.control(t, 6))
	elsewhere := c.header(6)
	elsewhere.Epoch, elsewhere.Receipt = 1, &comity.Receipt{Root: elsewhere.Root}
	other, _ := c.item(t, elsewhere)
	for _, x := range []struct {
		name string
		h    comity.Halt
		good bool
	}{
		{"two headers of one number", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{r6, c6}}, true},
		{"a receipt", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{r6}}, true},
		{"one header without a receipt", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{c6}}, false},
		{"one header twice", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{c6, c6}}, false},
		{"headers of two numbers", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{r5, c6}}, false},
		{"headers of two epochs", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{r6, proof(other)}}, false},
		{"of another channel", comity.Halt{V: 1, Channel: comity.Hash{1}, Proof: []comity.Signed{r6, c6}}, false},
		{"three headers", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{r6, c6, c6}}, false},
		{"no header", comity.Halt{V: 1, Channel: c.channel}, false},
		{"another version", comity.Halt{V: 2, Channel: c.channel, Proof: []comity.Signed{r6, c6}}, false},
		{"something else", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{{Bytes: []byte("{}")}}}, false},
		{"a bad signature list", comity.Halt{V: 1, Channel: c.channel, Proof: []comity.Signed{{Bytes: r6.Bytes, Sigs: make([]comity.Signature, 1)}}}, false},
	} {
		got, err := DecodeHalt(encode(t, x.h))
		if (err == nil) != x.good || x.good && !reflect.DeepEqual(got, x.h) {
			t.Errorf("%s: got %+v, %v", x.name, got, err)
		}
	}
}

func TestSmallObjects(t *testing.T) {
	c := newCast(t)
	id := H("manifest", nil)
	for _, x := range []struct {
		name  string
		v     any
		check func([]byte) error
		good  bool
	}{
		{"a file receipt", comity.FileReceipt{V: 1, Statement: id, Cipher: id, Size: 16, Result: "stored"}, checked(DecodeFileReceipt), true},
		{"a file receipt of version 0", comity.FileReceipt{Statement: id, Cipher: id, Size: 16, Result: "stored"}, checked(DecodeFileReceipt), false},
		{"a file receipt of no statement", comity.FileReceipt{V: 1, Cipher: id, Size: 16, Result: "stored"}, checked(DecodeFileReceipt), false},
		{"a file receipt of the 65th file", comity.FileReceipt{V: 1, Statement: id, I: 64, Cipher: id, Size: 16, Result: "stored"}, checked(DecodeFileReceipt), false},
		{"a file receipt that is none", comity.FileReceipt{V: 1, Statement: id, Cipher: id, Size: 16, Result: "lost"}, checked(DecodeFileReceipt), false},
		{"a prekey", comity.Prekey{V: 1, Party: "cn", Key: c.cnPrekey.Key(), NotAfter: noon}, checked(DecodePrekey), true},
		{"a prekey for ever", comity.Prekey{V: 1, Party: "cn", Key: c.cnPrekey.Key()}, checked(DecodePrekey), false},
		{"a prekey that is a key to sign with", comity.Prekey{V: 1, Party: "cn", Key: c.cnNode.Key(), NotAfter: noon}, checked(DecodePrekey), false},
		{"a prekey of nobody's", comity.Prekey{V: 1, Key: c.cnPrekey.Key(), NotAfter: noon}, checked(DecodePrekey), false},
	} {
		if err := x.check(encode(t, x.v)); (err == nil) != x.good {
			t.Errorf("%s: %v", x.name, err)
		}
	}
}

func TestRecords(t *testing.T) {
	b := records("A", "one", "B", "", "A", "two")
	var got []string
	rs := NewRecords(b)
	for rs.Next() {
		got = append(got, string(rs.Tag)+string(rs.Value))
	}
	if err := rs.Err(); err != nil || strings.Join(got, " ") != "Aone B Atwo" {
		t.Errorf("got %q, %v", got, err)
	}
	for i := range b {
		rs, n := NewRecords(b[:i]), 0
		for rs.Next() {
			n += 5 + len(rs.Value)
		}
		if (rs.Err() == nil) != (n == i) {
			t.Errorf("cut to %d bytes, %d are read: %v", i, n, rs.Err())
		}
	}
	r := bufio.NewReader(bytes.NewReader(b[:len(b)-1]))
	for _, want := range []struct {
		text string
		err  error
	}{{"Aone", nil}, {"B", nil}, {"", io.ErrUnexpectedEOF}} {
		tag, value, err := ReadRecord(r, 3)
		if err != want.err || err == nil && string(tag)+string(value) != want.text {
			t.Errorf("read %q %q, %v, want %q, %v", tag, value, err, want.text, want.err)
		}
	}
	if _, _, err := ReadRecord(bufio.NewReader(bytes.NewReader(b)), 2); !errors.Is(err, comity.Invalid) {
		t.Errorf("a record over its limit: %v", err)
	}
	if _, _, err := ReadRecord(bufio.NewReader(strings.NewReader("")), 2); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}
