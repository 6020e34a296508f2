# Every set-up step is a stamp file: it runs when its inputs changed and costs nothing otherwise.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

export PYTHON ?= python3
BIN := .venv/bin
STAMPS := .venv/.stamps
MEMBERS := libs/common $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml))
PREFLIGHT := bash dev/setup/preflight.sh
NODE_ENV_PATH := PATH="$(CURDIR)/$(BIN):$$PATH"

# What `make demo` passes on.
export PROMPT ONESHOT

# Whom the machine trusts may sign for a registry, as for pip: uv and Node bring lists of their own.
export UV_SYSTEM_CERTS ?= true
export NODE_USE_SYSTEM_CA ?= 1

# A home that takes no caches must not be in the way.
ifneq ($(shell test -w "$$HOME" && echo writable),writable)
  export UV_CACHE_DIR := $(CURDIR)/.overskill/cache/uv
  export PIP_CACHE_DIR := $(CURDIR)/.overskill/cache/pip
  export npm_config_cache := $(CURDIR)/.overskill/cache/npm
endif

.PHONY: help demo up test coverage lint bench eval lock clean setup setup-tests

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  Options: PROMPT="…" (what to build), ONESHOT=1 (end once verified), OVERSKILL_PORT_BASE=20000 (other ports)'

demo: ## Build and serve an app from PROMPT="…"; ONESHOT=1 ends once it is verified
	@$(PREFLIGHT) demo
	@$(MAKE) --no-print-directory -j4 setup
	@exec $(BIN)/python -m dev.stack demo

up: ## Start everything and serve until Ctrl-C
	@$(PREFLIGHT) up
	@$(MAKE) --no-print-directory -j4 setup
	@exec $(BIN)/python -m dev.stack up

test: ## Run the checks and all tests
	@$(MAKE) --no-print-directory setup-tests
	@dev/setup/lint.sh
	@dev/setup/test.sh

coverage: ## Run all tests and print the coverage, which takes twice as long
	@$(MAKE) --no-print-directory setup-tests
	@dev/setup/coverage.sh

lint: ## Run ruff, mypy, tsc, the import contracts and the house rules
	@$(MAKE) --no-print-directory -j4 setup $(STAMPS)/typecheck
	@dev/setup/lint.sh
	@$(BIN)/pytest -q --no-header tests/house

bench: ## Measure prompt-to-live against a bare Vite build
	@$(MAKE) --no-print-directory setup-tests
	@exec $(BIN)/python -m bench

eval: ## Have the model write the apps of evaluation/corpus and use them in a browser
	@$(MAKE) --no-print-directory setup-tests
	@exec $(BIN)/python -m evaluation

lock: $(STAMPS)/uv ## Pin all dependencies anew, with hashes
	@dev/setup/lock.sh

clean: ## Remove the virtual environment, packages, state and caches
	rm -rf .venv dev/*/node_modules .overskill .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage*

setup: $(STAMPS)/python $(STAMPS)/edge
	@:

setup-tests:
	@$(PREFLIGHT) test
	@$(MAKE) --no-print-directory -j4 setup $(STAMPS)/typecheck $(STAMPS)/oidc $(STAMPS)/supabase

$(STAMPS)/venv: dev/setup/venv.sh dev/setup/python.sh
	@dev/setup/venv.sh
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/uv: $(STAMPS)/venv dev/setup/requirements.lock
	@$(BIN)/uv --version 2>/dev/null | grep -qF "uv $$(sed -n 's/^uv==\([0-9.]*\).*/\1/p' dev/setup/requirements.lock) " \
	  || { echo "Installing uv"; \
	       $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r dev/setup/requirements.lock; }
	@touch $@

$(STAMPS)/python: $(STAMPS)/uv requirements.lock $(MEMBERS:%=%/pyproject.toml)
	@echo "Installing the Python packages"
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps $(addprefix -e ,$(MEMBERS))
	@touch $@

$(STAMPS)/edge: $(STAMPS)/python dev/edge/package.json dev/edge/package-lock.json
	@echo "Installing the local edge's packages"
	@cd dev/edge && $(NODE_ENV_PATH) npm ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/typecheck: $(STAMPS)/python dev/typecheck/package.json dev/typecheck/package-lock.json
	@echo "Installing what checks the types of JavaScript"
	@cd dev/typecheck && $(NODE_ENV_PATH) npm ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/oidc: $(STAMPS)/python dev/oidc/package.json dev/oidc/package-lock.json
	@echo "Installing the provider that tests sign in at"
	@cd dev/oidc && $(NODE_ENV_PATH) npm ci --silent --no-audit --no-fund
	@touch $@

$(STAMPS)/supabase: $(STAMPS)/python dev/supabase/package.json dev/supabase/package-lock.json
	@echo "Installing the client of live apps"
	@cd dev/supabase && $(NODE_ENV_PATH) npm ci --silent --no-audit --no-fund
	@touch $@
