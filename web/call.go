package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"comity/session"
)

// Call runs a command as the session's seat. The words are ours: what an officer typed
// goes in as the value of a flag that the caller names, or through stdin, and never
// names a file of this machine. It returns the command's result.
func (v *View) Call(stdin io.Reader, args ...string) (json.RawMessage, error) {
	return v.Told(v.R.Context(), nil, stdin, args...)
}

// Told is Call, and hears how far long work has come.
func (v *View) Told(ctx context.Context, hear func(done int), stdin io.Reader, args ...string) (json.RawMessage, error) {
	var out bytes.Buffer
	if stdin == nil {
		stdin = strings.NewReader("")
	}
	if v.Who.ID != "" {
		ctx = session.With(ctx, v.Who.Actor(v.Now()))
	}
	err := v.Node.Call(ctx, Command{Args: args, Seat: v.Who.Seat, Lang: v.Word.Short(), Stdin: stdin, Out: &out, Told: hear})
	return out.Bytes(), err
}

// Ask runs a command and reads its result.
func Ask[T any](v *View, args ...string) (T, error) { return Tell[T](v, nil, args...) }

// Into is Ask, of a result whose type has no name.
func (v *View) Into(x any, args ...string) error {
	result, err := v.Call(nil, args...)
	if err == nil {
		err = json.Unmarshal(result, x)
	}
	return err
}

// Tell is Ask, with a body.
func Tell[T any](v *View, stdin io.Reader, args ...string) (x T, err error) {
	result, err := v.Call(stdin, args...)
	if err != nil {
		return x, err
	}
	if err := json.Unmarshal(result, &x); err != nil {
		return x, fmt.Errorf("%s: its result is not what the page takes: %w", args[0], err)
	}
	return x, nil
}
