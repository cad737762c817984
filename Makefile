# Every target sets up what it needs. `make` alone says what there is.

.DEFAULT_GOAL := help
export CGO_ENABLED := 0
export GOFLAGS := -trimpath

.PHONY: help demo test check bench fuzz build setup race

help: ## say what there is
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## two parties on this machine play a preservation request, from request to close
	go run ./cmd/comity demo $(ARGS)

test: setup ## everything that must hold, on SQLite and PostgreSQL (about 10 minutes)
	./scripts/test

check: setup ## the quick gate before a commit: format, vet, map of imports, short tests
	./scripts/check

bench: setup ## measure speed; BENCH=exchange runs one part; results in bench/results
	go run ./bench $(BENCH)

fuzz: setup ## each decoder's fuzz target for 30 s; FUZZTIME=5m for longer
	./scripts/fuzz

build: ## one static binary, ./bin/comity
	go build -o bin/comity ./cmd/comity

setup: ## install what is missing: PostgreSQL 15, Python 3, OpenSSL (Debian)
	@./scripts/setup
