.DEFAULT_GOAL := help
.PHONY: help run test check fix bench fuzz soak demo setup tools format lint types layers deps screenshots

export UV_PYTHON_DOWNLOADS = never
export UV_COMPILE_BYTECODE = 1
# Without compiled modules every start takes seconds: some machines switch them off.
unexport PYTHONDONTWRITEBYTECODE

# uv from the machine when it is there, else from a .venv that is made for it.
UV := $(or $(shell command -v uv 2>/dev/null),.venv/bin/uv)
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
SYNC := $(UV) sync --locked --inexact --all-packages --quiet
IN := .venv/bin/
# Tests make thousands of databases: in memory, where there is room for them.
ROOM := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 6000000 {print "/dev/shm"}')

help:    ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/bin/uv  ## Start the server on http://127.0.0.1:8420, with its data in ./var
	@$(SYNC) --no-dev
	@KEYFOB_DATA_DIR=$${KEYFOB_DATA_DIR:-var} exec $(IN)keyfob serve

test: setup tools  ## All tests, with what they need: PostgreSQL, a browser, fish
	@rm -f .coverage .coverage.*
	@$(if $(ROOM),TMPDIR=$(ROOM) )$(IN)coverage run -m pytest --numprocesses auto --dist worksteal $(ARGS)
	@$(IN)coverage combine --quiet
	@$(IN)coverage report

check: setup format lint types layers deps test  ## What CI runs

fix: setup  ## Format, and repair what can be repaired
	@$(IN)ruff format
	@$(IN)ruff check --fix

bench: setup tools  ## Measure; prints a table, checks every answer (ARGS=--stored=10000000)
	@sh benchmarks/tools.sh
	@sh benchmarks/express-gateway.sh
	@$(IN)python benchmarks/run.py $(ARGS)

fuzz: setup  ## A million odd inputs for the gate; fails at the first with two readings
	@PYTHONPATH=tests $(IN)python -m support.fuzz $(ARGS)

soak: setup  ## Ten minutes of full load while tokens come and go; a wrong verdict ends it
	@sh benchmarks/tools.sh
	@$(IN)python benchmarks/soak.py $(ARGS)

demo: setup  ## A server filled with accounts, users and tokens; its sign-in is printed
	@$(IN)python examples/demo.py

screenshots: setup tools  ## Pictures of every page into build/screenshots; the best ones into docs/images
	@$(IN)python docs/images/take.py

setup: .venv/bin/uv
	@$(SYNC)

tools:  # what pip cannot bring: a browser, and fish for the command line's promise
	@sh tests/support/tools.sh

format:
	@$(IN)ruff format --check

lint:
	@$(IN)ruff check

types:
	@$(IN)basedpyright
	@$(IN)mypy --strict --package keyfob_client

layers:
	@$(IN)lint-imports

deps:
	@$(IN)deptry src
	@$(IN)deptry packages/keyfob-client/src --config packages/keyfob-client/pyproject.toml

.venv/bin/uv:
	@test -n "$(PYTHON)" || { echo "Keyfob needs Python 3.11 or newer, with venv (Debian: apt-get install python3-venv)." >&2; exit 1; }
	@$(if $(filter .venv/bin/uv,$(UV)),$(PYTHON) -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check uv,mkdir -p .venv/bin && $(UV) venv --quiet --allow-existing --python $(PYTHON) .venv && ln -sf $(UV) .venv/bin/uv)
