package courier_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"comity"
	"comity/seal"
	"comity/store"
	"comity/testnet"
	"comity/thread"
)

// A peer that answers with a pairing, as if the pair were not active, is asked
// again later, and is nobody else's trouble.
func TestPairingForAnAnswer(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")
	us, cn := n[0], n[1]
	id, _, err := us.Ask(t.Context(), cn.Party, 100)
	if err != nil {
		t.Fatal(err)
	}
	turns := 0
	body, err := seal.EncodeExchange(comity.Exchange{
		Head: comity.ExchangeHead{V: 1, Channel: testnet.Channel(us.Party, cn.Party), From: "cn"}, Profile: &comity.Signed{Bytes: []byte("{}"), Sigs: []comity.Signature{}}})
	if err != nil {
		t.Fatal(err)
	}
	cn.Answer = func(ctx context.Context, from comity.Party, said []byte) ([]byte, error) {
		if turns++; turns < 3 {
			return body, nil
		}
		return cn.Intake.Accept(ctx, from, said)
	}
	us.RunCourier(t, cn)
	cn.RunCourier(t, us)
	testnet.Until(t, 20*time.Second, "the request is placed at cn", func() bool { return cn.Statements(t, "us")[id].Status == store.Placed })
}

// A file whose ciphertext has been lost here keeps no other from arriving.
func TestLostFile(t *testing.T) {
	n := testnet.Nodes(t, "us", "cn")
	us, cn := n[0], n[1]
	_, ref, err := us.Ask(t.Context(), cn.Party, 100)
	if err != nil {
		t.Fatal(err)
	}
	lost, err := us.Say(t.Context(), ref, "note", &thread.Note{Text: "one"}, strings.NewReader("will be lost"))
	if err != nil {
		t.Fatal(err)
	}
	kept, err := us.Say(t.Context(), ref, "note", &thread.Note{Text: "two"}, strings.NewReader("will arrive"))
	if err != nil {
		t.Fatal(err)
	}
	if err := us.Vault.Erase(us.Files(t, cn.Party, lost)[0].Cipher); err != nil {
		t.Fatal(err)
	}
	us.RunCourier(t, cn)
	cn.RunCourier(t, us)
	testnet.Until(t, 20*time.Second, "the second file is receipted", func() bool { return !us.Files(t, cn.Party, kept)[0].Receipt.IsZero() })
	if !us.Files(t, cn.Party, lost)[0].Receipt.IsZero() {
		t.Error("the lost file has a receipt")
	}
}
