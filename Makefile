# `make demo` and `make test` work on a machine that has Python 3.11 or newer and nothing else.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
CHECKED = arenas agents opponents tournaments analysis tests

.PHONY: demo test test-slow test-gpu test-real check format organisms clean

demo: $(VENV)/.play  ## install, and play the default tournament
	$(BIN)/python -m tournaments.run

test: check  ## all a contributor runs: style, types, layers, tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -q -n 2

check: $(VENV)/.develop
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports

test-slow: $(VENV)/.organisms  ## tests that take minutes: twenty kills, the training program
	$(BIN)/python -m pytest -q -m slow

test-gpu: $(VENV)/.develop  ## tests that need a GPU
	$(BIN)/python -m pytest -q -m gpu

test-real: $(VENV)/.develop  ## tests with real models: TELLS_REAL_MODELS names a folder with smollm2 and gemma3
	$(BIN)/python -m pytest -q -m real

format: $(VENV)/.develop
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

organisms: $(VENV)/.organisms  ## train the shipped models anew (about half an hour on 2 cores)
	$(BIN)/python -m agents.organisms.train

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "tells needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.play: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/.develop: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(INSTALL) -e ".[dev]"
	@touch $@ $(VENV)/.play

$(VENV)/.organisms: $(VENV)/.develop
	$(INSTALL) -e ".[dev,organisms]"
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
