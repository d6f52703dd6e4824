# The doors of the checkout: install, serve, test, bench, fuzz, mutants, lint, lock, clean.
# make serve HOST=0.0.0.0 PORT=9000; make test WORKERS=4; make install PYTHON=/path/to/python3

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$python && break; done)
WORKERS ?= 2

BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
# The locks are whole: nothing is resolved, so nothing newer than what is locked is looked at.
INSTALL := $(PIP) install --no-deps --require-hashes --requirement
INSTALL_CHECKOUT := $(PIP) install --no-deps --no-build-isolation --editable .
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

# Runs one named step, and says its name again where it fails.
define step
@printf '\n== %s\n' '$(1)'
@$(2) || { status=$$?; printf '\n== failed: %s\n' '$(1)' >&2; exit $$status; }
endef

.PHONY: install serve test lint bench fuzz mutants lock clean

install: .venv/runtime.stamp

serve: .venv/runtime.stamp
	@exec $(BIN)/timeline serve $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

test: lint
	$(call step,tests on SQLite and PostgreSQL,$(BIN)/python -m pytest -p tests.coverage_floor \
		-n $(WORKERS) --cov --cov-report=term --cov-fail-under=95 --domain-floor=100)

lint: .venv/develop.stamp
	$(call step,format,$(BIN)/ruff format --check --quiet --diff .)
	$(call step,lint,$(BIN)/ruff check --quiet .)
	$(call step,types,$(BIN)/mypy)
	$(call step,imports,$(BIN)/lint-imports)

# Everything that can be asked and much that cannot, for some minutes, against a server of its own.
fuzz: .venv/develop.stamp
	@exec $(BIN)/python -m tests.api.fuzzing

bench: .venv/develop.stamp
	@exec $(BIN)/python -m tests.benchmarks

# Which changes to the law no test notices: make mutants ONLY='domain.counting.*'
mutants: .venv/develop.stamp
	CI=1 $(BIN)/mutmut run --max-children $(WORKERS) $(if $(ONLY),'$(ONLY)')
	@$(BIN)/mutmut results

# The exact versions that satisfy pyproject.toml; `make lock UPGRADE=--upgrade` takes the newest.
lock: .venv/bin/uv
	$(COMPILE) $(UPGRADE) --group build pyproject.toml --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --group build --group dev --constraints requirements.lock \
		pyproject.toml --output-file requirements-dev.lock

clean:
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache \
		.pytest_cache .ruff_cache .schemathesis build dist htmlcov mutants
	find domain infrastructure api migrations tests -name __pycache__ -prune -exec rm -rf {} +

.venv/bin/python:
	@test -n '$(PYTHON)' || { \
		echo 'needs Python 3.11 or later with its venv module: make PYTHON=/path/to/python3' >&2; \
		exit 1; }
	$(PYTHON) -m venv .venv

.venv/bin/uv: | .venv/bin/python
	$(PIP) install 'uv>=0.13'

.venv/runtime.stamp: requirements.lock pyproject.toml | .venv/bin/python
	$(INSTALL) requirements.lock
	$(INSTALL_CHECKOUT)
	@touch $@

.venv/develop.stamp: requirements-dev.lock requirements.lock pyproject.toml | .venv/bin/python
	$(INSTALL) requirements-dev.lock
	$(INSTALL_CHECKOUT)
	@touch $@ .venv/runtime.stamp
