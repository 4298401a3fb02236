# make run    set up what is missing and start everything on http://127.0.0.1:8080
# make test   install what tests need, lint, check types, validate the Rasa data, run all tests
UV_VERSION := 0.13.9
PYTHON ?= python3.11
TOOLS := .tools/uv
# An uv on the machine is used; otherwise one is put into this folder, never into the system.
UV := $(shell command -v uv 2>/dev/null || echo $(TOOLS)/bin/uv)
LOCKED := uv.lock pyproject.toml $(shell find packages -name '*.py' -o -name '*.toml' -o -name '*.pth' 2>/dev/null)
export RASA_TELEMETRY_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help setup run chat train test lint types data-check accept bench clean

help:
	@sed -n '1,2p' Makefile; echo "# make setup | chat | train | accept ACCEPTANCE=DIR | bench | clean"

$(TOOLS)/bin/uv:
	@echo "Getting uv $(UV_VERSION) into $(TOOLS) …"
	@$(PYTHON) -m venv $(TOOLS) && $(TOOLS)/bin/python -m pip install --quiet uv==$(UV_VERSION)

.venv/.ready: $(LOCKED) $(filter $(TOOLS)/bin/uv,$(UV))
	@echo "Installing the locked environment (once; about a minute) …"
	@$(UV) sync --locked $(if $(wildcard .venv/.ready-dev),,--no-dev) --compile-bytecode
	@touch $@

.venv/.ready-dev: $(LOCKED) $(filter $(TOOLS)/bin/uv,$(UV))
	@echo "Installing the locked environment with the test tools …"
	@$(UV) sync --locked --compile-bytecode
	@touch .venv/.ready $@

setup: .venv/.ready

run: .venv/.ready
	@.venv/bin/psl up

chat: .venv/.ready
	@.venv/bin/psl chat

train: .venv/.ready
	@.venv/bin/psl train

lint: .venv/.ready-dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/.ready-dev
	.venv/bin/mypy

data-check: .venv/.ready-dev
	.venv/bin/rasa data validate --fail-on-warnings --data data/nlu data/rules > /dev/null

# Two workers, a file at a time: fixtures of a file are made once. The model is trained before, once.
test: lint types data-check
	.venv/bin/psl train
	.venv/bin/pytest -n 2 --dist loadfile

accept: .venv/.ready-dev
	.venv/bin/python tests/accept.py $(ACCEPTANCE)

bench: .venv/.ready-dev
	.venv/bin/python bench/start.py
	.venv/bin/python bench/dispatch.py
	.venv/bin/python bench/simulate.py
	.venv/bin/python bench/telegram_channel.py

clean:
	rm -rf .venv .tools .rasa models/*.tar.gz
