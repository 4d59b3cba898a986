# Two commands matter: `make demo` shows Midwatch, `make test` proves it. Both set up what they
# need first; everything that they leave behind is inside .venv.

.PHONY: demo test setup lock format
.DEFAULT_GOAL := demo

# Somebody else's packages must not be found before ours.
unexport PYTHONPATH
unexport PYTHONHOME
# Containers often forbid to keep bytecode: then each process compiles all it imports, a second a time.
unexport PYTHONDONTWRITEBYTECODE

cache := .venv/.cache
# The folders that the tests change into differ, so this one path must not be relative.
export PYTHONPYCACHEPREFIX := $(CURDIR)/$(cache)/pycache

demo:
	@sh .ci/setup run
	@.venv/bin/midwatch demo $(ARGS)

# pytest comes last: its closing line is the last word. Scripts are given to .venv's own Python:
# their first line names the place where pip wrote them, which is not here if the checkout was moved.
test:
	@sh .ci/setup test
	.venv/bin/ruff format --check --quiet .
	.venv/bin/ruff check --quiet .
	.venv/bin/python .venv/bin/mypy
	.venv/bin/python .venv/bin/lint-imports --no-logo --cache-dir $(cache)/import-linter
	.venv/bin/python -m pytest -n auto --maxprocesses 4 $(ARGS)

setup:
	@sh .ci/setup test

format:
	@sh .ci/setup test
	.venv/bin/ruff check --quiet --fix .
	.venv/bin/ruff format --quiet .

# `make lock` adds and drops what pyproject.toml says; `make lock ARGS=--upgrade` takes newer versions too.
lock:
	@sh .ci/setup test
	@.venv/bin/python .ci/lock.py $(ARGS)
