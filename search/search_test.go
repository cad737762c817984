package search_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"comity/search"
)

func TestFold(t *testing.T) {
	for _, c := range []struct{ says, text, want string }{
		{"a run of Han is its pairs, and its last character", "服务器日志", "服务 务器 器日 日志 志"},
		{"one character alone is itself", "海", "海"},
		{"a run goes on in the next line", "服务\n 器", "服务 务器 器"},
		{"signs end a run", "上海，北京", "上海 海 北京 京"},
		{"traditional is simplified", "伺服器與電腦執著", "伺服 服器 器与 与电 电脑 脑执 执着 着"},
		{"full width is half width, and capitals are small", "ＡＢＣ１２ Ransomware", "abc12 ransomware"},
		{"letters lose their marks", "José Müller", "jose muller"},
		{"what nobody sees is not there", "ran\u200bsom", "ransom"},
		{"Latin and Han in one clause", "上海kite账户", "上海 海 kite 账户 户"},
		{"a name with a hyphen is its parts", "kite-3391", "kite 3391"},
		{"a reference is its parts, and itself", "US-2026-000042", "us 2026 000042 us-2026-000042"},
		{"an address is its parts, and itself", "192.0.2.5:443", "192 0 2 5 443 192.0.2.5"},
		{"so that nobody clicks on it", "192.0.2[.]5", "192 0 2 5 192.0.2.5"},
		{"every spelling of an address is one", "2001:DB8:0::1/64", "2001 db8 0 1 64 2001:db8::1"},
		{"mail", "<mailto:Li.Wei@Example.cn>.", "mailto li wei example cn li.wei@example.cn"},
		{"a number in groups is one as well", "+1 (202) 555-0143", "1 202 555 0143 12025550143"},
		{"and an IBAN, whatever follows", "GB82 WEST 1234 5698 7654 32 was", "gb82 west 1234 5698 7654 32 was 12345698765432 gb82west12345698765432"},
		{"a hash is one word", strings.Repeat("0123456789ABCDEF", 4), strings.Repeat("0123456789abcdef", 4)},
		{"no bytes of another encoding", "a\xffb", "a b"},
		{"nothing", "，。 —", ""},
	} {
		if got := strings.Join(search.Fold(c.text), " "); got != c.want {
			t.Errorf("%s: Fold(%q)\n got %s\nwant %s", c.says, c.text, got, c.want)
		}
	}
}

func TestFinds(t *testing.T) {
	for _, c := range []struct{ says, query, text, marked string }{
		{"a word of two characters", "上海", "在上海的服务器", "在[上海]的服务器"},
		{"a run within a longer one", "务器日", "服务器日志", "服[务器日]志"},
		{"not its characters elsewhere", "服务器日志", "服务器的日志", ""},
		{"one character is a beginning", "海", "上海海关", "上[海海]关"},
		{"traditional finds simplified", "伺服器電腦", "伺服器电脑", "[伺服器电脑]"},
		{"simplified finds traditional", "电脑", "他的電腦", "他的[電腦]"},
		{"half width finds full width", "kite-3391", "帐户ＫＩＴＥ－３３９１。", "帐户[ＫＩＴＥ－３３９１]。"},
		{"all words must be there", "ransomware 北京", "ransomware in 上海", ""},
		{"in any order", "ransomware 上海", "上海: Ransomware", "[上海]: [Ransomware]"},
		{"a phrase", `"the quick fox"`, "The quick, fox", "[The quick, fox]"},
		{"words out of order are no phrase", `"fox quick"`, "the quick fox", ""},
		{"a phrase in Chinese marks", "「上海 server 房」", "上海server房间", "[上海server房]间"},
		{"a part of a name", "3391", "kite-3391", "kite-[3391]"},
		{"not a part of a number", "339", "kite-3391", ""},
		{"the beginning of a word", "ransom*", "Ransomware!", "[Ransomware]!"},
		{"an address", "192.0.2.5", "http://192.0.2[.]5:80/x", "http://[192.0.2[.]5]:80/x"},
		{"not a longer address", "192.0.2.5", "192.0.2.55 and 1.192.0.2", ""},
		{"an address in another spelling", "2001:db8:0:0:0:0:0:1", "(2001:DB8::1)", "([2001:DB8::1])"},
		{"not one that begins so", "2001:db8::1", "2001:db8::1:5", ""},
		{"a network by its beginning", "192.0.2", "192.0.2.55", "[192.0.2].55"},
		{"mail", "li.wei@example.cn", "mailto:LI.WEI@example.cn", "mailto:[LI.WEI@example.cn]"},
		{"not longer mail", "wei@example.cn", "li.wei@example.cn", ""},
		{"a domain in mail", "example.cn", "li.wei@example.cn", "li.wei@[example.cn]"},
		{"a telephone number however it is written", "+12025550143", "call +1 (202) 555-0143 now", "call +[1 (202) 555-0143] now"},
		{"with its groups", "+1 202 555 0143", "12025550143", "[12025550143]"},
		{"an account", "GB82WEST12345698765432", "IBAN GB82 WEST 1234 5698 7654 32.", "IBAN [GB82 WEST 1234 5698 7654 32]."},
		{"a reference", "us-2026-000042", "see US-2026-000042", "see [US-2026-000042]"},
		{"the end of a reference", "000042", "see US-2026-000042", "see US-2026-[000042]"},
	} {
		q, err := search.Parse(c.query)
		if err != nil {
			t.Errorf("%s: %v", c.says, err)
			continue
		}
		marks, found := search.Highlight(c.text, q)
		got := ""
		if found == 1<<len(q)-1 {
			got = marked(c.text, marks)
		}
		if got != c.marked {
			t.Errorf("%s: %q in %q\n got %s\nwant %s (%v)", c.says, c.query, c.text, got, c.marked, q)
		}
	}
}

