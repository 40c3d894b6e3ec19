# Two commands on a fresh machine with Python 3.11 or newer: `make demo` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/demo

.PHONY: help demo test lint classifiers clean

help:
	@echo "make demo   set up .venv, train on the embedded digits for a minute, show and score the result"
	@echo "make test   set up .venv and run all tests"
	@echo "make lint   check format, lint and types"

# Without wheels of torch beside it, pip takes the newest build with several GB of CUDA; the constraints prevent that.
$(VENV)/demo: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[torch,tensorboard,video]'
	touch $@

# TensorFlow comes here: the demo needs one framework. One file of torch-fidelity is the reference of InceptionV3
# in the tests; the rest of it needs torchvision.
$(VENV)/dev: $(VENV)/demo
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-deps torch-fidelity
	touch $@

demo: $(VENV)/demo
	rm -rf $(DEMO)
	$(BIN)/mulligan train digits --time 1m --out $(DEMO)
	$(BIN)/mulligan generate $(DEMO) -n 64 --seed 0 --out $(DEMO)/pictures
	$(BIN)/mulligan interpolate $(DEMO) --out $(DEMO)/walk.gif
	$(BIN)/mulligan evaluate $(DEMO) --samples 2000
	@echo
	@echo "The digits that it made are in $(DEMO)/pictures/grid.png, the whole run in $(DEMO)/report.html."
	@echo "'frechet' above is the distance of its digits from real ones; the last column is what real digits get."
	@echo "Next, with pictures of your own:  $(BIN)/mulligan train PHOTOS/ --time 1h"

# One process to each core; a file stays with one of them, for its fixtures are shared.
test: $(VENV)/dev
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Reproduces the shipped classifiers, whose hashes are frozen; needs ../shared/data.
classifiers: $(VENV)/dev
	$(BIN)/python benchmarks/train_classifiers.py

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
