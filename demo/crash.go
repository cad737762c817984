package demo

import (
	"errors"
	"fmt"
	"time"

	"comity"
	"comity/desk"
	"comity/request"
	"comity/store"
	"comity/thread"
)

// nodeIsKilled kills the receiver while statements are released one after the
// other, and counts.
func (st *story) nodeIsKilled() error {
	d, err := st.release(st.us, desk.New{To: st.cn.party, Kind: request.OpensPreservation}, st.mozi.Routine(st.us.seats[0], time.Now()))
	if err != nil {
		return err
	}
	st.second = d.Matter
	v, err := st.arrived(st.us, d)
	if err != nil {
		return err
	}
	st.move(st.us, d, v, fmt.Sprintf("open a second, routine matter (%s); then the duty officer releases note after note in it", v.Priority))
	at, err := st.burst()
	if err != nil {
		return err
	}
	dead, err := st.count()
	if err != nil {
		return err
	}
	st.when(at)
	st.tell("cn's node, process %d, is killed with SIGKILL. The officer of us does not notice and goes on.", st.cn.proc.cmd.Process.Pid)
	burst := dead.released
	if err := must(dead.receipted > 0 && dead.receipted < burst && dead.lost == 0, "while it is dead: %+v", dead); err != nil {
		return err
	}
	if err := st.cn.start(); err != nil {
		return err
	}
	err = st.await("all notes to be on both nodes", func() (bool, error) {
		c, err := st.count()
		return c.receipted == burst, err
	})
	if err != nil {
		return err
	}
	took := time.Since(at)
	alive, err := st.count()
	if err != nil {
		return err
	}
	if err := must(alive.released == burst && alive.placed == burst && alive.distinct == burst && alive.lost == 0, "after its return: %+v", alive); err != nil {
		return err
	}
	st.gap()
	st.line(4, "%s", st.dim(pad("notes", 26)+"on the disk of cn    receipted, on the disk of us    released by us"))
	for _, c := range []struct {
		what string
		counts
	}{{"while cn's node is dead", dead}, {"after its return", alive}} {
		st.line(4, "%s%17d    %27d    %14d", pad(c.what, 26), c.placed, c.receipted, c.released)
	}
	st.gap()
	st.holds("Each of the %d that had been receipted was on the dead node's disk. All %d are there %s after the kill, each once.", dead.receipted, burst, lasted(took))
	n, root, err := st.sameLogs()
	if err != nil {
		return err
	}
	st.holds("What us's log says it sent and what cn's log says it got are the same %d items, root %s….", n, root.Short())
	return nil
}

// burst releases notes until the peer's node, which is killed as soon as it has
// receipted some, is dead, and a few more.
func (st *story) burst() (at time.Time, err error) {
	const some, more, most = 16, 12, 2000
	type death struct {
		at  time.Time
		err error
	}
	killed := make(chan death, 1)
	go func() {
		err := st.await("cn's node to receipt some notes", func() (bool, error) {
			c, err := st.count()
			return c.receipted >= some, err
		})
		at := time.Now()
		killed <- death{at, errors.Join(err, st.cn.proc.kill())}
	}()
	dead, after := false, 0
	for i := 0; after < more; i++ {
		if i == most {
			return at, comity.Errorf(comity.Unavailable, "released %d notes, and cn's node still lives: %v", most, (<-killed).err)
		}
		_, err := st.release(st.us, desk.New{Matter: st.second, Kind: "note"}, &thread.Note{Text: fmt.Sprintf("Note %d. It asks nothing; it will be counted.", i+1)})
		if err != nil {
			return at, err
		}
		// A person would need longer, and leaves the node its turn to write.
		if err := st.sleep(2 * glance); err != nil {
			return at, err
		}
		if dead {
			after++
			continue
		}
		select {
		case d := <-killed:
			if d.err != nil {
				return at, d.err
			}
			dead, at = true, d.at
		default:
		}
	}
	return at, nil
}

// counts is where the notes of the second matter are.
type counts struct{ released, receipted, placed, distinct, lost int }

func (st *story) count() (counts, error) {
	var c counts
	there := map[comity.Hash]bool{}
	err := st.cn.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
		rows, err := tx.StatementsOf(comity.Live, st.second)
		for _, r := range rows {
			if r.Kind == "note" && r.Status == store.Placed {
				c.placed++
				there[r.ID] = true
			}
		}
		return err
	})
	if err != nil {
		return c, err
	}
	c.distinct = len(there)
	err = st.us.node.Keeper.View(st.ctx, func(tx *store.Tx) error {
		rows, err := tx.StatementsOf(comity.Live, st.second)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Kind != "note" {
				continue
			}
			c.released++
			if r.Status != store.Placed {
				continue
			}
			_, receipted, err := tx.ReceiptCovering(r.Channel, r.Epoch, false, uint64(r.Seq))
			if err != nil {
				return err
			}
			if receipted {
				c.receipted++
				if !there[r.ID] {
					c.lost++
				}
			}
		}
		return nil
	})
	return c, err
}

// sameLogs compares both sides' logs of us's stream.
func (st *story) sameLogs() (n uint64, root comity.Hash, err error) {
	err = st.await("both nodes to have the same logs", func() (bool, error) {
		us, err := st.us.channel(st)
		if err != nil {
			return false, err
		}
		cn, err := st.cn.channel(st)
		n, root = us.State.Next, us.State.OutRoot
		return us.State.Next == cn.State.Want && us.State.OutRoot == cn.State.InRoot &&
			cn.State.Next == us.State.Want && cn.State.OutRoot == us.State.InRoot, err
	})
	return n, root, err
}
