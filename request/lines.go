package request

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// Lines writes a body for a person: each member that is not an object or a list
// on a line of its own, under its whole name, in the order of the body. Every
// kind reads so, also one that is not known here.
func Lines(body []byte) []string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var list []string
	if err := lines(d, "", &list); err != nil {
		return nil
	}
	return list
}

func lines(d *json.Decoder, name string, list *[]string) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t {
	case json.Delim('{'):
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if err := lines(d, strings.TrimPrefix(fmt.Sprintf("%s.%s", name, key), "."), list); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if err := lines(d, fmt.Sprintf("%s[%d]", name, i), list); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	}
	switch t {
	case true:
		t = "yes"
	case false:
		t = "no"
	}
	*list = append(*list, fmt.Sprintf("%s: %v", name, t))
	return nil
}
