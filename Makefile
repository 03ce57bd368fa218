# make demo    installs what is missing, builds, audits the demo case and says where its report is
# make test    installs what is missing, lints, builds and runs every test
# make format  formats the sources

SHELL := /bin/bash
PACKAGES := $(shell sed 's/\#.*//' apt-packages.txt)
ASSAY := .build/release/assay
DEMO := Fixtures/demo
CASE ?= demo-case
# Tests see internals and run optimized, so they have a build of their own.
TESTING := -c release -Xswiftc -enable-testing --scratch-path .build/testing
# One worker thread a test process: tests run side by side.
export OPENBLAS_NUM_THREADS := 1

.PHONY: deps build demo demo-report charts test lint format

deps:
	@missing=$$(for p in $(PACKAGES); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo "Installing:" $$missing; \
	  as_root=$$([ $$(id -u) = 0 ] || echo sudo); \
	  $$as_root apt-get -o DPkg::Lock::Timeout=300 update -qq && \
	  DEBIAN_FRONTEND=noninteractive $$as_root apt-get -o DPkg::Lock::Timeout=300 install -y -qq --no-install-recommends $$missing; \
	fi

build: deps
	swift build -c release --product assay

demo: build
	@$(ASSAY) audit $(DEMO)/model.h5 --images $(DEMO)/suspect.h5 --oracle $(DEMO)/oracle.h5 --pool $(DEMO)/pool.h5 \
	  --labels $(DEMO)/labels.txt --templates $(DEMO)/templates.txt --out $(CASE) --threads 2; \
	status=$$?; \
	if [ $$status -gt 1 ]; then exit $$status; fi; \
	echo; echo "The demo model carries a backdoor on purpose. Its report: $(CASE)/report.pdf"

# The committed copy of the demo's report, from the start: a case that an earlier build began keeps what that build found.
demo-report:
	rm -rf $(CASE)
	$(MAKE) demo
	mkdir -p Reports/demo
	cp $(CASE)/report.pdf $(CASE)/findings.json Reports/demo/
	pdftoppm -r 80 -png -f 1 -l 1 -singlefile Reports/demo/report.pdf Reports/demo/page-1

# Every chart from fixed data, to look at after a change.
charts:
	swift build $(TESTING) --build-tests
	ASSAY_CHARTS=Reports/charts.pdf swift test $(TESTING) --skip-build --filter ChartSheetTests

lint: deps
	swift format lint --strict --recursive Sources Tests Package.swift

test: lint
	swift build $(TESTING) --build-tests
	swift test $(TESTING) --skip-build

format:
	swift format -i --recursive Sources Tests Package.swift
