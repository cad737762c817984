package identifier

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

var (
	e164Form = regexp.MustCompile(`^\+[1-9]\d{7,14}$`)
	allDigit = regexp.MustCompile(`^\d+$`)
)

// unspaced leaves out what people put between digits to read them.
func unspaced(s string) string {
	return strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "/", "", "\u00a0", "").Replace(s)
}

// checkPhone asks for a country code that is assigned, a length that its country
// has, and no trunk prefix. It does not ask whether the range is in use: numbering
// plans change faster than releases of this program.
func checkPhone(s string) Fault {
	digits := unspaced(s)
	if rest, ok := strings.CutPrefix(digits, "00"); ok {
		digits = "+" + rest
	}
	if !e164Form.MatchString(digits) {
		if allDigit.MatchString(digits) {
			return wrong(fmt.Sprintf("has no country code; an example is %q", "+12025550143"), fmt.Sprintf("缺少国家代码；示例：“%s”", "+12025550143"))
		}
		return unlike(Phone)
	}
	n, err := phonenumbers.Parse(digits, "ZZ")
	if errors.Is(err, phonenumbers.ErrInvalidCountryCode) {
		return wrong("does not begin with a country code that the ITU has assigned", "开头不是国际电信联盟已分配的国家代码")
	}
	if err != nil {
		return unlike(Phone)
	}
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.IS_POSSIBLE:
		return spelled(s, phonenumbers.Format(n, phonenumbers.E164))
	case phonenumbers.TOO_SHORT, phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return wrong("has too few digits for its country", "位数少于该国或该地区号码的长度")
	}
	return wrong("has more digits than a number of its country, or a number of them that none has", "位数不符合该国或该地区号码的长度")
}

// checkIMEI wants the check digit that 3GPP TS 23.003, annex B, computes. A
// network does not send it: logs show 0 in its place, or a software version.
func checkIMEI(s string) Fault {
	d := unspaced(s)
	if !allDigit.MatchString(d) || len(d) < 14 || len(d) > 16 {
		return unlike(IMEI)
	}
	want := d[:14] + string('0'+luhn(d[:14]))
	switch {
	case d == want:
		return spelled(s, want)
	case len(d) == 14:
		return Fault{t(fmt.Sprintf("has no check digit; with it, it is %q", want), fmt.Sprintf("缺少校验位；补全后为“%s”", want)), want}
	case len(d) == 16:
		return Fault{t(fmt.Sprintf("is an IMEISV, with a software version; the IMEI is %q", want), fmt.Sprintf("是含软件版本号的 IMEISV；对应的 IMEI 为“%s”", want)), want}
	case d[14] == '0':
		return Fault{t(fmt.Sprintf("ends with 0, as networks log it, in place of the check digit; with it, it is %q", want),
			fmt.Sprintf("末位为网络日志中常见的 0，而非校验位；补全后为“%s”", want)), want}
	}
	return wrong(fmt.Sprintf("has a wrong digit: its check digit would be %q", want[14:]), fmt.Sprintf("有误：按其余数字，校验位应为“%s”", want[14:]))
}

// luhn returns the check digit of ISO/IEC 7812-1, annex B.
func luhn(digits string) rune {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return rune((10 - sum%10) % 10)
}

var hexForm = regexp.MustCompile(`^[0-9a-f]+$`)

// The hash of nothing stands in a log where a file could not be read.
var emptyHashes = map[int]string{
	32:  "d41d8cd98f00b204e9800998ecf8427e",
	40:  "da39a3ee5e6b4b0d3255bfef95601890afd80709",
	64:  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	96:  "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
	128: "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
}

func checkHash(s string) Fault {
	h := strings.ToLower(s)
	empty, ok := emptyHashes[len(h)]
	switch {
	case !ok || !hexForm.MatchString(h):
		return wrong("is not the lower-case hexadecimal digits of an MD5, SHA-1, SHA-256, SHA-384 or SHA-512 value", "不是 MD5、SHA-1、SHA-256、SHA-384 或 SHA-512 值的小写十六进制形式")
	case h == empty:
		return wrong("is the hash of an empty file: every empty file has it", "是空文件的哈希值：任何空文件都与之相符")
	}
	return spelled(s, h)
}
