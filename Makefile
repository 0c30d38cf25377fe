# Two commands are enough: `make run` and `make test`.

GO      ?= $(or $(shell command -v go),/usr/local/go/bin/go)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)

# Reading the version is our own affair: go would refuse to build in a folder
# that git thinks belongs to somebody else.
export GO
export GOFLAGS := $(GOFLAGS) -buildvcs=false

# Packages that are worth the race detector: concurrent, and quick to test.
RACE := ./internal/db ./internal/httpd ./internal/live

# Real data that some tests read; it is no part of the project.
ifndef CARAVAN_DATA
CARAVAN_DATA := $(realpath ../shared/data)
endif
ifneq ($(CARAVAN_DATA),)
export CARAVAN_DATA
endif

.PHONY: run build test test-long check race tests bench bench-growth clean

run: ## start the site with demo data on http://localhost:8080
	@.ci/install run
	@$(MAKE) --no-print-directory build
	@exec bin/caravan demo

build: ## the programs, into bin/
	@mkdir -p bin
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

test: ## everything once, in at most eight minutes on two cores
	@.ci/install test
	@$(MAKE) --no-print-directory check race tests LIMIT=20m

test-long: ## the same with full counts, before something is called done
	@.ci/install test
	@CARAVAN_LONG=1 $(MAKE) --no-print-directory check race tests LIMIT=90m

# The parts of test, in the order in which they are quick to fail.

check:
	@unformatted=$$($$($(GO) env GOROOT)/bin/gofmt -l cmd internal migrations static web); \
	  if [ -n "$$unformatted" ]; then echo "gofmt -w needed:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./...
	bin/staticcheck ./...
	@for file in static/js/*.js; do [ -e "$$file" ] || continue; \
	  node --input-type=module --check - < "$$file" || { echo "$$file: syntax error"; exit 1; }; done

race:
	$(GO) test -race -count=1 -timeout $(LIMIT) $(RACE)

# Three programs even on two cores: while one waits for a page or a
# database, another works.
PROGRAMS := $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n > 3 ? n : 3)))

tests:
	$(GO) test -count=1 -p $(PROGRAMS) -timeout $(LIMIT) $$($(GO) list ./... | grep -v -x -F "$$($(GO) list $(RACE))")

bench: build ## our costs against the least that could do the same work
	bin/loadtest bench

bench-growth: build ## the same at ten times the data; KEEP=folder keeps what is filled, so that a run goes on where the last was broken off
	bin/loadtest growth $(if $(KEEP),-keep $(KEEP))

clean:
	rm -rf bin web/node_modules
