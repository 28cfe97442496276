# `make run` and `make test` need nothing but make and Python 3.11 with venv; the rest comes by itself.
# Settings go behind the target: make run PORT=8001 SERVER=uvicorn DATABASE_URL=postgresql://...

PYTHON ?= python3
VENV := .venv/bin/python

# On a developer's machine the site runs in DEBUG; tests, checks and benchmarks choose for themselves.
run shell migrate superuser: export DEBUG ?= 1

# Tests start hundreds of processes, which are not all to compile the same code.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test lint types imports format check unit bench shell migrate superuser hooks clean

help: ## Show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

setup: ## Make .venv with everything that running, testing and developing needs
	@$(PYTHON) tools/setup.py test

run: ## Start the site: Postgres, Valkey, ASGI server, Celery worker and beat
	@$(PYTHON) tools/setup.py run
	@exec $(VENV) manage.py actors run

test: setup check unit ## Everything that must hold: check, then all tests

check: lint types imports ## The checks that run nothing: lint, types, imports

lint: setup ## ruff: rules and format
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .

types: setup ## mypy --strict and pyright
	$(VENV) -m mypy
	$(VENV) -m pyright

imports: setup ## The floors of the house: import-linter
	.venv/bin/lint-imports

# Three workers for two cores: tests wait for processes and browsers as much as they compute.
unit: setup ## The tests alone; PYTEST="-k name" chooses
	$(VENV) -m pytest -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST)

format: setup ## Let ruff put code in order
	$(VENV) -m ruff check --fix .
	$(VENV) -m ruff format .

bench: ## Measure the platform against its peers; BENCH="--scenarios wake" chooses
	@$(PYTHON) tools/setup.py bench
	$(VENV) -m benchmarks $(BENCH)

shell: ## Django's shell, on the same database as make run
	@$(PYTHON) tools/setup.py run
	@$(VENV) manage.py actors exec -- shell

migrate: ## Bring the database's tables up to date
	@$(PYTHON) tools/setup.py run
	@$(VENV) manage.py actors exec -- migrate

superuser: ## Make a login for /admin
	@$(PYTHON) tools/setup.py run
	@$(VENV) manage.py actors exec -- createsuperuser

hooks: setup ## Let git run the checks before each commit
	$(VENV) -m pre_commit install

clean: ## Remove what was installed and all data of the embedded servers
	rm -rf .venv .rivet build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf tests/node/node_modules benchmarks/node_modules tests/artifacts
