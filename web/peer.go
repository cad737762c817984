package web

// peerPages are the other parties: who to call, the lines, the directory.
var peerPages = map[string]func(*view) error{}
