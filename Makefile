# Everything from a fresh clone with nothing but make and Python 3.11 or newer (with venv).
# `make help` lists the targets.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
# -qq hides warnings about the machine's own index settings; errors still show.
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq
INSTALL := tools/install-pinned $(BIN)/python
PINS := requirements/install.txt requirements/run.txt
# Bytecode, also where PYTHONDONTWRITEBYTECODE keeps Python from writing it: compiling all anew is a fifth of a short command's time.
COMPILE := $(BIN)/python -m compileall -q src lambda/src

# A virtual environment holds absolute paths. One that was made elsewhere (a copied or moved clone) would
# silently run the code of the other place, so it is made again.
ifneq ($(shell cat .venv/.made-in 2>/dev/null),$(CURDIR))
$(BIN)/python .venv/.setup-done .venv/.dev-done: made-elsewhere
.PHONY: made-elsewhere
endif

.PHONY: help setup dev-setup demo test slow test-node kernel lint format fuzz layer bench pins sbom site clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: .venv/.setup-done ## .venv with the narrows command

dev-setup: .venv/.dev-done ## setup, and what tests, checks and benches need

demo: setup ## the incident in three acts: simulate, diagnose, plan, prove
	@$(BIN)/narrows demo

test: dev-setup ## all checks, and the tests but the slow ones
	@tools/system-packages
	@$(MAKE) --jobs=2 --output-sync lint kernel
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not slow"

slow: dev-setup ## the tests that try many seeds, cases, faults and engines (CI runs them after make test)
	@tools/system-packages
	$(BIN)/python -m pytest -n 2 --dist worksteal -m slow

test-node: dev-setup ## the Node.js package in real runtimes, with real clients: its truth table (installs them)
	@tools/system-packages
	@tools/node-clients
	$(BIN)/python -m pytest -n 2 tests/node -m "not lab"
	$(BIN)/python -m tests.node

# Else both test processes would begin with compiling it, and wait for that.
kernel: dev-setup
	@$(BIN)/narrows simulate examples/scenarios/launch-load-test.yaml --scale 0.01 >/dev/null

lint: dev-setup ## ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: dev-setup ## let ruff mend and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

HOURS ?= 1
fuzz: dev-setup ## every reader gets changed files for HOURS=1, on both cores
	$(BIN)/python -m tests.fuzz --hours $(HOURS) --jobs 2

layer: dev-setup ## the Lambda layer with the sensor and the thaw guard (writes dist/)
	$(BIN)/python lambda/layer/build.py --to dist

bench: dev-setup ## speed, size and truth, measured side by side
	$(BIN)/python -m bench

pins: dev-setup ## pin the newest versions that fit, with their hashes (writes requirements/)
	@PATH="$(CURDIR)/$(BIN):$$PATH" tools/pin-versions --upgrade

sbom: setup ## what a run of narrows is made of (writes dist/narrows.cdx.json, CycloneDX)
	@PYTHON="$(BIN)/python" tools/write-sbom dist/narrows.cdx.json

site: dev-setup ## the documentation as a site (writes dist/site)
	@$(BIN)/python tools/site_source.py
	@$(BIN)/zensical build --strict

clean: ## remove everything that make made
	rm -rf .venv .cache dist build .hypothesis .mypy_cache .pytest_cache .ruff_cache fuzz-findings
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@python=$$(tools/find-python) && "$$python" -m venv --clear .venv && echo "$(CURDIR)" > .venv/.made-in

# Order-only after the interpreter: its symlink carries the date of the Python it points to.
# pip is replaced by the pinned one before it installs anything else.
.venv/.setup-done: pyproject.toml lambda/pyproject.toml $(PINS) | $(BIN)/python
	@echo "narrows: installing into .venv"
	@$(INSTALL) requirements/install.txt
	@$(INSTALL) requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation -e lambda -e .
	@$(COMPILE)
	@touch $@

.venv/.dev-done: .venv/.setup-done requirements/dev.txt .venv/terraform/.done
	@echo "narrows: installing what tests and benches need"
	@$(INSTALL) requirements/run.txt requirements/dev.txt
	@touch $@

# Terraform for tests, in an environment of its own: narrows never needs it.
.venv/terraform/.done: requirements/terraform.txt | $(BIN)/python
	@echo "narrows: installing Terraform, for tests"
	@$(BIN)/python -m venv --clear .venv/terraform
	@tools/install-pinned .venv/terraform/bin/python $<
	@touch $@
