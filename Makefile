# Two commands: `make demo` and `make test`. Each sets up what it needs, once; Python 3.11 or newer with venv, git, make.
PYTHON ?= python3
VENV   ?= .venv
OUT    ?= demo-out
MINUTES ?= 5
WORKERS ?= 2
BIN     = $(VENV)/bin
PIP     = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help demo test fuzz check wheel setup setup-demo clean

help: ## what there is to make
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup-demo ## run the shipped cascade on real photographs (no torch); OUT=folder
	$(BIN)/deeppose demo --out $(OUT)

test: setup check ## everything: style, types, layers, tests in two processes; WORKERS=number
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

fuzz: setup ## damaged pictures, labels, predictions, models: MINUTES=5 of them, other seeds every time
	$(BIN)/python tests/fuzzing.py --minutes $(MINUTES)

check: setup ## style, types and layers alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo

setup: $(VENV)/.made-dev ## an environment to develop in
setup-demo: $(VENV)/.made-demo

# A marker is written only after a complete install, and the install is repeated when what it read has changed.
$(VENV)/.made-dev: pyproject.toml constraints.txt
	$(call install,dev)
	@touch $(VENV)/.made-demo $@

$(VENV)/.made-demo: pyproject.toml constraints.txt
	$(call install,demo)
	@touch $@

define install
@echo "setting up $(VENV): the package with its '$(1)' extra; a minute or two"
@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
@$(PIP) -e '.[$(1)]'
endef

wheel: setup ## dist/: the package with its weights and the page's runtime, fetched once
	DEEPPOSE_PAGE=required $(BIN)/python -m pip wheel --quiet --no-deps -w dist .

clean: ## remove the environment and what the tools left
	rm -rf $(VENV) $(OUT) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
