# Every target sets up what it needs. `make` alone says what there is.

.DEFAULT_GOAL := help
export CGO_ENABLED := 0
export GOFLAGS := -trimpath

.PHONY: help demo test check bench fuzz build setup race shots

help: ## say what there is
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## two parties on this machine play a request from beginning to end; then both desks are open
	go run ./cmd/comity demo $(ARGS)

test: setup ## everything that must hold, on SQLite, PostgreSQL and in the browser (about 15 minutes)
	./scripts/test

check: setup ## the quick gate before a commit: format, vet, map of imports, short tests
	./scripts/check

bench: setup ## measure speed; BENCH=exchange runs one part; results in bench/results
	go run ./bench $(BENCH)

fuzz: setup ## each decoder's fuzz target for 30 s; FUZZTIME=5m for longer
	./scripts/fuzz

shots: setup build ## a picture of every page of the desk, in both languages, in e2e/shots
	rm -rf e2e/shots && node e2e/run.mjs --comity bin/comity --out e2e/shots --shots

build: ## one static binary, ./bin/comity
	go build -o bin/comity ./cmd/comity

setup: ## install what is missing: PostgreSQL 15, Python 3, OpenSSL, Chromium (Debian), Playwright (npm)
	@./scripts/setup
