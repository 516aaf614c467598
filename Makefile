# `make run` edits a real clip, offline; `make test` runs all that CI runs. Both set up what they need in .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(wildcard plugins/*)
STAMP := $(VENV)/.ready
BENCH_STAMP := $(VENV)/.ready-to-bench

#: Attacks on the promise of docs/explanation/durability.md, each a module of tests/campaigns.
CAMPAIGNS := crash-points fault-matrix fault-pairs account-rows disk-faults journals signals clock-jumps crowd soak fuzz \
	frozen hostile-servers hostile-files hostile-plugins

.PHONY: help setup run test bench campaigns $(CAMPAIGNS) conformance packages workflows format clean

help: ## What can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12
	@echo 'one campaign, ARGS="--sample 20 --seed 1 --only TEXT --verbose":'; echo '  $(CAMPAIGNS)' | fold -sw 100

setup: $(STAMP) ## Make .venv with clipline, its plugins and all tools

$(STAMP): pyproject.toml constraints.txt $(wildcard plugins/*/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "clipline needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	$(BIN)/pip install --quiet --constraint constraints.txt $(PLUGINS:%=--editable %) --editable '.[local]' --group dev $(PLUGINS:%=--group %/pyproject.toml:test)
	@touch $@

$(BENCH_STAMP): $(STAMP)
	$(BIN)/pip install --quiet --constraint constraints.txt --group bench
	@touch $@

run: $(STAMP) ## Remove the people from a real clip, here, without a network
	@$(BIN)/clipline run remove-people --input clip=pipelines/samples/walkers.mp4 --out out --progress plain --set export.post_export=contact_sheet

test: $(STAMP) ## Everything that CI checks, with each step's seconds
	@$(BIN)/python tests/steps.py

bench: $(BENCH_STAMP) ## Speed and memory, beside ffmpeg and the stated limits
	@status=0; for bench in tests/bench/bench_*.py; do $(BIN)/python $$bench || status=1; done; exit $$status

campaigns: $(STAMP) ## All attacks on the promise that nothing is paid twice or lost, at full size: hours
	@status=0; for name in $(subst -,_,$(CAMPAIGNS)); do \
		echo "--- $$name"; PYTHONPATH=tests $(BIN)/python -m campaigns.$$name || status=1; done; exit $$status

$(CAMPAIGNS): $(STAMP)
	PYTHONPATH=tests $(BIN)/python -m campaigns.$(subst -,_,$@) $(ARGS)

conformance: $(STAMP) ## The suite for authors of plugins: over every part of clipline, parts with every fault, and all pipelines everywhere
	$(BIN)/python -m pytest -q -n 2 tests/contract/test_builtins_conform.py tests/unit/testing tests/e2e/test_plugin_new.py tests/e2e/test_pipelines_everywhere.py

packages: $(STAMP) ## Each package of plugins/ alone beside clipline's wheel; ARGS="clipline-http"
	$(BIN)/python tests/wheels/packages.py $(ARGS)

workflows: $(STAMP) ## A hundred clips in a batch, a hundred in a watched folder that is killed, and Airflow and Prefect
	PYTHONPATH=tests $(BIN)/python -m campaigns.batch_hundred
	PYTHONPATH=tests $(BIN)/python -m campaigns.watch_folder
	$(BIN)/python -m pytest -q -s -p no:cacheprovider tests/workflows/airflow_recipe.py tests/workflows/prefect_recipe.py

format: $(STAMP) ## Lay the code out
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## Remove what make made
	rm -rf $(VENV) out dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
