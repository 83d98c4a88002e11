# make run | setup | test | test-browser | test-engine | catalogues | mutants | storm | bench | load
#      | language | lock
# PYTHON=python3.12 VENV=.venv312 tries another Python.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.PHONY: run setup test test-core test-adapters test-journeys-1 test-journeys-2 test-rest check audit test-slow test-browser test-engine catalogues mutants storm bench load language lock

run: setup
	@exec $(BIN)/python -m bots run

setup: $(VENV)/.ready

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "tifo needs Python 3.11 or newer on the PATH."; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "Python's venv module is missing: install python3-venv (Debian, Ubuntu)."; exit 1; }

$(VENV)/.ready: requirements.lock | $(VENV)/bin/python
	@echo "Installing what tifo needs (once)."
	@$(PIP) --no-compile -r requirements.lock
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "Installing what its tests need (once)."
	@$(PIP) -r requirements-dev.lock
	@touch $@

# The same set-up, then lint, types, import contracts and all tests.
test: check
	@$(MAKE) --no-print-directory -j5 --output-sync=target \
		test-core test-adapters test-journeys-1 test-journeys-2 test-rest

# Most of each is waiting for clocks and processes: side by side they take little more than one.
PYTEST = $(BIN)/python -m pytest -q -m "not browser and not engine and not slow"
test-core:
	$(PYTEST) tests/core
test-adapters:
	$(PYTEST) tests/adapters
test-journeys-1:
	$(PYTEST) tests/journeys/test_[a-o]*.py
test-journeys-2:
	$(PYTEST) tests/journeys/test_[p-z]*.py
test-rest:
	$(PYTEST) tests/bots tests/chaos tests/test_*.py

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	PYTHONPATH=. $(BIN)/lint-imports

# Known vulnerabilities in what is pinned; needs to reach the advisories.
audit: $(VENV)/.ready-dev
	$(BIN)/pip-audit --disable-pip --require-hashes --progress-spinner off -r requirements.lock

# The page in a real Chromium, found by TIFO_TEST_CHROMIUM or on the PATH.
test-browser: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -q -m browser

# What takes long and changes seldom: exact token counts, thousands of spoilt translations.
test-slow: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -q -m slow

# Against a real engine; TIFO_TEST_ENGINE_PYTHON names a Python with torch and transformers[serving].
test-engine: $(VENV)/.ready-dev
	$(BIN)/python -m pytest -q -m engine --timeout 600

# What the bot itself says: checks core/language/locales/*.po, orders them, compiles them to *.mo.
catalogues: $(VENV)/.ready
	$(BIN)/python -m core.language.catalogues

# Puts each known fault into the protocol and expects the tests to find it.
mutants: $(VENV)/.ready-dev
	PYTHONPATH=. $(BIN)/python -m tests.chaos.mutants

# Seeded chaos on real processes for as long as SECONDS says; a line for each row of the scoreboard.
SECONDS ?= 60
SEED ?= 1
storm: $(VENV)/.ready-dev
	PYTHONPATH=. $(BIN)/python -m tests.chaos.storm --seed $(SEED) --seconds $(SECONDS)

bench: $(VENV)/.ready-dev
	PYTHONPATH=. $(BIN)/python -m tests.bench.path
	PYTHONPATH=. $(BIN)/python -m tests.bench.mailbox
	PYTHONPATH=. $(BIN)/python -m tests.bench.prefix

# tifo under load, beside a bare floor and, where the package openai is installed, a plain bot.
load: $(VENV)/.ready-dev
	PYTHONPATH=. $(BIN)/python -m tests.bench.load

# The detection of languages, measured beside others; DATA has `public`, `wordlists`, `chat-probes.tsv`.
# `… -m tests.bench.language train --data …` makes core/language/model anew.
language: $(VENV)/.ready-dev
	PYTHONPATH=. $(BIN)/python -m tests.bench.language measure --data $(DATA)

# Pins with hashes, for every platform; no address goes into the files.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --group dev -c requirements.lock pyproject.toml \
		-o requirements-dev.lock
