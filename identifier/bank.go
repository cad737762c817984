package identifier

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The structure of what follows the country and the check digits, as SWIFT's IBAN
// Registry has it, release 100: n digits, a capitals, c either. ZZ is ours: ISO
// 3166-1 leaves it to its users, no bank can have it, and exercises need accounts.
const ibanTable = `
AD 8n12c    AE 19n      AL 8n16c    AT 16n      AZ 4a20c    BA 16n      BE 12n      BG 4a6n8c
BH 4a14c    BI 23n      BR 23n1a1c  BY 4c4n16c  CH 5n12c    CR 18n      CY 8n16c    CZ 20n
DE 18n      DJ 23n      DK 14n      DO 4c20n    EE 16n      EG 25n      ES 20n      FI 14n
FK 2a12n    FO 14n      FR 10n11c2n GB 4a14n    GE 2a16n    GI 4a15c    GL 14n      GR 7n16c
GT 24c      HN 4a20n    HR 17n      HU 24n      IE 4a14n    IL 19n      IQ 4a15n    IS 22n
IT 1a10n12c JO 4a4n18c  KW 4a22c    KZ 3n13c    LB 4n20c    LC 4a24c    LI 5n12c    LT 16n
LU 3n13c    LV 4a13c    LY 21n      MC 10n11c2n MD 20c      ME 18n      MK 3n10c2n  MN 16n
MR 23n      MT 4a5n18c  MU 4a19n3a  NI 4a20n    NL 4a10n    NO 11n      OM 3n16c    PK 4a16c
PL 24n      PS 4a21c    PT 21n      QA 4a21c    RO 4a16c    RS 18n      RU 14n15c   SA 2n18c
SC 4a20n3a  SD 14n      SE 20n      SI 15n      SK 20n      SM 1a10n12c SO 19n      ST 21n
SV 4a20n    TL 19n      TN 20n      TR 6n16c    UA 6n19c    VA 18n      VG 4a16n    XK 16n
YE 4a4n18c  ZZ 6a10n`

var (
	ibanForm = regexp.MustCompile(`^[A-Z]{2}\d\d[A-Z0-9]{11,30}$`)
	bicForm  = regexp.MustCompile(`^[A-Z0-9]{4}([A-Z]{2})[A-Z0-9]{2}([A-Z0-9]{3})?$`)
	uetrForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

func checkIBAN(s string) Fault {
	v := strings.ToUpper(unspaced(s))
	if !ibanForm.MatchString(v) {
		return unlike(IBAN)
	}
	structure, ok := ibanStructure(v[:2])
	switch {
	case !ok:
		return wrong(fmt.Sprintf("begins with %s, which has no IBANs: give the account number with its BIC", v[:2]), fmt.Sprintf("以 %s 开头，而该国家或地区未采用 IBAN：请填写账号及其 BIC", v[:2]))
	case !fits(v[4:], structure):
		return wrong(fmt.Sprintf("does not have the length and the letters of an IBAN of %s", v[:2]), fmt.Sprintf("长度或字符不符合 %s 的 IBAN 结构", v[:2]))
	case v[2:4] != checkDigits(v):
		return wrong("has a wrong character: its check digits do not fit", "有误：校验位不符")
	}
	return spelled(s, v)
}

func ibanStructure(country string) (string, bool) {
	fs := strings.Fields(ibanTable)
	for i := 0; i < len(fs); i += 2 {
		if fs[i] == country {
			return fs[i+1], true
		}
	}
	return "", false
}

// fits reports whether s is made of the runs that structure names, such as 4a14n.
func fits(s, structure string) bool {
	for structure != "" {
		i := strings.IndexAny(structure, "nac")
		n, err := strconv.Atoi(structure[:i])
		if err != nil || len(s) < n {
			return false
		}
		for _, c := range s[:n] {
			digit := '0' <= c && c <= '9'
			if structure[i] == 'n' && !digit || structure[i] == 'a' && digit {
				return false
			}
		}
		s, structure = s[n:], structure[i+1:]
	}
	return s == ""
}

// checkDigits computes those of an IBAN by ISO 7064 MOD 97-10: 02 to 98, though
// a test of the remainder alone would take 00, 01 and 99 for their equals.
func checkDigits(iban string) string {
	mod := 0
	for _, c := range iban[4:] + iban[:2] + "00" {
		if c >= 'A' {
			mod = (mod*100 + int(c-'A') + 10) % 97
		} else {
			mod = (mod*10 + int(c-'0')) % 97
		}
	}
	return fmt.Sprintf("%02d", 98-mod)
}

// ISO 3166-1, and XK, which banks use for Kosovo. It is a list of codes that
// occur in bank identifiers and says nothing of any territory's status.
const countries = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ " +
	"CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR " +
	"GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP " +
	"KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ " +
	"NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW " +
	"SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ " +
	"UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW ZZ"

// checkBIC takes the eight characters for the head office, which some write with
// XXX for the branch.
func checkBIC(s string) Fault {
	v := strings.ToUpper(unspaced(s))
	m := bicForm.FindStringSubmatch(v)
	switch {
	case m == nil:
		return unlike(BIC)
	case !strings.Contains(countries, m[1]):
		return wrong(fmt.Sprintf("names no country: its fifth and sixth letters are %s", m[1]), fmt.Sprintf("第五、六位 %s 不是国家或地区代码", m[1]))
	}
	return spelled(s, strings.TrimSuffix(v[:8]+m[2], "XXX"))
}

func checkUETR(s string) Fault {
	if v := strings.ToLower(s); uetrForm.MatchString(v) {
		return spelled(s, v)
	}
	return unlike(UETR)
}
