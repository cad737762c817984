package web

// guidePages are guidelines and their adoption.
var guidePages = map[string]func(*view) error{}
