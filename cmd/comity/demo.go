package main

func (a *app) demo(args []string) error { return usagef("demo: not written yet") }
