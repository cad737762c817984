package record

import (
	"encoding/json"

	"comity"
	"comity/seal"
	"comity/store"
)

// Bare puts a stored item together again, without what was sealed.
func Bare(r store.Item) (comity.Item, error) {
	it := comity.Item{Bytes: r.Header}
	var err error
	if it.Header, err = seal.DecodeHeader(r.Header); err != nil {
		return it, err
	}
	if it.Header.Control != nil {
		it.Control = r.Control
	}
	return it, json.Unmarshal(r.Sigs, &it.Sigs)
}
