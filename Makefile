# Everything a newcomer types. Paths may hold spaces; nothing here needs root when gpg is present.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup run check test bench clean test-setup

setup:
	@PYTHON="$(PYTHON)" sh tools/setup.sh run

run: setup
	@"$(BIN)/sourdine" demo

test-setup:
	@PYTHON="$(PYTHON)" sh tools/setup.sh test

check: test-setup
	@sh tools/check.sh everyday

test: test-setup
	@sh tools/check.sh all

bench: test-setup
	@"$(BIN)/python" -m benchmarks
	@"$(BIN)/python" -m benchmarks.serving
	@"$(BIN)/python" -m benchmarks.onion
	@"$(BIN)/python" -m benchmarks.desk
	@"$(BIN)/python" -m benchmarks.registry

clean:
	rm -rf .venv build *.egg-info