func marked(text string, marks []search.Range) string {
	for _, m := range slices.Backward(marks) {
		text = text[:m.From] + "[" + text[m.From:m.To] + "]" + text[m.To:]
	}
	return text
}

func TestRefusesWhatCannotBeLookedFor(t *testing.T) {
	for _, c := range []struct{ says, query string }{
		{"nothing", " "},
		{"only signs", "，。!"},
		{"too long", strings.Repeat("a", search.MaxQuery+1)},
		{"too many words", strings.Join(strings.Split("abcdefghijklmnopqrst", ""), " ")},
	} {
		if q, err := search.Parse(c.query); err == nil {
			t.Errorf("%s: Parse(%q) = %v", c.says, c.query, q)
		}
	}
}

func TestExcerpt(t *testing.T) {
	text := strings.Repeat("前", 50) + "服务器" + strings.Repeat("后", 50)
	marks := []search.Range{{150, 159}}
	got, at := search.Excerpt(text, marks, 30)
	if want := "…" + strings.Repeat("前", 10) + "[服务器]" + strings.Repeat("后", 17) + "…"; marked(got, at) != want {
		t.Errorf("got %s, want %s", marked(got, at), want)
	}
}

// What is in a text is found by itself, and no text panics.
func FuzzHighlight(f *testing.F) {
	for _, s := range []string{"上海server", "kite-3391 192.0.2[.]5", "GB82 WEST 1234 5698 7654 32", "ﷺ İ 한국어 がぎ", "\xff“x", "a:::b/@c", "１２３－４５６－７８９０"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, query, text string) {
		words := search.Fold(text)
		for _, w := range words {
			if w == "" || !utf8.ValidString(w) || strings.ContainsAny(w, " \x00'\\\"") {
				t.Fatalf("%q has the word %q", text, w)
			}
		}
		q, err := search.Parse(query)
		if err != nil {
			return
		}
		end := 0
		marks, found := search.Highlight(text, q)
		for _, m := range marks {
			if m.From < end || m.To <= m.From || m.To > len(text) {
				t.Fatalf("%q in %q: %v", query, text, marks)
			}
			end = m.To
		}
		if (found != 0) != (len(marks) > 0) {
			t.Fatalf("%q in %q: %b but %v", query, text, found, marks)
		}
		search.Excerpt(text, marks, 20)
		// A query is found in a text that is its own words.
		for i, p := range q {
			if _, found := search.Highlight(strings.Join(p.Words, " ")+" ", search.Query{p}); found == 0 && !strings.ContainsFunc(query, func(r rune) bool { return r > 0x2e7f }) {
				t.Fatalf("%q: phrase %d is not found in itself: %q", query, i, p.Words)
			}
		}
	})
}
