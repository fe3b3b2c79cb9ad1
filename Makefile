# Everything that is done with this repository, one word each. `make` or `make help` lists them.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= 2
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input

.DEFAULT_GOAL := help
.PHONY: help demo test lint bench site docs shots clean

help: ## list what can be made
	@echo "make demo     train real models, log them, build the site (no service, no account)"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | grep -v '^demo:' | sort \
	  | sed -E 's/^([a-z]+):.*## (.*)/make \1|\2/' | awk -F'|' '{printf "%-13s %s\n", $$1, $$2}'
	@echo
	@echo "PYTHON=python3.13 picks the interpreter, VENV=.venv the folder that packages go to."

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "runfolio needs Python 3.11 or newer: make PYTHON=python3.13 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No venv: on Debian, apt-get install python3-venv"; exit 1; }

# The package is installed editable, so that only a changed pyproject.toml asks for a new install.
$(VENV)/.demo: pyproject.toml | $(BIN)/python
	@echo "installing runfolio[demo] into $(VENV) …"
	@$(PIP) install --editable '.[demo]'
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "installing runfolio[test] into $(VENV) …"
	@$(PIP) install --editable '.[test]'
	@touch $(VENV)/.demo $@

demo: $(VENV)/.demo ## train real models, log them, build the site
	@start=$$(date +%s); \
	$(BIN)/runfolio demo --out demo; \
	echo "make demo: $$(( $$(date +%s) - start )) s after the install"

test: lint ## ruff, mypy and all tests (as CI runs them)
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q -ra

lint: $(VENV)/.test ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.test ## benchmarks, as ratios to a limit taken in the same run
	@$(BIN)/python tests/bench/run.py

docs: $(VENV)/.demo ## refresh the generated tables of site/pages
	@$(BIN)/python site/generate.py

site: $(VENV)/.demo site/runs/runfolio.json ## build this project's own website into site/_site
	@cd site && ../$(BIN)/runfolio build

# The website shows the examples' own runs; `make clean` throws them away. It is meant for the
# public, so the runs do not note who made them and where.
site/runs/runfolio.json: | $(VENV)/.demo
	@for example in examples/*.py; do \
	  echo "$$example"; \
	  RUNFOLIO_CAPTURE_HOST=0 $(BIN)/python $$example --store site/runs || exit 1; \
	done

shots: $(VENV)/.test site ## screenshots of the website into site/pages/images (needs Chromium)
	@$(BIN)/python site/shots.py

clean: ## remove what was built; keeps the venv
	rm -rf demo dist build site/_site site/runs tests/actual
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
