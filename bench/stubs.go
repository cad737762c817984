package main

import "context"

func verify(context.Context, *results, string, string) error { return nil }
func start(context.Context, *results, string, string) error  { return nil }
func attach(context.Context, *results, string, string) error { return nil }
func nncp(context.Context, *results, string, string) error   { return nil }
func compare(*results)                                       {}
