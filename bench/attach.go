package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"

	"comity"
	"comity/store"
)

// attach sends a large file from one process to another.
func attach(ctx context.Context, r *results, binary, dir string) error {
	p, err := newPair(ctx, binary, dir)
	if err != nil {
		return err
	}
	if _, err := p.activate(ctx); err != nil {
		return err
	}
	us, err := p.serve("us")
	if err != nil {
		return err
	}
	defer us.stop()
	cn, err := p.serve("cn")
	if err != nil {
		return err
	}
	defer cn.stop()
	db, err := store.Open(ctx, p.path("us/comity.db"))
	if err != nil {
		return err
	}
	defer db.Close()

	size := pick(int64(10)<<30, 256<<20)
	name := fmt.Sprintf("%d MiB attached: ", size>>20)
	in := r.more(name+"sealed into the sender's vault", "MiB/s", 0)
	out := r.more(name+"from release to the peer's receipt for the file", "MiB/s", 0)
	memory := map[string]*figure{
		"attach": r.less(name+"most memory of the command that seals", "MiB", 256),
		"us":     r.less(name+"most memory of the sender's node (VmHWM)", "MiB", 256),
		"cn":     r.less(name+"most memory of the receiver's node (VmHWM)", "MiB", 256),
	}
	// 10 GiB of nothing: every byte is read, sealed, sent and hashed all the same.
	plain := p.path("evidence.img")
	f, err := os.Create(plain)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		return err
	}
	for range pick(2, 1) {
		start := time.Now()
		id, hwm, err := p.attached(ctx, plain)
		if err != nil {
			return err
		}
		in.add(float64(size>>20) / time.Since(start).Seconds())
		memory["attach"].add(hwm)
		start = time.Now()
		if _, err := p.run(ctx, "us", "approve", id, "--seat", "us-24-7-02", "--send"); err != nil {
			return err
		}
		if err := receipted(ctx, db); err != nil {
			return err
		}
		out.add(float64(size>>20) / time.Since(start).Seconds())
		memory["us"].add(us.memory("VmHWM"))
		memory["cn"].add(cn.memory("VmHWM"))
	}
	in.Note = "runs: 2, as each writes the file to the disk twice; the bytes are sealed with AES-256-GCM and hashed twice, plain and sealed"
	return nil
}

// attached drafts a request with a file, signs it, and returns the draft's
// number and how much memory the command took.
func (p *pair) attached(ctx context.Context, file string) (string, float64, error) {
	text, err := body(2048)
	if err != nil {
		return "", 0, err
	}
	if err := os.WriteFile(p.path("request.json"), text, 0o600); err != nil {
		return "", 0, err
	}
	out, err := p.run(ctx, "us", "draft", p.path("request.json"), "--to", "cn", "--seat", "us-24-7-01", "--json")
	if err != nil {
		return "", 0, err
	}
	var d struct{ ID string }
	if err := json.Unmarshal(out, &d); err != nil {
		return "", 0, err
	}
	c := exec.CommandContext(ctx, p.binary, "--dir", p.path("us"), "--passphrase-file", p.path("pass"), "attach", d.ID, file, "--seat", "us-24-7-01")
	hwm, err := watched(c)
	if err != nil {
		return "", 0, fmt.Errorf("attach: %w", err)
	}
	_, err = p.run(ctx, "us", "approve", d.ID, "--seat", "us-24-7-01")
	return d.ID, hwm, err
}

// watched runs a command and returns the most memory that it had, in MiB. What the
// kernel says of it afterwards counts what this process had when it forked.
func watched(c *exec.Cmd) (most float64, err error) {
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	s := &process{cmd: c}
	for {
		select {
		case err := <-ended:
			if err != nil {
				err = fmt.Errorf("%v: %s", err, said.String())
			}
			return most, err
		case <-time.After(20 * time.Millisecond):
			most = max(most, s.memory("VmHWM"))
		}
	}
}

// receipted waits until the peer has cosigned every file of ours.
func receipted(ctx context.Context, db *store.DB) error {
	changed := db.Changed(ctx)
	for ctx.Err() == nil {
		waiting := 0
		err := db.View(ctx, func(tx *store.Tx) error {
			channels, err := tx.Channels()
			for _, ch := range channels {
				files, err := tx.FilesToPush(ch.ID, 1)
				if err != nil {
					return err
				}
				waiting += len(files)
			}
			return err
		})
		if err != nil || waiting == 0 {
			return err
		}
		<-changed
	}
	return comity.Errorf(comity.Unavailable, "interrupted")
}
