# make test    everything that has to hold, as CI runs it
# make bench   the speed bars, as ratios against a baseline in the same run
# make fuzz    every fuzz target for FUZZTIME (default 1m each)
# make soak    writers, repetitions, readers and kills for SOAKTIME (default 10m), and ledgers of 5,000,000 entries
# make foreign other people's checkers over a ledger written here
# make test-browser   the pages in Chromium, as an officer uses them; ASSIZE_BROWSER_OUT=DIR keeps screenshots
# make test-chart     Helm, Kubernetes' types and BuildKit over what stands in deploy (first run builds them: 5 minutes)
# make test-cluster   the webhook asked by a real Kubernetes API server on loopback (first run builds it: 5 minutes)
# make test-interop   a real cosign and a real Sigstore instance on loopback, both ways (first run builds them: 4 minutes)

GO       ?= go
FUZZTIME ?= 1m
SOAKTIME ?= 10m
LOG      ?= $(or $(TMPDIR),/tmp)/assize-test.log

.PHONY: test test-chart test-cluster test-interop test-browser lint bench fuzz foreign build

build:
	$(GO) build -o assize ./cmd/assize

test: lint
	@.ci/gotest "$(LOG)" ./... ./testdata/gen/... ./testdata/german-credit/...
	@$(MAKE) --no-print-directory foreign

lint:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt these files:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./... ./testdata/gen/... ./testdata/german-credit/...

test-chart:
	cd testdata/chart && $(GO) vet ./... && $(GO) test -count=1 -timeout 30m ./...

test-cluster:
	cd testdata/cluster && $(GO) vet ./... && $(GO) test -count=1 -timeout 20m ./...

test-interop:
	cd testdata/interop && $(GO) vet ./... && $(GO) test -count=1 -timeout 15m ./...

# The binary is built beside the tests, so that what is walked is what was tested.
test-browser:
	$(GO) build -o testdata/browser/out/assize ./cmd/assize
	cd testdata/browser && npm ci --silent --no-audit --no-fund --ignore-scripts
	cd testdata/browser && ASSIZE_BINARY="$$PWD/out/assize" ASSIZE_BROWSER_OUT="$${ASSIZE_BROWSER_OUT:-$$PWD/out}" node --test verify.test.mjs stories.test.mjs

foreign:
	cd testdata/foreign && $(GO) test -count=1 ./...

# ASSIZE_BENCH_ENTRIES=1000000 states the bars for a ledger of that size.
bench:
	$(GO) test -run '^$$' -bench . -benchtime 1s ./attest ./attest/predicate ./policy ./policy/stat
	$(GO) test -run '^$$' -bench 'Judge|Again|Record' -benchtime 1s ./policy/gate
	$(GO) test -run '^$$' -bench Book -benchtime 20x -count 3 ./policy/gate
	$(GO) test -run '^$$' -bench Grown -benchtime 1x ./policy/gate
	ASSIZE_BENCH_MODELS=10000 $(GO) test -run '^$$' -bench Inventory -benchtime 1x ./reports
	$(GO) test -run '^$$' -bench Audit -benchtime 1s ./reports
	$(GO) test -run '^$$' -bench . -benchtime 1x ./ledger/evidence
	$(GO) test -run '^$$' -bench 'Append|Lookup' -benchtime 20000x ./ledger/sqlite ./ledger/postgres
	$(GO) test -run '^$$' -bench Alone -benchtime 1000x ./ledger/sqlite ./ledger/postgres
	$(GO) test -run '^$$' -bench 'Growth|Disk' -benchtime 1x -timeout 60m -p 1 ./ledger/sqlite ./ledger/postgres
	$(GO) test -run '^$$' -bench 'Pod|FirstSight|Memory' -benchtime 1x -timeout 60m ./api/admission
	$(GO) test -run '^$$' -bench Replicas -benchtime 1x ./cmd/assize
	$(GO) test -run '^$$' -bench Check -benchtime 1x ./ledger/sqlite

soak:
	ASSIZE_SOAK=$(SOAKTIME) ASSIZE_KILL_ROUNDS=1200 $(GO) test -count=1 -timeout 24h -p 1 -v -run 'Soak|Killed|Terminated|AnswerLost|Failover' ./ledger/sqlite ./ledger/postgres
	ASSIZE_BENCH_GROWN=5000000 $(GO) test -run '^$$' -bench Growth -benchtime 1x -timeout 24h -p 1 ./ledger/sqlite ./ledger/postgres

fuzz:
	@.ci/fuzz "$(FUZZTIME)"
