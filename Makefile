# dcosup: `make demo` installs a cluster on seven nodes on this machine;
# `make test` proves the whole. Every target installs what it needs, saying so.

GO      ?= go
# What vet has to say, lint says.
GOTEST   = $(GO) test -vet=off
LAB_DIR ?= .lab
LAB_NAME ?= dcosup-lab
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X dcosup/cli.version=$(VERSION)

export CGO_ENABLED ?= 0

.PHONY: build demo lab-up lab-down lab-tools test test-unit test-ansible test-here test-demo test-lab test-e2e test-vagrant lint bench clean

build: bin/dcosup

# One static binary: it runs here, and is copied to the bootstrap node.
bin/dcosup: $(shell find . -path ./.git -prune -o -path ./bin -prune -o -path './.lab*' -prune -o -path ./testing -prune -o -type f -print)
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ .

bin/lab: $(shell find testing/lab -type f) go.mod
	$(GO) build -trimpath -o $@ ./testing/lab/cmd/lab

# A cluster of seven nodes on this machine, from nothing.
demo: bin/dcosup lab-up
	bin/dcosup apply -i $(LAB_DIR)/hosts
	bin/dcosup status -i $(LAB_DIR)/hosts
	@echo
	@echo "The lab's cluster is up. To look around:"
	@echo "  bin/dcosup status -i $(LAB_DIR)/hosts      # ask the cluster"
	@echo "  bin/lab status --dir $(LAB_DIR)              # the nodes and their addresses"
	@echo "  bin/lab ssh --dir $(LAB_DIR) master-1        # a shell on a node"
	@echo "  make lab-down                           # remove it all"

lab-up: bin/lab lab-tools
	bin/lab up --dir $(LAB_DIR) --name $(LAB_NAME)

lab-down: bin/lab
	bin/lab down --dir $(LAB_DIR)

lab-tools:
	sh testing/lab/prepare.sh docker mmdebstrap ssh

# Beside the demo, which waits for packages, what needs no nodes. Everything else has the
# machine for itself: labs that share its processors only keep each other waiting.
test:
	@$(MAKE) -j 2 test-here test-demo
	@$(MAKE) test-e2e
	@$(MAKE) test-lab
	@$(MAKE) test-vagrant

test-here:
	@$(MAKE) lint
	@$(MAKE) test-unit
	@$(MAKE) test-ansible

lint:
	sh testing/lab/prepare.sh shellcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo 'run gofmt -w on these files'; exit 1; }
	$(GO) vet -tags lab,ansible ./...
	$(GO) tool staticcheck -tags lab,ansible ./...
	shellcheck $$(git ls-files '*.sh' | xargs grep -l '^#!/')
	shellcheck -s sh $$(git ls-files '*.sh' | xargs grep -L '^#!/') # parts of scripts that nodes get

# What needs no Docker: everything but the nodes themselves, the longest first. -race
# needs cgo; go's own bound of 10 minutes a package is for machines with nothing else to
# do.
test-unit:
	sh testing/lab/prepare.sh gcc ssh sshd dash busybox tcsh fish curl xz shellcheck
	CGO_ENABLED=1 $(GOTEST) -race -timeout 30m ./roles ./remote ./cli ./...
	$(GOTEST) -run 'Hostile|Bombs' ./inventory ./inventory/template # not for the race detector

# Inventories, vaults and ansible.cfg as Ansible itself reads them, and config.yaml
# as Python does.
test-ansible:
	sh testing/lab/prepare.sh ansible
	$(GOTEST) -tags ansible -run Judge ./inventory/... ./genconf ./roles

# The rooms on real nodes, two at once, first those with most tests: the tests of the
# files that ask for the lab. What else is in their packages, and races, test-unit tries.
test-lab: bin/dcosup lab-tools
	@set -eu; \
	files=$$(grep -rl --include='*_test.go' '^//go:build lab' installer remote roles testing/lab); \
	tests=$$(sed -n 's/^func \(Test[[:alnum:]_]*\)(t .*/\1/p' $$files | sort -u | paste -sd '|'); \
	packages=$$(for f in $$files; do echo "./$${f%/*}"; done | sort | uniq -c | sort -rn | sed 's/.* //'); \
	set -x; $(GOTEST) -tags lab -p 2 -timeout 60m -run "^($${tests:?})$$" $$packages

# The demo as a newcomer runs it, on a lab of its own.
test-demo: bin/lab
	@$(MAKE) --no-print-directory demo LAB_DIR=.lab/demo LAB_NAME=dcosup-demo; code=$$?; bin/lab down --dir .lab/demo; exit $$code

# Whole runs on seven nodes. The bounds of time are for slow machines.
test-e2e: bin/dcosup lab-tools
	sh testing/lab/prepare.sh ansible
	$(GOTEST) -tags lab -count 1 -v -timeout 80m ./testing/e2e

# Vagrant asks about all containers that there are, and fails when one is not there any
# more: nothing else may run.
test-vagrant: bin/dcosup bin/lab lab-tools
	sh testing/vagrant/test.sh

# Comparisons: ratios from one run, on this machine. Most of the time is Ansible's and
# mitogen's, on the farm of 200 nodes.
bench: bin/dcosup lab-tools
	sh testing/lab/prepare.sh sshd ansible mitogen clustershell pssh
	$(GO) test -tags ansible -count 1 -run '^$$' -bench List -benchtime 5x ./inventory
	$(GO) test -tags lab -count 1 -run '^$$' -bench . -timeout 90m ./testing/bench

clean:
	rm -rf bin
