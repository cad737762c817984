package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// nncp measures the store-and-forward mail bag that comes nearest: it encrypts,
// signs and queues a file, and checks and unpacks it at the other end. It keeps
// no record, gives no receipt and asks for no second officer.
func nncp(ctx context.Context, r *results, _, dir string) error {
	setup := exec.CommandContext(ctx, "./scripts/setup")
	setup.Env = append(os.Environ(), "WITH_NNCP=1")
	if out, err := setup.CombinedOutput(); err != nil {
		return fmt.Errorf("nncp cannot be installed: %s", out)
	}
	if err := nncpPair(ctx, dir); err != nil {
		return err
	}
	put := r.peer("NNCP 8.8.2, enqueue 4 KiB", "/s")
	take := r.peer("NNCP 8.8.2, toss 4 KiB", "/s")
	both := r.peer("NNCP 8.8.2, enqueue and toss 4 KiB", "/s")
	put.Note = "nncp-file, one process each; carried by nncp-xfer, not counted; nncp-toss, one process for all"
	count := pick(500, 50)
	file := filepath.Join(dir, "letter")
	for n := range pick(runs, 1) {
		start := time.Now()
		for i := range count {
			text := make([]byte, 4096)
			rand.Read(text)
			if err := os.WriteFile(file, text, 0o600); err != nil {
				return err
			}
			if err := command(ctx, "nncp-file", "-quiet", "-cfg", filepath.Join(dir, "us.hjson"), file, fmt.Sprintf("cn:%d-%d", n, i)); err != nil {
				return err
			}
		}
		enqueue := time.Since(start)
		bag := filepath.Join(dir, "bag")
		if err := os.MkdirAll(bag, 0o700); err != nil {
			return err
		}
		for _, args := range [][]string{{"us.hjson", "-mkdir", "-tx"}, {"cn.hjson", "-rx"}} {
			if err := command(ctx, "nncp-xfer", append([]string{"-quiet", "-cfg", filepath.Join(dir, args[0])}, append(args[1:], bag)...)...); err != nil {
				return err
			}
		}
		start = time.Now()
		if err := command(ctx, "nncp-toss", "-quiet", "-cfg", filepath.Join(dir, "cn.hjson")); err != nil {
			return err
		}
		toss := time.Since(start)
		arrived, err := filepath.Glob(filepath.Join(dir, "in", fmt.Sprintf("%d-*", n)))
		if err != nil || len(arrived) != count {
			return fmt.Errorf("%d of %d arrived: %v", len(arrived), count, err)
		}
		put.add(float64(count) / enqueue.Seconds())
		take.add(float64(count) / toss.Seconds())
		both.add(float64(count) / (enqueue + toss).Seconds())
	}
	return nil
}

// nncpPair makes two configurations that know each other.
func nncpPair(ctx context.Context, dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "in"), 0o700); err != nil {
		return err
	}
	made, self := map[string]string{}, map[string]map[string]string{}
	for _, name := range []string{"us", "cn"} {
		out, err := exec.CommandContext(ctx, "nncp-cfgnew", "-nocomments").Output()
		if err != nil {
			return fmt.Errorf("nncp-cfgnew: %w", err)
		}
		made[name], self[name] = string(out), map[string]string{}
		_, of, _ := strings.Cut(made[name], "self:")
		of, _, _ = strings.Cut(of, "}")
		for _, line := range strings.Split(of, "\n") {
			if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
				self[name][k] = strings.TrimSpace(v)
			}
		}
	}
	for name, peer := range map[string]string{"us": "cn", "cn": "us"} {
		cfg := made[name]
		spool := filepath.Join(dir, name+".spool")
		cfg = strings.ReplaceAll(cfg, "/var/spool/nncp", spool)
		k := self[peer]
		neigh := fmt.Sprintf("  neigh: {\n    %s: {\n      id: %s\n      exchpub: %s\n      signpub: %s\n      noisepub: %s\n      incoming: %s\n    }\n",
			peer, k["id"], k["exchpub"], k["signpub"], k["noisepub"], filepath.Join(dir, "in"))
		before, after, ok := strings.Cut(cfg, "  neigh: {\n")
		if !ok {
			return fmt.Errorf("nncp-cfgnew wrote no neigh:\n%s", cfg)
		}
		if err := os.MkdirAll(spool, 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, name+".hjson"), []byte(before+neigh+after), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func command(ctx context.Context, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	var said bytes.Buffer
	c.Stderr = &said
	if err := c.Run(); err != nil {
		return fmt.Errorf("%s: %v: %s", name, err, said.String())
	}
	return nil
}
