package identifier

import (
	"encoding/hex"
	"regexp"
	"strings"

	"github.com/btcsuite/btcd/btcutil/base58"
	"github.com/btcsuite/btcd/btcutil/bech32"
	"golang.org/x/crypto/sha3"
)

var evmForm = regexp.MustCompile(`^0[xX][0-9a-fA-F]{40}$`)

// checkWallet takes an address only with its network's checksum: money followed
// to a mistyped address is followed to nobody, or to somebody else.
func checkWallet(s string) Fault {
	if evmForm.MatchString(s) {
		return checkEVM(s)
	}
	if v := strings.ToLower(s); (s == v || s == strings.ToUpper(s)) && segwit(v) != "" {
		return spelled(s, v)
	}
	if network(s) != "" {
		return Fault{}
	}
	return wrong("is not an address of Bitcoin, Ethereum or TRON whose checksum fits; one of another network goes in as an account, with the network's name",
		"不是校验和相符的比特币、以太坊或波场地址；其他网络的地址请按账号填写，并注明网络名称")
}

// checkEVM wants the capitals of ERC-55, formerly EIP-55, which are a checksum.
// All of one case carry none, and are rewritten; a mixture that does not fit is a
// mistake.
func checkEVM(s string) Fault {
	digits := strings.ToLower(s[2:])
	k := sha3.NewLegacyKeccak256()
	k.Write([]byte(digits)) // a hash never fails
	sum := hex.EncodeToString(k.Sum(nil))
	want := []byte("0x" + digits)
	for i := range digits {
		if sum[i] >= '8' {
			want[i+2] = strings.ToUpper(digits)[i]
		}
	}
	if v := s[2:]; v != string(want[2:]) && v != digits && v != strings.ToUpper(digits) {
		return wrong("has a wrong character: its capitals, which are a checksum (ERC-55), do not fit", "有误：大小写校验（ERC-55）不符")
	}
	return spelled(s, string(want))
}

// network names whose base58check address s is, or returns "".
func network(s string) string {
	if len(s) < 25 || len(s) > 36 {
		return ""
	}
	payload, version, err := base58.CheckDecode(s)
	if err != nil || len(payload) != 20 {
		return ""
	}
	switch version {
	case 0x00, 0x05:
		return "bitcoin"
	case 0x6f, 0xc4:
		return "bitcoin testnet"
	case 0x41:
		return "tron"
	}
	return ""
}

// segwit names whose address s is by BIP 173 and BIP 350: version 0 with the first
// checksum, all later versions with the second.
func segwit(s string) string {
	hrp, data, version, err := bech32.DecodeGeneric(s)
	if err != nil || len(data) == 0 || data[0] > 16 || (data[0] == 0) != (version == bech32.Version0) {
		return ""
	}
	program, err := bech32.ConvertBits(data[1:], 5, 8, false)
	if err != nil || len(program) < 2 || len(program) > 40 || data[0] == 0 && len(program) != 20 && len(program) != 32 {
		return ""
	}
	return map[string]string{"bc": "bitcoin", "tb": "bitcoin testnet", "bcrt": "bitcoin testnet"}[hrp]
}

// reservedWallet knows the networks of Bitcoin whose coins are worth nothing.
func reservedWallet(s string) Reservation {
	if network(s) == "bitcoin testnet" || segwit(strings.ToLower(s)) == "bitcoin testnet" {
		return nobody("an address of a Bitcoin test network", "比特币测试网络地址", "BIP 173; Bitcoin Core, chainparams")
	}
	return Reservation{}
}
