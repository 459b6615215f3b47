# Two commands do all set-up: `make run` and `make test`. Both make the environment when it is missing.

SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
UV := $(shell command -v uv || echo .tools/bin/uv)
ROOT ?= .argosy
BIN := .venv/bin

.PHONY: help run test test-cluster lint golden bench clean
.DEFAULT_GOAL := help

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/ready  ## Run the quickstart: a CSV becomes a model that answers over REST and gRPC
	@$(BIN)/argosy run pipelines/penguins --root $(ROOT)
	@TF_CPP_MIN_LOG_LEVEL=2 $(BIN)/python pipelines/penguins/ask.py --root $(ROOT)

test: .venv/ready  ## Run every test that this machine can run; what it cannot is skipped with a reason
	@$(BIN)/python -m pytest -rs $(ARGS)

test-cluster: .venv/ready  ## Run the tests that need a cluster: KUBECONFIG, ARGOSY_TEST_REGISTRY... (tests/cluster/conftest.py)
	@$(BIN)/python -m pytest -rs -m cluster tests $(ARGS)

lint: .venv/ready  ## Check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy

golden: .venv/ready  ## Regenerate the compiled specs that tests compare with
	@ARGOSY_GOLDEN=1 $(BIN)/python -m pytest -q tests/components/test_faces.py tests/pipelines tests/compile/test_golden.py

bench: .venv/ready  ## Print the figures of time and speed, ratios first
	@for benchmark in benchmarks/*.py; do $(BIN)/python $$benchmark || exit 1; done

clean:  ## Remove the environment and every run
	@rm -rf .venv .tools $(ROOT) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

# The lock file decides what is installed. Byte-compiled, because importing TensorFlow without costs three times as much.
.venv/ready: uv.lock pyproject.toml
	@command -v $(UV) >/dev/null || ($(PYTHON) -m venv .tools && .tools/bin/python -m pip install --quiet uv)
	@echo "Making the environment (.venv): some 2.5 GB, a minute or two" >&2
	@UV_PROJECT_ENVIRONMENT=.venv $(UV) sync --quiet --frozen --all-extras --python $(PYTHON)
	@touch $@
