# Every target is one command for one purpose. Go is all that is needed.

SHELL = bash
.SHELLFLAGS = -o pipefail -c

GO ?= go
LINTER = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ADDR ?= 127.0.0.1:8080
SEEDS ?= 200
FUZZTIME ?= 20s
BENCHTIME ?= 1s
CASES ?= 1000000
ROUNDS ?= 100
MESSAGES ?= 10000

.PHONY: demo test race lint bench fuzz noninterference consent-reference linearisable mllp

# A working gateway with people in it, on ADDR; Ctrl-C ends it.
demo:
	@$(GO) run ./cmd/concord demo --addr $(ADDR)

# What must be green before anything lands. One line a package when it is.
test:
	@$(GO) vet ./...
	@$(GO) test ./... | { grep -v -e 'no test files' || true; }

race:
	@$(GO) test -race ./... | { grep -v -e '^ok' -e 'no test files' || true; }

lint:
	@$(GO) run $(LINTER) run

# Figures, each beside its ceiling.
bench:
	@$(GO) test -run '^$$' -bench . -benchtime $(BENCHTIME) -benchmem ./... | { grep -v -e '^ok' -e 'no test files' -e '^PASS' || true; }

# Each fuzz test for FUZZTIME.
fuzz:
	@set -e; for dir in $$(grep -rl --include=*_test.go '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for name in $$(grep -h -o '^func Fuzz[A-Za-z0-9_]*' $$dir/*_test.go | cut -c6-); do \
			$(GO) test -run '^$$' -fuzz "^$$name\$$" -fuzztime $(FUZZTIME) $$dir; \
		done; \
	done

# The twin-store test with SEEDS stores instead of the few of "make test".
noninterference:
	@CONCORD_SEEDS=$(SEEDS) $(GO) test -count=1 -timeout 0 -run TwinStores ./...

# The consent engine against the naive evaluator on CASES random cases instead of the few of "make test".
consent-reference:
	@CONCORD_CASES=$(CASES) $(GO) test -count=1 -timeout 0 -v -run TestChoicesAreDecidedAsTheReferenceSays ./consent

# Nodes that stall and die, readers, and people who change their minds: ROUNDS histories of each kind.
linearisable:
	@CONCORD_ROUNDS=$(ROUNDS) $(GO) test -count=1 -timeout 0 -run RevocationIs ./cmd/concord

# MESSAGES over MLLP on each store, with lines cut and the gateway killed: each taken once, in order.
mllp:
	@CONCORD_MESSAGES=$(MESSAGES) $(GO) test -count=1 -timeout 0 -v -run TestEachMessageIsTakenOnce ./cmd/concord
