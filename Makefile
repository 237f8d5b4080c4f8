# On a fresh machine two commands are enough: `make demo` and `make test`. Both set the machine up first.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Where rustup puts cargo: a shell that was open before the installation does not know it yet.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
target := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help setup build demo test lint cluster bench pins clean

help: ## list these commands
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## bring tools, container engine and base images; safe to repeat
	@.ci/setup.sh

# The development build: ready in a third of the time of a release build, and the tests use the same one.
build: setup ## build civic (target/debug/civic)
	cargo build --package civic

demo: build ## certify the example app: does it survive?
	$(target)/debug/civic certify examples/courtbot

test: setup ## run every check and test
	@.ci/test.sh

lint: ## format, shell scripts and Rust lints, without an engine
	@.ci/test.sh fmt shell clippy

cluster: setup ## apply deploy/ on a real cluster, built from source the first time (Debian 12, root)
	@.ci/test.sh cluster

bench: ## run the benchmarks
	cargo bench --package civic-buildpacks --bench detect
	cargo bench --package civic --bench figures

pins: ## ask the registry for the digests of base images, where one can be reached
	@.ci/pins.sh

clean: ## remove build results, and what interrupted runs left on the engine
	@if [ -x $(target)/debug/civic ]; then $(target)/debug/civic clean --images; fi
	cargo clean
