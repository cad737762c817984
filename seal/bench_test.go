package seal

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"comity"
)

func benchItem(b *testing.B, n int) (*cast, comity.Item, [][]byte) {
	c := newCast(b)
	var list []comity.Statement
	for i := range n {
		list = append(list, c.statement(b, byte(i), fmt.Sprintf(`{"n":%d,"text":%q}`, i, strings.Repeat("x", 1500))))
	}
	it, raw := c.item(b, c.header(4), list...)
	return c, it, raw
}

func BenchmarkSealItem(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, it, raw := benchItem(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := SealItem(c.cnPrekey.Key(), it.Bytes, raw); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkOpenItem(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			c, it, _ := benchItem(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := OpenItem(c.cnPrekey, it); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecodeItem(b *testing.B) {
	for _, n := range []int{1, 32} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			_, it, _ := benchItem(b, n)
			x := EncodeItem(it)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := DecodeItem(x, 1<<20); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerifyItem(b *testing.B) {
	c, it, _ := benchItem(b, 1)
	node := []comity.Key{c.usNode.Key()}
	b.ReportAllocs()
	for b.Loop() {
		if err := VerifyItem(it, node, []string{"E1"}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeStatement(b *testing.B) {
	c, _, raw := benchItem(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeStatement(raw[0], c.limits); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewStatement(b *testing.B) {
	c := newCast(b)
	m, body := c.manifest(), [][]byte{make([]byte, 1500)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewStatement(m, body, nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeHeader(b *testing.B) {
	_, it, _ := benchItem(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := EncodeHeader(it.Header); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeStatement(b *testing.B) {
	c := newCast(b)
	s := c.statement(b, 1, strings.Repeat("x", 1500))
	b.ReportAllocs()
	for b.Loop() {
		EncodeStatement(s)
	}
}

func BenchmarkVerify(b *testing.B) {
	c := newCast(b)
	s := c.statement(b, 1, "{}")
	b.ReportAllocs()
	for b.Loop() {
		if err := Verify(c.drafter.Key(), "manifest", s.Bytes, s.Sigs[0]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFileWriter(b *testing.B) {
	chunk := make([]byte, 1<<20)
	w, err := NewFileWriter(io.Discard)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	for b.Loop() {
		w.Write(chunk)
	}
}
