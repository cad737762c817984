package web

// designPages are every component, in one place.
var designPages = map[string]func(*view) error{
	"GET /design": func(v *view) error {
		f, err := v.frame(v.word.DesignTitle())
		if err != nil {
			return err
		}
		return v.show(f.Design())
	},
}
