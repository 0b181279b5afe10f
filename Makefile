# Every command of the project. Only make and Python 3.11 or newer must be there; each target can be repeated.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes -r
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help install run test coverage check drills browser bench bench-ingest sandbox conformance lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: .venv/.installed static/graphiql/lock.sha256 ## start everything: API, worker, database, sandbox, demo data
	@exec $(BIN)/python server.py

install: .venv/.installed static/graphiql/lock.sha256 ## only the environment, for `.venv/bin/python server.py`

test: .venv/.developing static/graphiql/lock.sha256 ## all tests but the slow proofs
	$(BIN)/python -m pytest -n $(WORKERS)

coverage: .venv/.developing static/graphiql/lock.sha256 ## the same tests, half as long again, with the gate of branch coverage
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term-missing:skip-covered

check: .venv/.developing ## lint, format, types, architecture, image and compose files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python -m pytest -p no:cacheprovider -n 0 tests/test_architecture.py
	if command -v $(BIN)/hadolint >/dev/null; then $(BIN)/hadolint Dockerfile; fi
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	for script in deploy/*.sh; do sh -n $$script || exit 1; done

drills: .venv/.developing static/graphiql/lock.sha256 ## slow proofs: kills, restarts, several processes
	$(BIN)/python -m pytest -n 0 -m drill tests

browser: .venv/.developing static/graphiql/lock.sha256 ## the page in a real Chromium
	$(BIN)/python -m pytest -n 0 -m browser tests/browser

bench: .venv/.developing ## the measured comparisons of docs/benchmarks.md
	$(BIN)/python -m benchmarks

bench-ingest: .venv/.developing ## those of refreshes: the floor, Meta's SDK, a connector, many accounts
	$(BIN)/python -m benchmarks ingest distance fairness

sandbox: .venv/.installed ## the stand-in of Meta alone, on port 8001; ARGS="--help" tells its options
	@exec $(BIN)/python -m sandbox $(ARGS)

conformance: .venv/.installed ## programs of others: Meta's SDK and a connector read the sandbox, a real OpenID provider signs us in
	$(BIN)/python -m tests.conformance

lock: .venv/.developing ## renew the lock files from pyproject.toml
	$(call compile,requirements.lock,)
	$(call compile,requirements-extras.lock,--extra otel --extra sentry)
	$(call compile,requirements-dev.lock,--group dev --extra otel --extra sentry)

clean: ## remove what install and test made; the data in .data stay
	rm -rf .venv node_modules static/graphiql .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov

# No index address and no header: a lock must not say where it was made.
define compile
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links $(2) pyproject.toml --output-file $(1).new
	{ echo '# Made by `make lock`; every file is pinned by hash.'; cat $(1).new; } > $(1)
	rm $(1).new
endef

# A half-made environment (Debian without python3-venv) is not left behind to be taken for a whole one.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/.installed: requirements.lock | .venv/bin/python
	$(PIP) requirements.lock
	@touch $@

.venv/.developing: requirements-dev.lock .venv/.installed
	$(PIP) requirements-dev.lock
	@touch $@

static/graphiql/lock.sha256: package-lock.json web/install_graphiql.py | .venv/.installed
	$(BIN)/python web/install_graphiql.py
	@touch $@
