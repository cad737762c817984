package store_test
import ("testing";"syscall";"fmt";"sync";"time"
"comity/store";"comity/store/storetest")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(0,&r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
func TestTune(t *testing.T) {
	run := func(name string, p ...string) {
		store.SetPragmas(p...)
		db := open(t, sqliteFile(t))
		var chs [][32]byte
		for i := range 64 { chs = append(chs, storetest.PutChannel(t, db, fmt.Sprint(i))) }
		c0, t0 := cpu(), time.Now()
		var w sync.WaitGroup
		const each = 250
		for i := range 64 { w.Go(func(){ for range each { if err := db.Update(t.Context(), func(tx *store.Tx) error { _, err := storetest.Append(tx, chs[i]); return err }); err != nil { t.Error(err) } } }) }
		w.Wait()
		n := 64*each
		t.Logf("%-40s %7.0f/s  cpu %v/op", name, float64(n)/time.Since(t0).Seconds(), (cpu()-c0)/time.Duration(n))
		db.Close()
	}
	for range 2 {
	run("base")
	run("autockpt 4000", "wal_autocheckpoint(4000)")
	run("autockpt 8000", "wal_autocheckpoint(8000)")
	run("mmap 256M", "mmap_size(268435456)")
	run("cache 16M", "cache_size(-16384)")
	run("secure_delete off", "secure_delete(OFF)")
	run("secure_delete fast", "secure_delete(FAST)")
	run("fk off", "foreign_keys(OFF)")
	run("page 8192", "page_size(8192)")
	}
}
