# make run: set everything up and open the dashboard.   make test: set up and run the tests (test-all: the long ones, too).
# make check: ruff, mypy, import-linter, mkdocs.   make docs: the site in site/.   make detectron2: install Detectron2 (run and test do it, too).

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
PY := $(VENV)/bin/python
PORT ?= 8501
HEADLESS ?=
PYTEST_ARGS ?=
# processes that tests run in side by side; 0: in this one
WORKERS ?= auto

.PHONY: run test test-all check format docs setup detectron2 browser clean help

help:
	@sed -n '1,2p' Makefile | sed 's/^# //'

# The dashboard works without Detectron2, too.
run: $(VENV)/.installed
	@$(MAKE) --no-print-directory $(VENV)/.detectron2 || echo "harec goes on with MoveNet alone"
	$(PY) -m streamlit run streamlit_app.py --server.port $(PORT) $(if $(HEADLESS),--server.headless true)

PYTEST := $(PY) -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

test: $(VENV)/.installed-dev $(VENV)/.detectron2 $(VENV)/.s3 browser
	$(PYTEST) -m "not long" $(PYTEST_ARGS)

test-all: $(VENV)/.installed-dev $(VENV)/.detectron2 $(VENV)/.s3 browser
	$(PYTEST) $(PYTEST_ARGS)

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict --quiet --site-dir $(CURDIR)/$(VENV)/site

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

# Material's notice about MkDocs 2 says nothing about this build.
docs: $(VENV)/.installed-dev
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --strict

setup: $(VENV)/.installed-dev $(VENV)/.detectron2

detectron2: $(VENV)/.installed
	$(PY) -m tools.install_detectron2
	@touch $(VENV)/.detectron2

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "harec needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV) \
	  || { echo "No venv module: install it (Debian: apt-get install python3.11-venv)"; exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(PY) -m pip install --disable-pip-version-check --quiet -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	$(PY) -m pip install --disable-pip-version-check --quiet -r requirements-dev.txt
	@touch $@

$(VENV)/.s3: tests/support/s3-requirements.txt | $(VENV)/bin/python
	$(PY) -m venv $(VENV)/s3
	$(VENV)/s3/bin/python -m pip install --disable-pip-version-check --quiet -r $<
	@touch $@

$(VENV)/.detectron2: tools/install_detectron2.py $(VENV)/.installed
	@$(MAKE) --no-print-directory detectron2

# The browser tests use Debian's chromium. Without it, and without the right to install it, they
# skip and say so.
browser:
	@command -v chromium >/dev/null 2>&1 && exit 0; \
	command -v apt-get >/dev/null 2>&1 || exit 0; \
	if [ "$$(id -u)" = 0 ]; then as=""; \
	elif sudo -n true 2>/dev/null; then as="sudo"; \
	else echo "chromium is missing and may not be installed here: browser tests will skip"; exit 0; fi; \
	echo "installing chromium for the browser tests"; \
	{ $$as apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
	  $$as apt-get install -y -qq --no-install-recommends chromium >/dev/null; } \
	|| echo "chromium could not be installed: browser tests will skip"

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache site
