package shell

import (
	"comity"
	"comity/casefile"
	"comity/form"
	"comity/matter"
	"comity/pair"
	"comity/record"
	"comity/request"
	"comity/thread"
)

// Capabilities returns every kind of matter that there is. To add one is to add a
// row here.
func Capabilities() []thread.Capability {
	return []thread.Capability{
		request.Preservation(), request.Assistance(), request.Precheck(),
		casefile.Case(), casefile.Lead(), casefile.Deconfliction(), casefile.Report(), casefile.Summary(),
		pair.Adoption(), pair.Suspension(), pair.Directory(),
	}
}

// Find returns the capability whose matters a kind opens.
func Find(opens comity.Kind) (thread.Capability, bool) {
	for _, c := range Capabilities() {
		if c.Opens() == opens {
			return c, true
		}
	}
	return thread.Capability{}, false
}

// Kinds hands the kernel what it must know of all capabilities.
func Kinds() record.Kinds {
	all := record.Kinds{Tables: map[comity.Kind]matter.Table{}, Facts: map[comity.Kind]bool{}}
	kinds, titles := map[comity.Kind]thread.Kind{}, map[comity.Kind]func(any) thread.Title{}
	for _, c := range Capabilities() {
		all.Tables[c.Opens()], titles[c.Opens()] = c.Table(), c.Title
		for _, k := range c.Kinds {
			kinds[k.Kind], all.Facts[k.Kind] = k, k.Fact()
		}
	}
	read := func(kind comity.Kind, b []byte) (any, error) {
		k, ok := kinds[kind]
		if !ok {
			return nil, comity.Fieldf("kind", "%q is not known here, such as %q", comity.Clip(string(kind)), request.OpensPreservation)
		}
		body := k.New()
		return body, form.Decode(b, body)
	}
	all.Allows = func(k comity.Kind, c comity.Class) bool { return kinds[k].May(c) }
	all.Read = read
	all.Body = func(k comity.Kind, b []byte) error {
		body, err := read(k, b)
		if err != nil {
			return err
		}
		return form.Check(body)
	}
	all.Title = func(k comity.Kind, b []byte) record.Title {
		body, err := read(k, b)
		if err != nil || titles[k] == nil {
			return record.Title{}
		}
		t := titles[k](body)
		return record.Title{Text: t.Text, Priority: t.Priority, Type: t.Type, Category: t.Category, Secret: t.Secret}
	}
	return all
}

// IsRequest reports whether a kind opens a request.
func IsRequest(opens comity.Kind) bool {
	return opens == request.OpensPreservation || opens == request.OpensAssistance
}
