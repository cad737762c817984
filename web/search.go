package web

// searchPages are words in all that an officer may read.
var searchPages = map[string]func(*view) error{}
