# Everything CI and people run; `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
T ?= tests
WORKERS ?= auto
PROVIDER := tests/idp/node/node_modules/.package-lock.json

# Tests import hundreds of modules in hundreds of processes: whoever wants no bytecode wants no compiling in each either.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run example test fuzz check format bench docs screenshots vendor lock clean postgresql programs

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.runtime ## make the virtual environment from the lock

# The lock is what gets installed; the project itself is linked, not copied.
$(VENV)/.runtime: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

run: $(VENV)/.runtime ## set up, make the demo account once, and serve on PORT
	@$(BIN)/muster upgrade
	@MUSTER_PUBLIC_URL=$${MUSTER_PUBLIC_URL:-http://127.0.0.1:$(PORT)} $(BIN)/muster demo
	@MUSTER_PUBLIC_URL=$${MUSTER_PUBLIC_URL:-http://127.0.0.1:$(PORT)} $(BIN)/muster serve --port $(PORT)

example: $(VENV)/.runtime ## a small platform that asks a Muster of its own, on http://127.0.0.1:8080
	@$(BIN)/python examples/platform/app.py

test: $(VENV)/.dev programs $(PROVIDER) ## the whole suite, or T=path; SQLite and a private PostgreSQL
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder $(T)

fuzz: $(VENV)/.dev postgresql ## the tests of properties, ten times as hard as `make test`
	MUSTER_TEST_EFFORT=10 $(BIN)/python -m pytest -n $(WORKERS) tests/protocol/fuzz tests/protocol/test_api_fuzz.py \
		tests/stores tests/unit

check: $(VENV)/.dev ## lint, format, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev ## put the code into its usual shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.dev postgresql ## speed as ratios to the bare limit, printed
	$(BIN)/python -m benchmarks $(ARGS)

docs: $(VENV)/.dev ## write the tables of docs/reference.md from the code
	$(BIN)/python -m docs.tables

screenshots: $(VENV)/.dev programs ## photograph every page of the console into docs/images
	$(BIN)/python -m docs.screenshots

vendor: ## fetch the scripts of others that pages load, as app/web/static/vendor/SHA256SUMS names them
	sh deploy/vendor

lock: ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q pyproject.toml --group build -o requirements.lock
	uv pip compile --universal --generate-hashes --python-version 3.11 --no-header -q pyproject.toml --group build --group dev -o requirements-dev.lock

postgresql: ## install PostgreSQL for the tests
	@sh deploy/need-programs postgresql

programs: ## install what the tests run: PostgreSQL, identity providers, a browser
	@sh deploy/need-programs postgresql xmlsec1 node chromium

# An OpenID provider of another author, which the tests sign in with.
$(PROVIDER): tests/idp/node/package-lock.json | programs
	npm ci --prefix tests/idp/node --no-audit --no-fund --loglevel=error
	@touch $@

clean: ## remove what setup and tests made; keeps var/
	rm -rf $(VENV) tests/idp/node/node_modules .pytest_cache .mypy_cache .ruff_cache .hypothesis
