package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"comity"
)

// deepest is how deep the lists and objects of a body that is shown may lie in
// each other. No kind has more than 4.
const deepest = 16

// Lines writes a body for a person: each member that is not an object or a list
// on a line of its own, under its whole name, in the order of the body. Every
// kind reads so, also one that is not known here. A body that was refused may be
// anything at all, so neither depth nor names may grow with it.
func Lines(body []byte) []string {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var list []string
	if err := lines(d, "", deepest, &list); err != nil {
		return nil
	}
	return list
}

func lines(d *json.Decoder, name string, deeper int, list *[]string) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	if _, ok := t.(json.Delim); ok && deeper == 0 {
		return errors.New("too deep to be shown")
	}
	switch t {
	case json.Delim('{'):
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return err
			}
			if err := lines(d, join(name, comity.Clip(key.(string))), deeper-1, list); err != nil {
				return err
			}
		}
		_, err = d.Token()
		return err
	case json.Delim('['):
		for i := 0; d.More(); i++ {
			if err := lines(d, fmt.Sprintf("%s[%d]", name, i), deeper-1, list); err != nil {
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
	case nil:
		t = "null"
	}
	*list = append(*list, fmt.Sprintf("%s: %v", name, t))
	return nil
}
