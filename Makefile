# On a fresh machine two commands are enough: `make demo` and `make test`. Both set the machine up first.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Where rustup puts cargo: a shell that was open before the installation does not know it yet.
export PATH := $(PATH):$(or $(CARGO_HOME),$(HOME)/.cargo)/bin
target := $(or $(CARGO_TARGET_DIR),target)

.PHONY: help setup build demo test lint bench clean

help: ## list these commands
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## bring tools, container engine and base images; safe to repeat
	@.ci/setup.sh

build: setup ## build civic (target/release/civic)
	cargo build --release --package civic

demo: build ## certify the example app: does it survive?
	$(target)/release/civic certify examples/courtbot

test: setup ## run every check and test
	@.ci/test.sh

lint: ## format, shell scripts and Rust lints, without an engine
	@.ci/test.sh fmt shell clippy

bench: ## run the benchmarks
	cargo bench --workspace

clean: ## remove build results, and what interrupted runs left on the engine
	@if [ -x $(target)/debug/civic ]; then $(target)/debug/civic clean; \
	elif [ -x $(target)/release/civic ]; then $(target)/release/civic clean; fi
	cargo clean
