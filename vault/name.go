package vault

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"comity"

	"golang.org/x/text/unicode/norm"
)

// reserved are what Windows takes for a device, whatever extension follows.
var reserved = strings.Fields(`CON PRN AUX NUL CONIN$ CONOUT$ CLOCK$
	COM0 COM1 COM2 COM3 COM4 COM5 COM6 COM7 COM8 COM9 COM¹ COM² COM³
	LPT0 LPT1 LPT2 LPT3 LPT4 LPT5 LPT6 LPT7 LPT8 LPT9 LPT¹ LPT² LPT³`)

// CheckName refuses a file name that would be anything but a plain visible file
// in the folder in which it is written, on any system. It is stricter than the
// specification is of a manifest: what a peer may call a file, an officer may
// have to rename.
func CheckName(name string) error {
	bad := func(why string) error {
		return comity.Fieldf("name", "%q %s; use one such as %q", comity.Clip(name), why, "order.pdf")
	}
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch {
	case name == "" || len(name) > 255:
		return bad("is empty or longer than 255 bytes")
	case !utf8.ValidString(name) || !norm.NFC.IsNormalString(name):
		return bad("is not UTF-8 in form NFC")
	case strings.ContainsAny(name, `/\:*?"<>|`):
		return bad(`has one of / \ : * ? " < > |`)
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsGraphic(r) }):
		return bad("has a character that does not show, or that turns the direction of writing")
	case strings.HasPrefix(name, ".") || strings.HasSuffix(name, "."):
		return bad("begins or ends with a dot")
	case strings.TrimSpace(name) != name:
		return bad("begins or ends with a space")
	}
	for _, r := range reserved {
		if stem == r {
			return bad("is the name of a device on Windows")
		}
	}
	return nil
}

// WriteFile decrypts a file into a folder under a name. The file appears whole
// and verified, or not at all, and never in place of another.
func (v *Vault) WriteFile(dir *os.Root, name string, file comity.File, key comity.FileKey) (err error) {
	if err := CheckName(name); err != nil {
		return err
	}
	taken := comity.Errorf(comity.Conflict, "there is a %q already", name)
	if _, err := dir.Lstat(name); err == nil { // a link that leads nowhere counts too
		return taken
	}
	tmp := ".comity-" + rand.Text() + ".part"
	f, err := dir.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := dir.Remove(tmp); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}()
	err = v.Decrypt(file, key, f)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	err = dir.Link(tmp, name) // unlike a renaming, it does not replace
	if errors.Is(err, fs.ErrExist) {
		return taken
	}
	if err != nil { // there are no links on a stick
		err = dir.Rename(tmp, name)
	}
	if err != nil {
		return err
	}
	d, err := dir.Open(".")
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
