package search_test

import (
	"strings"
	"testing"

	"comity/search"
)

// What is measured is a kilobyte in both languages.
var kilobyte = strings.Repeat("logs of the account kite-3391 at 192.0.2.5; 账户的服务器日志保存三十天。", 12)

func BenchmarkFold(b *testing.B) {
	for b.Loop() {
		search.Fold(kilobyte)
	}
}

func BenchmarkHighlight(b *testing.B) {
	q, err := search.Parse("服务器日志 logs")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		search.Highlight(kilobyte, q)
	}
}
