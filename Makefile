# The exchange's one-word commands. `make run` and `make test` do all their own set-up.
#
#   make run        builds and starts the exchange on the embedded default, data in ./data
#   make test       runs every test: house rules, units, simulation, fuzz corpus, real phones
#   make build      release binaries at .build/release/{pbxd,pbxctl,pbxsim,pbxload}
#   make sim        simulated runs, a process a seed: SEEDS=1..200 ARGS="--faults usual"
#   make bench      measures against the peers and prints the ratios (Benchmarks/README.md)
#   make fuzz       fuzzes every target: SECONDS=30 TARGETS="SIPDatagram URI"
#   make tidy       layout and house rules
#   make format     lays the sources out as `make tidy` wants them
#   make deps       the toolchain's version and the packages of Debian, installed when missing
#   make nightly    sanitizer builds, long fuzzing, long simulation
#
# JOBS is how many compilers and tests run at once (default: as many as processors).

SHELL := /bin/sh
JOBS ?= $(shell nproc)
SECONDS ?= 30
TARGETS ?=
# Real phones wait more than they work: a third of a processor each.
PHONE_JOBS ?= $(shell expr $(JOBS) \* 3)
SEEDS ?= 1..200
ARGS ?=
SWIFT_FLAGS := --explicit-target-dependency-import-check error -j $(JOBS)
PYTEST := $(CURDIR)/.build-interop/venv/bin/pytest

.NOTPARALLEL:
.PHONY: run test build sim bench fuzz tidy format deps nightly \
	debug lint rules unit simulation seeds interop

run: build
	.build/release/pbxd $(ARGS)

test:
	scripts/test

build: deps
	swift build -c release $(SWIFT_FLAGS)

sim: build
	.build/release/pbxsim soak --seeds $(SEEDS) --jobs $(JOBS) $(ARGS)

bench: build
	Benchmarks/run

fuzz: deps
	Fuzz/run $(SECONDS) $(JOBS) $(TARGETS)

tidy: lint rules

format:
	swift format format --in-place --parallel --recursive Sources Tests Fuzz Benchmarks Package.swift

deps:
	@scripts/deps build

nightly: deps
	scripts/nightly

# The parts of `make test`, one a stage.

debug: deps
	swift build --build-tests $(SWIFT_FLAGS)

lint: deps
	swift format lint --strict --recursive --parallel Sources Tests Fuzz Benchmarks Package.swift

rules: debug
	swift test --skip-build --filter '^TidyTests\.'

unit: debug
	swift test --skip-build --skip '^(TidyTests|SimTests)\.'

# A process a run, of the release build: it has the same traces (`seeds` proves that), sooner.
simulation: debug build
	PBXSIM_PRODUCTS=$(CURDIR)/.build/release swift test --skip-build --filter '^SimTests\.'

seeds: build
	scripts/seeds

interop: build
	Tests/Interop/setup.sh
	@# Real phones keep real time: what fails beside others is tried once more, alone, and counts then.
	cd Tests/Interop && { $(PYTEST) -n $(PHONE_JOBS) $(ARGS) || $(PYTEST) --last-failed --last-failed-no-failures none $(ARGS); }
