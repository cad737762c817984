package typed

import (
	"flag"
	"io"
	"slices"
	"testing"

	"comity"
)

func TestMembers(t *testing.T) {
	type body struct {
		To     string        `json:"to"`
		Said   []string      `json:"said"`
		Seats  []comity.Seat `json:"seats"`
		Amount int           `json:"amount"`
		Inner  struct {
			Method string `json:"call_back"`
		} `json:"identity"`
	}
	for _, c := range []struct {
		name string
		args []string
		is   func(body) bool
	}{
		{"texts take commas, and keep their spaces", []string{"--said", "at 18:00 local, read back"}, func(b body) bool { return slices.Equal(b.Said, []string{"at 18:00 local", "read back"}) }},
		{"a text with a comma takes JSON", []string{"--said", `["first, then"]`}, func(b body) bool { return slices.Equal(b.Said, []string{"first, then"}) }},
		{"nothing between two commas is nothing", []string{"--seats", "us-1,,us-2,"}, func(b body) bool { return slices.Equal(b.Seats, []comity.Seat{"us-1", "us-2"}) }},
		{"a member within has its path", []string{"--identity-call-back", "x"}, func(b body) bool { return b.Inner.Method == "x" }},
		{"a name that the command has taken is not the body's", []string{"--to", "cn"}, func(b body) bool { return b.To == "" }},
		{"what is not said is empty", nil, func(b body) bool { return b.To == "" && b.Said == nil && b.Amount == 0 }},
	} {
		var b body
		fs := flag.NewFlagSet("", flag.ContinueOnError)
		fs.SetOutput(io.Discard)
		fs.String("to", "", "the party")
		fill := Members(fs, &b, nil)
		if err := fs.Parse(c.args); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if err := fill(); err != nil || !c.is(b) {
			t.Errorf("%s: %+v, %v", c.name, b, err)
		}
	}
}
