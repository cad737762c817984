package web

// designPages are every component, in one place.
var designPages = map[string]func(*view) error{}
