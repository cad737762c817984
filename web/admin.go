package web

// adminPages are persons, sessions, and what programs may do.
var adminPages = map[string]func(*view) error{}
