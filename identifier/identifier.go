// Package identifier knows what investigators name: addresses, numbers and
// accounts, each in the one form in which a provider can look it up.
//
// Wrong identifiers are a leading reason for which providers send a request
// back, so a draft is asked three questions, in this order:
//
//	Check     is it the one canonical form of its type? If not, which is?
//	Reserved  could anybody hold data on it, or is it private or for examples?
//	ParseTime is the time beside it precise enough to single out one user?
//
// Every answer comes from tables and arithmetic. Nothing is ever looked up
// outside, because a look-up tells its server whom we investigate.
//
// A sentence comes in English and Chinese, as a fragment that follows the quoted
// value, such as: "Mail.example" is usually written "mail.example".
package identifier

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"comity"
)

// The types of identifier.
const (
	IPv4    = "ipv4"
	IPv6    = "ipv6"
	Domain  = "domain"
	URL     = "url"
	Email   = "email"
	Phone   = "phone"
	Account = "account"
	IMEI    = "imei"
	Hash    = "hash"
	ASN     = "asn"
	Wallet  = "wallet"
	IBAN    = "iban"
	BIC     = "bic"
	UETR    = "uetr"
)

// A Fault says why a value is not in its canonical form. The zero Fault is none.
type Fault struct {
	comity.Text
	Want string // the canonical form, where it can be told from the value; else empty
}

// OK reports whether nothing is wrong.
func (f Fault) OK() bool { return f == Fault{} }

// A Kind is one type of identifier.
type Kind struct {
	Type    string // such as "ipv4"
	Name    comity.Text
	Example string // one that nobody owns, where the type has such
	Cite    string // what defines the form
	check   func(string) Fault
	reserve func(string) Reservation
}

