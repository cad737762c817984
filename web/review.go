package web

// reviewPages are the review of timeliness and quality, and what principals read.
var reviewPages = map[string]func(*view) error{}
