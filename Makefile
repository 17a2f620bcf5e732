# `make help` lists the targets; `make test` and `make demo` work as the first
# command on a machine with Python 3.11, a C++ compiler and make.

# Overridable: make VENV=/elsewhere PYTHON=/opt/python3.11/bin/python3 env
VENV ?= .venv
PYTHON ?= python3.11
# Extra arguments: make test ARGS='-k losses -x', make demo ARGS=--help
ARGS ?=

BIN = $(VENV)/bin
# Only what is there: a directory that does not exist is an error for ruff.
SOURCES = $(wildcard reldistill_mm configs tools tests projects setup.py)

.DEFAULT_GOAL := help
.PHONY: help env test demo lint wheel clean distclean

help:  ## List the targets
	@grep -hE '^[a-z]+:.*## ' Makefile | \
	    awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'
	@echo 'Variables: VENV=$(VENV) PYTHON=$(PYTHON) ARGS=$(ARGS)'

# exec: who ends make ends the set-up itself, not just a shell above it.
env:  ## Make the environment in $(VENV); quick when nothing changed
	@"$(PYTHON)" -c '' 2>/dev/null || { echo "make env: '$(PYTHON)' does\
	 not run: install Python 3.11 (apt-get install python3.11\
	 python3.11-venv python3.11-dev) or say PYTHON=/path/to/python3.11" \
	    | tr -d '\t' >&2; exit 1; }
	@exec "$(PYTHON)" tools/env/setup_env.py --venv "$(VENV)"

test: env  ## Run the tests
	"$(BIN)/python" -m pytest tests $(ARGS)

demo: env  ## Run the demonstration on synthetic data
	"$(BIN)/python" tools/demo.py $(ARGS)

lint: env  ## Check style: ruff, and what isort and yapf would change
	"$(BIN)/python" -m ruff check $(SOURCES)
	"$(BIN)/python" -m isort --check-only --diff $(SOURCES)
	"$(BIN)/python" -m yapf --diff --recursive $(SOURCES)

wheel: env  ## Build the wheel of this project into dist/
	rm -rf build
	"$(BIN)/python" -m pip wheel --no-deps --no-build-isolation \
	    --wheel-dir dist .

clean:  ## Remove what builds and tests left behind
	rm -rf build dist ./*.egg-info .pytest_cache .ruff_cache \
	    reldistill_mm/.mim
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean  ## clean, and remove $(VENV) (cached wheels stay)
	@if [ -e "$(VENV)" ] && [ ! -e "$(VENV)/pyvenv.cfg" ]; then \
	    echo "make distclean: $(VENV) is no virtual environment" >&2; \
	    exit 1; fi
	rm -rf "$(VENV)"
