// Command gen makes the desk's style sheet and script of their sources.
package main

import (
	"log"

	"comity/web/asset/bundle"
)

func main() {
	if err := bundle.Write("."); err != nil {
		log.Fatal(err)
	}
}
