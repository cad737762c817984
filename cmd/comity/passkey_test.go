package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"comity/seal"
	"comity/webauthn/softkey"
)

// passkey plays an officer's browser and authenticator in the scenarios. The passkey
// N, from 1 to 255, is the same one each time.
//
//	passkey N enrol      print its public key, as the desk's page does
//	passkey N sign       read what approve --prepare --json printed, print the
//	                     assertion; with a further word, one that is wrong in that way
func passkey() {
	if err := playPasskey(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "passkey:", err)
		os.Exit(1)
	}
}

func playPasskey(args []string, in io.Reader, out io.Writer) error {
	var n byte
	if _, err := fmt.Sscan(args[0], &n); err != nil {
		return err
	}
	const site = "desk.us.example"
	k, err := softkey.New(bytes.Repeat([]byte{n}, 32), site)
	if err != nil {
		return err
	}
	if args[1] == "enrol" {
		pub, err := seal.NewPasskey(k.Public(), site)
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(pub)
	}
	var prepared struct {
		Challenge string `json:"challenge"`
	}
	if err := json.NewDecoder(in).Decode(&prepared); err != nil {
		return err
	}
	switch wrong := append(args, "")[2]; wrong {
	case "unverified":
		k.Flags = softkey.UserPresent
	case "elsewhere":
		k.Origin = "https://desk.us.example.evil.example"
	}
	a, err := k.Get(prepared.Challenge)
	if err != nil {
		return err
	}
	if append(args, "")[2] == "tampered" {
		a.Signature[len(a.Signature)-1] ^= 1
	}
	return json.NewEncoder(out).Encode(a)
}
