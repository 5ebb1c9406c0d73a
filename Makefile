# make demo and make test do all of their own set-up: a machine with Python 3.11+ and make is enough.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: help demo test lint lock bench clean

help:  ## what can be made (shown also by `make` alone)
	@awk -F ':.*  ## ' '/^[a-z]+:.*  ## / { printf "make %-6s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/runtime.stamp .demo.env  ## set up everything and serve the site with sample pages
	set -a; . ./.demo.env; set +a; PORT=$(PORT) SITE_URL=http://localhost:$(PORT) exec $(RUN) manage.py demo

test: $(VENV)/dev.stamp  ## run every test on all cores (ARGS="tests/test_groups.py -x"; DATABASE_URL selects PostgreSQL)
	$(RUN) -m pytest -n auto --dist worksteal $(ARGS)

lint: $(VENV)/dev.stamp  ## style, types, import directions, migrations, deployment settings
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(RUN) -m tests.checks

bench: $(VENV)/dev.stamp  ## measure, never assert
	$(RUN) -m tests.bench.pages
	$(RUN) -m tests.bench.search
	$(RUN) -m tests.bench.diff
	$(RUN) -m tests.bench.editors
	$(RUN) -m tests.bench.letters

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/runtime.stamp: requirements.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	touch $@

$(VENV)/dev.stamp: requirements-dev.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	touch $@

# A throw-away secret, in a file that git ignores; production refuses a secret that begins like it.
# The demonstration has a database of its own, so that its known passwords never reach another one.
.demo.env:
	$(PYTHON) -c 'import secrets; print("DEBUG=1\nSECRET_KEY=throw-away-" + secrets.token_hex(32) + "\n: $${DATABASE_URL:=sqlite:///demo.sqlite3}")' > $@

lock:  ## pin every dependency with its hashes again (needs uv)
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --custom-compile-command "make lock" --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean:  ## remove what make made, the demonstration's database too
	rm -rf $(VENV) .demo.env demo.sqlite3* test-db.sqlite3* staticfiles mail
