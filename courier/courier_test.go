package courier_test

import (
	"strings"
	"testing"
	"time"

	"comity/request"
	"comity/testnet"
)

// A file whose ciphertext has been lost here keeps no other from arriving.
func TestLostFile(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")
	us, cn := n[0], n[1]
	_, ref, err := us.Ask(t.Context(), cn.Party, 100)
	if err != nil {
		t.Fatal(err)
	}
	lost, err := us.Say(t.Context(), ref, "note", &request.Note{Text: "one"}, strings.NewReader("will be lost"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := us.Say(t.Context(), ref, "note", &request.Note{Text: "two"}, strings.NewReader("will arrive"))
	if err != nil {
		t.Fatal(err)
	}
	if err := us.Vault.Erase(us.Files(t, cn.Party, lost)[0].Cipher); err != nil {
		t.Fatal(err)
	}
	us.RunCourier(t, cn)
	cn.RunCourier(t, us)
	for end := time.Now().Add(20 * time.Second); us.Files(t, cn.Party, kept)[0].Receipt.IsZero(); {
		if time.Now().After(end) {
			t.Fatal("the second file was never receipted")
		}
		time.Sleep(10 * time.Millisecond) // until the receipt is there
	}
	if !us.Files(t, cn.Party, lost)[0].Receipt.IsZero() {
		t.Error("the lost file has a receipt")
	}
}
