# make run      everything on this machine: http://localhost:8765 (PORT=8801 make run chooses another port)
# make test     the whole suite, with its own PostgreSQL and Redis (ARGS="-k mail" chooses)
# make check    format, lint, imports, types, migrations, translations, API schema; under a minute
# make messages bring locale/ up to date with the code and templates
# make openapi  bring docs/openapi.yaml up to date with the API
# make bench    the table of speeds, at S1 and S2 (SIZE=S3 has a million tickets, ARGS=--reads-only is quicker)
# make bench-sockets  500 open pages and 20 changes a second: from a change to the screen (ARGS="--sockets 100")
# make backup   a checked copy of database and attachments below .data/backups (ARGS="--into DIR --keep 7")
# make restore  FROM=.data/backups/dyzur-... puts it back (ARGS=--overwrite replaces a desk)
# make lock     choose the newest allowed versions of all dependencies anew

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# One more than the cores of a small machine: many tests wait for processes, browsers and servers.
TEST_PROCESSES ?= 3
ALONE := $(BIN)/python -m helpdesk.lib.embedded run --ephemeral --

.PHONY: run test check messages openapi bench bench-sockets backup restore lock clean
.DEFAULT_GOAL := run

run: $(VENV)/requirements.lock
	@exec $(BIN)/python manage.py up

test: $(VENV)/requirements-dev.lock
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder $(ARGS)

CHECKS := check-format check-lint check-imports check-types check-messages check-migrations check-openapi

check: $(CHECKS)
	@echo 'All checks passed.'

$(CHECKS): $(VENV)/requirements-dev.lock
.PHONY: $(CHECKS)

check-format:
	@$(BIN)/ruff format --check --output-format concise . || { echo 'Run: $(BIN)/ruff format .'; exit 1; }

check-lint:
	@$(BIN)/ruff check --quiet --output-format concise .

check-imports:
	@$(BIN)/lint-imports --no-cache --no-logo >.imports.log || { cat .imports.log; rm .imports.log; exit 1; }; rm .imports.log
	@$(BIN)/python -m tests.architecture

check-types:
	@DATABASE_URL=postgresql:///types $(BIN)/mypy --no-error-summary

check-messages:
	@$(BIN)/python -m helpdesk.lib.catalogues check

check-migrations:
	@$(ALONE) $(BIN)/python manage.py makemigrations --check --dry-run --skip-checks

check-openapi:
	@$(OPENAPI) --fail-on-warn --file .openapi.new && { cmp -s .openapi.new docs/openapi.yaml || \
	  { rm .openapi.new; echo 'docs/openapi.yaml is stale. Run: make openapi'; exit 1; }; } && rm .openapi.new

OPENAPI = DATABASE_URL=postgresql:///schema $(BIN)/python manage.py spectacular --validate

openapi: $(VENV)/requirements-dev.lock
	@mkdir -p docs && $(OPENAPI) --file docs/openapi.yaml

messages: $(VENV)/requirements-dev.lock
	@$(BIN)/python -m helpdesk.lib.catalogues extract

bench: $(VENV)/requirements-dev.lock
	@$(ALONE) $(BIN)/python -m bench $(SIZE:%=--size %) $(ARGS)

bench-sockets: $(VENV)/requirements-dev.lock
	@$(ALONE) $(BIN)/python -m bench.sockets $(ARGS)

# Beside a running `make run`, or with its PostgreSQL started for as long as it takes.
BESIDE := $(BIN)/python -m helpdesk.lib.embedded run -- $(BIN)/python manage.py

backup: $(VENV)/requirements.lock
	@$(BESIDE) backup $(ARGS)

restore: $(VENV)/requirements.lock
	@test -n '$(FROM)' || { echo 'Say which: make restore FROM=.data/backups/dyzur-...'; exit 1; }
	@$(BESIDE) restore '$(FROM)' $(ARGS)

LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --upgrade \
  --no-emit-index-url --no-header --no-annotate --quiet

lock: $(VENV)/requirements-dev.lock
	@$(LOCK) --output-file requirements.lock
	@$(LOCK) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@echo 'The data in .data stays; delete it yourself if you want a new demo.'

# The virtual environment: made once, brought up to date when a lock changes. The copy of the lock is the stamp.
$(VENV)/%.lock: %.lock | $(VENV)/pyvenv.cfg
	@echo 'Installing $< ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement $<
	@cp $< $@

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else \
	  f"Dyżur needs Python 3.11 or newer; $(PYTHON) is {v[0]}.{v[1]}. Choose another: PYTHON=python3.12 make run")'
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
	  echo 'The virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv'; exit 1; }
