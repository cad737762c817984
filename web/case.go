package web

// casePages are joint cases.
var casePages = map[string]func(*view) error{}
