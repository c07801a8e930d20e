# Two commands: `make lab` and `make test`. Each target is a thin call; Windows types it without make,
# for instance `python tools\start.py lab`.
#   make lab LAB_ARGS='--no-browser --port=9999'     passes options to JupyterLab
#   make lab PYTHON=python3.12                       picks the Python to build the environment with

START = $(or $(PYTHON),python3) tools/start.py

.PHONY: lab install test notebooks slides html data bench lint test-backends test-colab test-oldest test-latest \
	test-pack test-mutants regenerate lock

lab:
	@$(START) lab $(LAB_ARGS)

install:
	@$(START) install $(LAB_ARGS)

test:
	@$(START) test $(TEST_ARGS)

notebooks:
	@$(START) notebooks $(NAMES)

slides:
	@$(START) slides $(DECKS)

html:
	@$(START) html

data:
	@$(START) data $(NAMES)

bench:
	@$(START) bench $(SCRIPTS)

lint:
	@$(START) lint

test-backends:
	@$(START) test-backends $(BACKENDS)

test-colab:
	@$(START) test-colab $(NAMES)

test-oldest:
	@$(START) test-oldest $(NAMES)

test-latest:
	@$(START) test-latest $(NAMES)

test-pack:
	@$(START) test-pack $(TEST_ARGS)

test-mutants:
	@$(START) test-mutants $(TEST_ARGS)

regenerate:
	@$(START) regenerate

lock:
	@$(START) lock
