# Every command of the project. Only make and Python 3.11 or newer must be there; each target can be repeated.
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2
# Packages are installed uncompiled, since most of their modules are never imported: whoever imports one compiles it.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install run test coverage check contract house drills fuzz browser bench bench-ingest bench-commerce bench-graphql charts sandbox conformance conformance-graphql lock clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

run: .venv/.installed static/graphiql/lock.sha256 ## start everything: API, worker, database, sandbox, demo data
	@exec $(BIN)/python server.py

install: .venv/.installed static/graphiql/lock.sha256 ## only the environment, for `.venv/bin/python server.py`

test: .venv/.developing static/graphiql/lock.sha256 ## all tests but the slow proofs
	$(BIN)/python -m pytest -n $(WORKERS)

coverage: .venv/.developing static/graphiql/lock.sha256 ## the same tests, half as long again, with the gate of branch coverage
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=term-missing:skip-covered

check: .venv/.developing ## lint, format, types, architecture, the schema beside the last release, image and compose files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/python -m pytest -p no:cacheprovider -n 0 tests/test_architecture.py tests/test_subjects.py \
	  tests/schema/test_released.py
	if command -v $(BIN)/hadolint >/dev/null; then $(BIN)/hadolint Dockerfile; fi
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	for script in deploy/*.sh; do sh -n $$script || exit 1; done

contract: .venv/.developing ## what a contract promises and schema.graphql does not have; CONTRACT=<path of an SDL>
	@$(BIN)/python -m tests.contract_report $(CONTRACT)

house: .venv/.developing ## the measures of the code: sizes, comments, who imports whom, circles
	@$(BIN)/python -m tests.house_report

# Drills end servers and connections in the middle. What asyncio had accepted by then it tells of at some later test.
drills: .venv/.developing static/graphiql/lock.sha256 ## slow proofs: kills, restarts, several processes
	$(BIN)/python -m pytest -n $(WORKERS) -m drill -W "ignore:unclosed:ResourceWarning" tests

# All of them draw the same examples at every run unless FUZZ is 1, see tests/chance.py.
fuzz: .venv/.developing static/graphiql/lock.sha256 ## the random tests and drills with examples of their own at each run
	FUZZ=1 $(BIN)/python -m pytest -n $(WORKERS) -m "drill or not drill" $$(grep -rlE '@given|first_number|drawn\(' tests --include='test_*.py')

browser: .venv/.developing static/graphiql/lock.sha256 ## the page in a real Chromium
	$(BIN)/python -m pytest -n 0 -m browser tests/browser

bench: .venv/.developing ## the measured comparisons of docs/benchmarks.md
	$(BIN)/python -m benchmarks

bench-ingest: .venv/.developing ## those of refreshes: the floor, Meta's SDK, a connector, many accounts
	$(BIN)/python -m benchmarks ingest distance fairness

bench-commerce: .venv/.developing ## those of selling: orders beside COPY and npm's client of eBay, sales beside DuckDB
	$(BIN)/python -m benchmarks orders ebay_orders product_list blended sale_to_end

bench-graphql: .venv/.developing ## the API with PostGraphile, Strawberry and servers by hand; ARGS="small list --rounds 5"
	$(BIN)/python -m benchmarks.graphql $(ARGS)

charts: .venv/.developing ## the pictures of docs/charts.md anew, from the operations beside them and the demo's data
	DRAW_CHARTS=1 $(BIN)/python -m pytest -n 0 tests/demo/test_cookbook.py

sandbox: .venv/.installed ## a stand-in alone: Meta's on port 8001, with ARGS="--vendor ebay" eBay's on 8005, with "--vendor etsy" Etsy's on 8006, with "--vendor vinted" Vinted's on 8007; ARGS="--help" tells the options
	@exec $(BIN)/python -m sandbox $(ARGS)

conformance: .venv/.developing ## programs of others: Meta's SDK, a connector and eBay's of npm read sandboxes, a real OpenID provider signs us in
	$(BIN)/python -m tests.conformance

conformance-graphql: .venv/.developing ## the same for GraphQL: its own tests, audits, clients, fuzzing; PARTS="audits clients"
	$(BIN)/python -m tests.conformance $(or $(PARTS),graphql-core graphql-sse graphql-ws audits clients fuzz)

lock: .venv/.developing ## renew the lock files from pyproject.toml
	$(call compile,requirements-dev.lock,--upgrade --group dev --extra otel --extra sentry)
	$(call compile,requirements-local.lock,--group local)
	$(call compile,requirements-extras.lock,--extra otel --extra sentry)
	$(call compile,requirements.lock,)

clean: ## remove what install and test made; the data in .data stay
	rm -rf .venv node_modules static/graphiql .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage* htmlcov

# No index address and no header: a lock must not say where it was made. The first and widest lock decides; the others
# begin as copies of it, so that a release between two of them makes no difference.
define compile
	cp requirements-dev.lock $(1).new
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links $(2) pyproject.toml --output-file $(1).new
	{ echo '# Made by `make lock`; every file is pinned by hash.'; cat $(1).new; } > $(1)
	rm $(1).new
endef

# A half-made environment is not left behind to be taken for a whole one. It needs no pip: install_packages.py.
.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv --without-pip .venv || { rm -rf .venv; exit 1; }

# The first import of everything compiles it, once rather than in each of the processes that start together.
.venv/.installed: requirements-local.lock install_packages.py | .venv/bin/python
	$(BIN)/python install_packages.py requirements-local.lock
	$(BIN)/python -c "import commands.app, server, worker"
	@touch $@

.venv/.developing: requirements-dev.lock .venv/.installed
	$(BIN)/python install_packages.py requirements-dev.lock
	@touch $@

static/graphiql/lock.sha256: package-lock.json web/pages/install_graphiql.py | .venv/.installed
	$(BIN)/python web/pages/install_graphiql.py
	@touch $@
