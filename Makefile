# What people and CI type. `make help` lists it. Needs a POSIX shell and Python 3.11 or newer; the rest is set up.

PY := .venv/bin/python
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locales/*/LC_MESSAGES/messages.po))
COVERAGE_FLOOR ?= 86
WORKERS ?= 2
KILLS ?= 200
FUZZ_S ?= 300

export QT_LOGGING_RULES ?= qt.qpa.*=false
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help run test check model kill fuzz strings bench shots fix clean freeze app-ready dev-ready

help: ## say what can be typed
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

run: app-ready ## set up and open MigDesk with a demonstration; without a display it drives itself
	@packaging/demo.sh

test: check ## everything that CI runs: the checks, then every test with a floor of coverage
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q -n $(WORKERS) --cov --cov-report=term:skip-covered --cov-fail-under=$(COVERAGE_FLOOR)

check: dev-ready ## format, lint, types, layers, catalogues, rules of the house; under two minutes
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	$(PY) packaging/catalogues.py check
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q tests/house tests/i18n

model: dev-ready ## the state machine of replicas, links and sticks, 2,000 sequences; half an hour
	MIGDESK_LONG=1 $(PY) -m pytest -q -n $(WORKERS) -o faulthandler_timeout=0 tests/model

kill: dev-ready ## kill -9 the windows 200 times while somebody types and saves; a quarter of an hour
	QT_QPA_PLATFORM=offscreen MIGDESK_KILLS=$(KILLS) $(PY) -m pytest -q -s -o faulthandler_timeout=0 tests/e2e/test_kill.py

fuzz: dev-ready ## feed the readers of batches and frames with hostile bytes for FUZZ_S seconds, in little memory
	$(PY) -m tests.faults.fuzz $(FUZZ_S)

fix: dev-ready ## format the code and mend what can be mended by machine
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

strings: dev-ready ## bring the catalogues up to date with the code; shows what has no Indonesian yet
	$(PY) packaging/catalogues.py update
	$(PY) packaging/catalogues.py missing

bench: dev-ready ## measure against the limits of the design into benchmarks/results/
	$(PY) -m benchmarks

shots: app-ready ## renew the pictures of docs/ from a run of the demonstration
	@env -u DISPLAY -u WAYLAND_DISPLAY packaging/demo.sh
	$(PY) packaging/screenshots.py demo-output

freeze: dev-ready ## build the program for this system into dist/ and try it
	$(PY) -m PyInstaller --noconfirm --log-level WARN build.spec
	$(PY) packaging/smoke.py dist/migdesk

clean: ## throw away what was built; .venv stays
	rm -rf build dist demo-output .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis $(CATALOGUES)
	find migdesk tests benchmarks packaging -name __pycache__ -type d -prune -exec rm -rf {} +

app-ready:
	@packaging/setup.sh server
	@$(MAKE) --no-print-directory $(CATALOGUES)

dev-ready:
	@packaging/setup.sh dev
	@$(MAKE) --no-print-directory $(CATALOGUES)

locales/%.mo: locales/%.po
	@$(PY) packaging/catalogues.py compile
