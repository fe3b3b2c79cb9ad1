# Everything that is done with this repository, one word each. `make` or `make help` lists them.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
# One test process more than processors, for tests wait for others; at most five.
JOBS   ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && echo 5 || echo $$((n + 1)))
SOURCES := $(shell find src templates examples -type f -not -name '*.pyc' -not -path '*/runs/*')
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet --no-input

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test faults engines java lint bench bench-web site site-check docs shots clean

help: ## list what can be made
	@echo "make demo      train real models, log them, build the site (no service, no account)"
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | grep -v '^demo:' | sort \
	  | sed -E 's/^([a-z-]+):.*## (.*)/make \1|\2/' | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'
	@echo
	@echo "PYTHON=python3.13 picks the interpreter, VENV=.venv the folder that packages go to."

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "runfolio needs Python 3.11 or newer: make PYTHON=python3.13 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "No venv: on Debian, apt-get install python3-venv"; exit 1; }

# What the package needs is installed anew when pyproject.toml changed, and the package itself when
# its sources did; otherwise nothing is. Hatchling builds it in the venv, without the network.
# Python compiles a module when it first imports it; most of those that come along it never does.
$(VENV)/.demo $(VENV)/.engines $(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "installing runfolio[$(@F:.%=%)] into $(VENV) …"
	@$(PIP) install --no-compile hatchling '.[$(@F:.%=%)]'
	@touch $(VENV)/.package $@

$(VENV)/.package: $(SOURCES) | $(BIN)/python
	@$(PIP) install --no-deps --no-build-isolation --force-reinstall .
	@touch $@

demo: $(VENV)/.demo $(VENV)/.package ## train real models, log them, build the site
	@start=$$(date +%s); \
	$(BIN)/runfolio demo --out demo; \
	echo "make demo: $$(( $$(date +%s) - start )) s after the install"

# The browser tests run by themselves: their driver keeps an event loop of its own in the process.
# One that fails is tried once more, for a browser on a busy machine is late now and then; -ra names
# each that needed it.
# Types are checked beside the first tests, which wait for others now and then.
test: $(VENV)/.test $(VENV)/.package ## ruff, mypy and all tests (as CI runs them)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy > $(VENV)/mypy.log 2>&1 & types=$$!; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q -ra --ignore tests/browser; tests=$$?; \
	wait $$types; types=$$?; cat $(VENV)/mypy.log; exit $$((tests | types))
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadgroup -q -ra --reruns 1 tests/browser

engines: java $(VENV)/.test $(VENV)/.engines $(VENV)/.package ## tests of Spark, Ray and Dask, which it installs
	@RUNFOLIO_ENGINES=1 $(BIN)/python -m pytest -q -ra tests/engines

java:
	@command -v java >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get install -y -q default-jre-headless; } \
	  || { echo "Spark needs Java 17 or newer: on Debian, apt-get install default-jre-headless"; exit 1; }

# Figures come at the end. RUNFOLIO_FAULTS_TIMES=100 tries more, RUNFOLIO_FUZZ_SECONDS=3600 longer.
faults: $(VENV)/.test $(VENV)/.package ## kill, fill, cut, flip and fuzz the store in the long mode
	@RUNFOLIO_LONG=1 $(BIN)/python -m pytest -n $(JOBS) --dist worksteal --timeout 7200 -q -ra \
	  tests/faults tests/store tests/remote tests/publish tests/query/test_index*.py

lint: $(VENV)/.test $(VENV)/.package ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(VENV)/.test $(VENV)/.package ## benchmarks, as ratios to a limit taken in the same run
	@$(BIN)/python tests/bench/run.py

bench-web: $(VENV)/.test $(VENV)/.package ## speed of the site in Chromium, against the project's limits
	@$(BIN)/python tests/bench/web.py

docs: $(VENV)/.demo $(VENV)/.package ## refresh the generated tables of site/pages
	@$(BIN)/python site/generate.py

site: $(VENV)/.demo $(VENV)/.package site/runs/runfolio.json ## build this project's own website into site/_site
	@cd site && ../$(BIN)/runfolio build

# The website shows the examples' own runs; `make clean` throws them away. It is meant for the
# public, so the runs do not note who made them and where.
site/runs/runfolio.json: | $(VENV)/.demo $(VENV)/.package
	@for example in examples/*.py; do \
	  echo "$$example"; \
	  RUNFOLIO_CAPTURE_HOST=0 $(BIN)/python $$example --store site/runs || exit 1; \
	done

shots: $(VENV)/.test site ## screenshots of the website, for the README and to look at (needs Chromium)
	@$(BIN)/python site/shots.py

# First the website as it is published, then the tests' own sites, each through the gate. The site
# stands where the tests' server has it; nobody answers at the address.
site-check: $(VENV)/.test site ## publish the website and the tests' sites, walk them as a host serves them
	@cd site && RUNFOLIO_SITE_URL=http://localhost:9/people/project \
	  ../$(BIN)/runfolio publish --to _published --yes
	@RUNFOLIO_WALK_SITE=$(CURDIR)/site/_published $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup \
	  -q -ra --reruns 1 tests/browser/test_any_site.py tests/browser/test_axe.py \
	  tests/browser/test_keyboard.py tests/browser/test_widths.py tests/browser/test_static_site.py
	@RUNFOLIO_WALK_PUBLISHED=1 $(BIN)/python -m pytest -n $(JOBS) --dist loadgroup \
	  -q -ra --reruns 1 tests/browser

clean: ## remove what was built; keeps the venv
	rm -rf demo dist build site/_site site/_published site/_shots site/runs tests/actual
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
