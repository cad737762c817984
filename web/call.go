package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"comity"
	"comity/session"
	"comity/shell"
)

// call runs a command as the session's seat. The words are ours: what an officer typed
// goes in as the value of a flag that the caller names, or through stdin, and never
// names a file of this machine. It returns the command's result.
func (v *view) call(stdin io.Reader, args ...string) (json.RawMessage, error) {
	return v.Server.call(v.r.Context(), v.who, v.word.Short(), stdin, args...)
}

func (s *Server) call(ctx context.Context, who Session, lang string, stdin io.Reader, args ...string) (answer, error) {
	return s.told(ctx, who, lang, func(int) {}, stdin, args...)
}

// told is call, and hears how far long work has come.
func (s *Server) told(ctx context.Context, who Session, lang string, hear func(done int), stdin io.Reader, args ...string) (answer, error) {
	var out, told bytes.Buffer
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	if who.ID != "" {
		ctx = session.With(ctx, who.Actor(s.Now()))
	}
	a := &shell.App{Ctx: ctx, Dir: s.Node.Dir, Here: s.Node.Dir, JSON: true, Lang: lang, Stdin: stdin, Stdout: &out, Stderr: &told,
		Node: s.Node, Seat: who.Seat, Told: hear}
	c, ok := s.Verbs(a)[args[0]]
	if !ok {
		return nil, comity.Errorf(comity.NotFound, "there is no command %q", comity.Clip(args[0]))
	}
	err := c(args[1:])
	if errors.Is(err, flag.ErrHelp) || errors.Is(err, shell.ErrFound) || errors.Is(err, shell.ErrBlocked) {
		err = nil // it has said so in its result
	}
	return out.Bytes(), err
}

// ask runs a command and reads its result.
func ask[T any](v *view, args ...string) (T, error) { return tell[T](v, nil, args...) }

// tell is ask, with a body.
func tell[T any](v *view, stdin io.Reader, args ...string) (x T, err error) {
	result, err := v.call(stdin, args...)
	if err != nil {
		return x, err
	}
	if err := json.Unmarshal(result, &x); err != nil {
		return x, fmt.Errorf("%s: its result is not what the page takes: %w", args[0], err)
	}
	return x, nil
}
