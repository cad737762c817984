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
	"comity/shell"
)

// call runs a command as the session's seat. The words are ours: what an officer typed
// goes in as the value of a flag that the caller names, or through stdin, and never
// names a file of this machine. It returns the command's result.
func (v *view) call(stdin io.Reader, args ...string) (json.RawMessage, error) {
	return v.Server.call(v.r.Context(), v.who, v.word.Short(), stdin, args...)
}

func (s *Server) call(ctx context.Context, who Session, lang string, stdin io.Reader, args ...string) (json.RawMessage, error) {
	var out bytes.Buffer
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	a := &shell.App{Ctx: ctx, Dir: s.Node.Dir, Here: s.Node.Dir, JSON: true, Lang: lang, Stdin: stdin, Stdout: &out, Stderr: io.Discard,
		Node: s.Node, Seat: who.Seat}
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
