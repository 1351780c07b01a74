.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
DEMO ?= demo
REAL ?= real

.PHONY: help demo real test test-quick check format bench peers bench-forest bench-scorecards bench-metrics bench-strategy bench-aggregation clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-16s %s\n", $$1, $$2}'

# The stamps hold the virtual environment to pyproject.toml; delete .venv to begin anew.
.venv/ready: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/ready-test: .venv/ready
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	@touch $@

demo: .venv/ready ## Make a book of 100,000 customers, fit its models, run and optimise it (DEMO=folder)
	rm -rf $(DEMO)
	$(BIN)/nightbook demo $(DEMO) --customers 100000
	$(BIN)/nightbook run $(DEMO)/book.toml
	$(BIN)/nightbook optimise $(DEMO)/book.toml

real: .venv/ready ## Import the real books (taiwan, berka), fit, run and verify them (REAL=folder)
	rm -rf $(REAL)
	for name in taiwan berka; do \
	  $(BIN)/python -m bench_data $$name $(REAL)/$$name && \
	  $(BIN)/nightbook fit pd $(REAL)/$$name/book.toml && \
	  $(BIN)/nightbook run $(REAL)/$$name/book.toml && \
	  $(BIN)/nightbook verify $(REAL)/$$name/out || exit; \
	done

test: .venv/ready-test ## Run all tests
	$(BIN)/python -m pytest -n 2

test-quick: .venv/ready-test ## Run the tests that take less than a few seconds each
	$(BIN)/python -m pytest -n 2 -m 'not slow'

check: .venv/ready-test ## Lint, format, types, the one-way import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/ready-test ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/ready-test ## Run the benchmarks, one after another, into benchmarks/results
	$(BIN)/python -m benchmarks

# lleaves 1.3 needs llvmlite 0.43, which numba of today does not take: an environment of its own.
.venv-peers/ready: pyproject.toml
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --upgrade pip
	.venv-peers/bin/python -m pip install --quiet --editable '.[peers]'
	@touch $@

.venv-lleaves/ready:
	$(PYTHON) -m venv .venv-lleaves
	.venv-lleaves/bin/python -m pip install --quiet --upgrade pip
	.venv-lleaves/bin/python -m pip install --quiet 'lleaves>=1.3' 'llvmlite<0.44'
	@touch $@

peers: .venv-peers/ready .venv-lleaves/ready ## Make the environments of the forest kernel's peers

bench-forest: .venv/ready-test peers ## Run the forest kernel against its peers, into benchmarks/README.md
	$(BIN)/python -m benchmarks forest

bench-scorecards: .venv/ready-test ## Run the scorecards against scikit-learn, into benchmarks/README.md
	$(BIN)/python -m benchmarks scorecards

bench-metrics: .venv/ready-test ## Run AUC and K-S against scikit-learn, into benchmarks/README.md
	$(BIN)/python -m benchmarks metrics

bench-strategy: .venv/ready-test ## Measure the optimiser, into benchmarks/README.md
	$(BIN)/python -m benchmarks strategy

bench-aggregation: .venv/ready-test ## Measure aggregation against its peers, into benchmarks/README.md
	$(BIN)/python -m benchmarks aggregation

# The models of benchmarks/.cache stay: training them takes an hour or two.
clean: ## Remove the virtual environments, made books and caches
	rm -rf .venv .venv-peers .venv-lleaves $(DEMO) $(REAL) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