// Kinds returns every type of identifier, in the order of [Types].
func Kinds() []Kind {
	return []Kind{
		{IPv4, t("IPv4 address", "IPv4 地址"), "203.0.113.77", "RFC 6943, section 3.1.1", checkIPv4, reservedHost},
		{IPv6, t("IPv6 address", "IPv6 地址"), "2001:db8::77", "RFC 5952", checkIPv6, reservedHost},
		{Domain, t("domain name", "域名"), "mail.example", "RFC 1123, section 2.1; RFC 5890", checkDomain, reservedHost},
		{URL, t("URL", "网址（URL）"), "https://mail.example/u/3391", "RFC 3986, section 6.2.2", checkURL, reservedURL},
		{Email, t("e-mail address", "电子邮箱地址"), "kite-3391@mail.example", "RFC 5322, section 3.4.1; RFC 6531", checkEmail, reservedMail},
		{Phone, t("telephone number", "电话号码"), "+12025550143", "ITU-T E.164", checkPhone, reservedPhone},
		{Account, t("account", "账号"), "kite-3391", "none: the provider's own", checkAccount, reservedMail},
		{IMEI, t("IMEI", "国际移动设备识别码（IMEI）"), "004400152020002", "3GPP TS 23.003, section 6.2", checkIMEI, reservedIMEI},
		{Hash, t("hash value", "哈希值"), "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "RFC 1321; FIPS 180-4", checkHash, unknown},
		{ASN, t("autonomous system number", "自治系统号（ASN）"), "AS64500", "RFC 5396 (asplain)", checkASN, reservedASN},
		{Wallet, t("wallet address", "虚拟货币钱包地址"), "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx", "BIP 13, 173 and 350; ERC-55; TRON protocol", checkWallet, reservedWallet},
		{IBAN, t("IBAN", "国际银行账号（IBAN）"), "ZZ82COMITY0000003391", "ISO 13616-1", checkIBAN, reservedIBAN},
		{BIC, t("BIC", "银行识别代码（BIC）"), "KITEZZ22", "ISO 9362", checkBIC, reservedBIC},
		{UETR, t("UETR", "端到端唯一交易参考号（UETR）"), "eb6305c9-1f7f-49de-aed0-16487c27b42d", "RFC 9562, section 5.4; CBPR+ usage guidelines", checkUETR, unknown},
	}
}

// Types returns the types of identifier.
func Types() (ts []string) {
	for _, k := range Kinds() {
		ts = append(ts, k.Type)
	}
	return ts
}

// Longest is the most bytes an identifier may have: what RFC 9110, section 4.1,
// asks every server to take of a URL.
const Longest = 8000

// Check returns what is wrong with value as an identifier of type typ. Only the
// one canonical form has the zero Fault, so that two requests for one thing
// bear the same bytes.
func Check(typ, value string) Fault {
	k, ok := find(typ)
	switch {
	case !ok:
		return wrong("is not of a known type; the types are "+strings.Join(Types(), ", "), "不属于已知的标识符类型；类型有："+strings.Join(Types(), "、"))
	case strings.TrimSpace(value) == "":
		return wrong(fmt.Sprintf("is empty; an example is %q", k.Example), fmt.Sprintf("为空；示例：“%s”", k.Example))
	case len(value) > Longest:
		return wrong(fmt.Sprintf("has more than %d bytes", Longest), fmt.Sprintf("超过 %d 字节", Longest))
	case !utf8.ValidString(value):
		return wrong("is not UTF-8 text", "不是 UTF-8 文本")
	}
	if i := strings.IndexFunc(value, unseen); i >= 0 {
		r, _ := utf8.DecodeRuneInString(value[i:])
		return wrong(fmt.Sprintf("has a character that cannot be seen (%U)", r), fmt.Sprintf("含有不可见字符（%U）", r))
	}
	trimmed := strings.TrimSpace(value)
	f := k.check(trimmed)
	if f.OK() {
		f = spelled(value, trimmed)
	}
	if f.Want != "" && !k.check(f.Want).OK() {
		return k.unlike()
	}
	return f
}

func find(typ string) (Kind, bool) {
	ks := Kinds()
	i := slices.IndexFunc(ks, func(k Kind) bool { return k.Type == typ })
	if i < 0 {
		return Kind{}, false
	}
	return ks[i], true
}

func t(en, zh string) comity.Text { return comity.Text{EN: en, ZH: zh} }

func wrong(en, zh string) Fault { return Fault{Text: t(en, zh)} }

// spell is for a value that can only mean want.
func spell(want string) Fault {
	return Fault{t(fmt.Sprintf("is usually written %q", comity.Clip(want)), fmt.Sprintf("通常写作“%s”", comity.Clip(want))), want}
}

// spelled is spell, unless value is so written.
func spelled(value, want string) Fault {
	if value == want {
		return Fault{}
	}
	return spell(want)
}

func (k Kind) unlike() Fault {
	return wrong(fmt.Sprintf("is not in the form of %q (%s)", k.Example, k.Name.EN), fmt.Sprintf("不符合%s的格式；示例：“%s”", k.Name.ZH, k.Example))
}

func unlike(typ string) Fault {
	k, _ := find(typ)
	return k.unlike()
}

// unseen finds what a person who compares two values by eye would miss:
// controls, directions, joiners, and letters without a shape.
func unseen(r rune) bool {
	return !unicode.IsGraphic(r) || r == '\u2800' || unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// checkAccount knows no more of an account than that a person can copy it: each
// provider has its own form.
func checkAccount(s string) Fault {
	if utf8.RuneCountInString(s) > 256 {
		return wrong("has more than 256 characters", "超过 256 个字符")
	}
	return spelled(s, norm.NFC.String(s))
}

// DisplayName reports whether an account looks like what a person is called, not
// like what a provider can look up: words with spaces, and neither a digit nor
// a mark that joins the parts of an ID.
func DisplayName(account string) bool {
	return strings.ContainsFunc(strings.TrimSpace(account), unicode.IsSpace) &&
		!strings.ContainsFunc(account, func(r rune) bool { return unicode.IsDigit(r) || strings.ContainsRune("@:/_#=", r) })
}

// HasHan reports whether a name is written with Chinese characters, so that a
// transliteration should stand beside it.
func HasHan(s string) bool { return has(s, unicode.Han) }

// HasLatin reports whether s has a Latin letter, as a transliteration does.
func HasLatin(s string) bool { return has(s, unicode.Latin) }

func has(s string, script *unicode.RangeTable) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(script, r) })
}
