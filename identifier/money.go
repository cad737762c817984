package identifier

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"comity"
)

// ISO 4217, list one, as of January 2026, without metals and units of account: the
// codes of each number of decimals. Those after the bar have been
// withdrawn since 2021, and sums in them still occur in evidence. The currency
// package of golang.org/x/text will not do: it has the decimals of CLDR, where the
// rupiah and the Iraqi dinar have none.
var currencies = [5]string{
	0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
	2: "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK " +
		"DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL " +
		"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP " +
		"SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG | ANG BGN CUC HRK SLL ZWL",
	3: "BHD IQD JOD KWD LYD OMR TND",
	4: "CLF UYW",
}

// Currency returns the decimals of the minor unit of a currency of ISO 4217, such
// as 2 for "CNY".
func Currency(code string) (exponent int, ok bool) {
	if len(code) != 3 {
		return 0, false
	}
	for e, list := range currencies {
		if strings.Contains(list, code) && !strings.Contains(code, " ") && !strings.Contains(code, "|") {
			return e, true
		}
	}
	return 0, false
}

// ParseAmount returns a sum in minor units, such as 1250000 for "12500.00" of CNY.
// A sum has all decimals of its currency, a point before them, and nothing between
// the thousands, where countries differ. It is not negative.
func ParseAmount(s, currency string) (minor int64, f Fault) {
	e, ok := Currency(currency)
	if !ok {
		return 0, wrong(fmt.Sprintf("is in %q, which is no currency of ISO 4217 such as %q", comity.Clip(currency), "CNY"),
			fmt.Sprintf("的币种“%s”不是 ISO 4217 货币代码；示例：“%s”", comity.Clip(currency), "CNY"))
	}
	n, err := strconv.ParseInt(strings.Replace(s, ".", "", 1), 10, 64)
	if err != nil || n < 0 || FormatAmount(n, currency) != s {
		example := FormatAmount(12500*int64(math.Pow10(e)), currency)
		return 0, wrong(fmt.Sprintf("is not a sum such as %q: no sign, no separator of thousands, and %d decimals for %s", example, e, currency),
			fmt.Sprintf("不是“%s”这样的金额：不带符号、不用千位分隔符，%s 须有 %d 位小数", example, currency, e))
	}
	return n, Fault{}
}

// FormatAmount writes a sum as ParseAmount reads it. A currency that ISO 4217 does
// not have is written without decimals.
func FormatAmount(minor int64, currency string) string {
	e, _ := Currency(currency)
	s := strconv.FormatInt(minor, 10)
	if e == 0 {
		return s
	}
	sign := ""
	if s[0] == '-' {
		sign, s = "-", s[1:]
	}
	if len(s) <= e {
		s = strings.Repeat("0", e+1-len(s)) + s
	}
	return sign + s[:len(s)-e] + "." + s[len(s)-e:]
}
