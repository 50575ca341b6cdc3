# Everything from a fresh machine with Python 3.11 or later, pip and make: `make plan`, `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PLAN := plans/distributor

.PHONY: help plan test benchmark audit lock clean
.DEFAULT_GOAL := help

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

plan: $(INSTALLED)  ## plan the instance of a distributor; its last line says where the report is
	$(BIN)/stockrail plan instances/distributor --out $(PLAN)

test: $(INSTALLED)  ## style, types and the test suite
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest

benchmark: $(INSTALLED)  ## time and gap on larger instances
	$(BIN)/python scripts/benchmark.py

audit: $(INSTALLED)  ## known vulnerabilities of the libraries in requirements.lock; needs a network
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict

lock: $(INSTALLED)  ## write requirements.lock again, with the newest releases that pyproject.toml allows
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
		--no-header --no-emit-index-url --group dev pyproject.toml --output-file requirements.lock

clean:  ## remove the environment, plans and everything else that make has made
	rm -rf $(VENV) plans build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Some systems ship `venv` without the part that puts pip into an environment; there the system's own pip fills it.
$(INSTALLED): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Stockrail needs Python 3.11 or later: make PYTHON=...")'
	$(PYTHON) -m venv $(VENV) || $(PYTHON) -m venv --without-pip $(VENV)
	@pip="$(BIN)/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(PYTHON) -m pip --python $(BIN)/python"; \
	set -x; \
	$$pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock && \
	$$pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
