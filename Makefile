# One word per wish. `make help` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run test lint bench

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.installed ## install what is needed and start the product
	@exec $(BIN)/python manage.py serve

setup: $(VENV)/.installed-dev ## install what developing needs, a browser included
	$(BIN)/python -m tests.browser_setup

# compiled once, whatever the shell says: or else every worker and every server does
test: export PYTHONDONTWRITEBYTECODE =
test: setup ## run every test; ARGS="-k words" runs some
	$(BIN)/python -m pytest -n auto $(ARGS)
	$(BIN)/python -m tests.on_postgres -n auto $(ARGS)

lint: $(VENV)/.installed-dev ## check format, style, types, imports, migrations, settings
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# a site as it would be in production, with keys and databases of its own
	@export VAR_DIR=$$(mktemp -d) HOST=0.0.0.0 ALLOWED_HOSTS=chat.example.org; \
		trap 'rm -rf "$$VAR_DIR"' EXIT; set -ex; \
		$(BIN)/python manage.py makemigrations --check --dry-run; \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

bench: $(VENV)/.installed-dev ## measure, into benchmarks/results
	$(BIN)/python -m benchmarks $(ARGS)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed. Where it has another name: make PYTHON=python3.12 run" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		rm -rf $(VENV); \
		echo "No virtual environment could be made. On Debian and Ubuntu: apt install python3-venv" >&2; \
		exit 1; }

# the stamps: installed since the list last changed
$(VENV)/.installed: requirements.txt constraints.txt | $(BIN)/python
	@echo "Installing requirements.txt ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt constraints.txt requirements-redis.txt requirements-dev.txt requirements-embeddings.txt | $(BIN)/python
	@echo "Installing requirements-dev.txt ..."
	@$(PIP) -r requirements-dev.txt
	@$(PIP) --no-deps -r requirements-embeddings.txt
	@touch $@ $(VENV)/.installed
