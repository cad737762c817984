package web

// docketPages are our own file of a matter, which never crosses.
var docketPages = map[string]func(*view) error{}
