package gate

import (
	"testing"
	"time"

	"comity"
	"comity/docket"
)

var noon = comity.At(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))

// made returns the entry of a body that must be good.
func made(t testing.TB, body any) docket.Entry {
	t.Helper()
	e, err := docket.Make(body, "us-24-7-01", noon)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// folded returns the docket of bodies that must be good.
func folded(t testing.TB, bodies ...any) docket.Docket {
	t.Helper()
	var list []docket.Entry
	for i, b := range bodies {
		e := made(t, b)
		e.At = comity.At(noon.Add(time.Duration(i) * time.Hour))
		list = append(list, e)
	}
	d, errs := docket.Read(list)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	return d
}
