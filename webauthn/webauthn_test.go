package webauthn

import (
	"encoding/json"
	"testing"
)

// FuzzClientData holds the reading of client data to one promise: it does not panic,
// and what it accepts has for every other reader the members that it has for us.
func FuzzClientData(f *testing.F) {
	for _, s := range []string{
		`{"type":"webauthn.get","challenge":"AAAA","origin":"https://desk.example","crossOrigin":false}`,
		`{"\u0074ype":"x","x":[{"y":1},{"y":1.5e3}],"z":{"a":null}} `, `{"a":1,"a":1}`, `{"a":"\ud83d\ude00"}`, "[]", "{}{}", "{\"a\":\"\xff\"}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, ok := clientData(b)
		if !ok {
			return
		}
		var other map[string]any
		if err := json.Unmarshal(b, &other); err != nil || len(other) != len(m) {
			t.Fatalf("%q is read as %v, and by encoding/json as %v, %v", b, m, other, err)
		}
		for name, v := range m {
			if s, ok := v.(string); ok && other[name] != s {
				t.Fatalf("%q is %q for us, and %v for encoding/json", name, s, other[name])
			}
		}
	})
}
