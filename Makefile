# Everything one types. Works with GNU make 3.81 (macOS) and newer; Linux, macOS, WSL2.
# Options for a command go in as ARGS:  make flow ARGS="--fact 'pedido 7431'"

.DEFAULT_GOAL := help
SHELL := /bin/bash
ARGS ?=

VENV := .venv
AWS := .venv-aws
PY := $(VENV)/bin/python
HILO := $(PY) -m infra.cli
PIP := -m pip --disable-pip-version-check --no-input install --progress-bar off

# Candidates are run, not looked up: a version manager may leave a command that only fails.
FIND_PYTHON = for p in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& echo $$p && break; done

REQUIREMENTS := infra/requirements.txt functions/requirements.txt connector/requirements.txt
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev
EMULATOR := $(AWS)/.installed

.PHONY: help
help:  ## Show this list
	@echo "Hilo keeps the thread of a phone call on WhatsApp. What you can type:"
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):.*  ## \(.*\)$$/  make \1|\2/p' $(MAKEFILE_LIST) \
	| awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'
	@echo
	@echo 'Options go in as ARGS, for example: make up ARGS="--fresh"'

.PHONY: up
up: install  ## Run the whole system on this machine and print the page to open
	@$(HILO) up $(ARGS)

.PHONY: flow
flow: install  ## Run the main test: call, WhatsApp, reply, answer, and again after a closed socket
	@$(HILO) flow $(ARGS)

.PHONY: test
test: $(DEV) $(EMULATOR)  ## Run all tests, a file at a time on each of up to four cores
	@$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(ARGS)

# With VENV given, an installation is made there. These tests need no local AWS.
PYTHONS ?= python3.11 python3.12 python3.13 python3.14
OF_A_PYTHON := import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print("%d.%d" % sys.version_info[:2])
ON_EACH := tests/unit tests/integration/connector

.PHONY: test-pythons
test-pythons:  ## Run the tests of code and connector with each Python here: PYTHONS="python3.12 python3.14"
	@ran= failed=; \
	for python in $(PYTHONS); do \
		version=$$($$python -c '$(OF_A_PYTHON)' 2>/dev/null) \
		|| { echo "$$python: none that runs here, or too old"; continue; }; \
		venv=.venv-py$$version; ran=1; \
		$(MAKE) --no-print-directory VENV=$$venv PYTHON=$$python $$venv/.installed-dev \
		&& $$venv/bin/python -VV \
		&& $$venv/bin/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile $(ON_EACH) $(ARGS) \
		|| failed="$$failed $$python"; \
	done; \
	if [ -z "$$ran" ]; then echo "no Python of PYTHONS runs here"; exit 1; fi; \
	if [ -n "$$failed" ]; then echo "failed with:$$failed"; exit 1; fi

.PHONY: check
check: $(DEV)  ## Check style, types, imports and templates
	@echo "ruff check";  $(VENV)/bin/ruff check
	@echo "ruff format"; $(VENV)/bin/ruff format --check
	@echo "mypy";        $(VENV)/bin/mypy
	@echo "imports";     $(VENV)/bin/lint-imports
	@echo "templates";   $(VENV)/bin/cfn-lint --config-file infra/cfn-lint.yaml -- template.yaml infra/aws/*.yaml
	@echo '{"ok": true}'

.PHONY: format
format: $(DEV)  ## Mend style where a tool can
	@$(VENV)/bin/ruff check --fix; $(VENV)/bin/ruff format

.PHONY: bench-cold
bench-cold: $(DEV)  ## Measure the webhook's cold start against bare botocore
	@$(PY) -m tests.bench.cold $(ARGS)

.PHONY: bench-panel
bench-panel: $(DEV) $(EMULATOR)  ## Measure the panel's pages with 5,000 conversations
	@$(PY) -m tests.bench.panel $(ARGS)

.PHONY: screenshots
screenshots: $(DEV) $(EMULATOR)  ## Take the pictures of the documentation again
	@$(PY) -m tests.browser.screenshots $(ARGS) && $(PY) -m tests.browser.panel

.PHONY: install
install: $(RUN) $(EMULATOR)  ## Install what running needs (other targets do it by themselves)

.PHONY: clean
clean:  ## Remove what was installed, and caches (data in .local stays)
	rm -rf $(VENV) $(AWS) .venv-sam .venv-aws-full .venv-lint .venv-py* .aws-sam .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is written last, so that a failed install is tried again and a finished one never is.
# Each says how long it took and how large its folder is now.

define venv
	@python=$$($(FIND_PYTHON)); \
	if [ -z "$$python" ]; then cat infra/no-python.txt; exit 1; fi; \
	if ! $(1)/bin/python -m pip --version >/dev/null 2>&1; then \
		echo "  creating $(1) with $$python ($$($$python --version))"; \
		$$python -m venv --clear $(1) || { rm -rf $(1); exit 1; }; \
	fi
endef

define pip-install
	@printf '  installing %s into %s (once) ' $(2) $(1); \
	began=$$(date +%s); set -o pipefail; \
	$(1)/bin/python $(PIP) -r $(2) 2>&1 | awk ' \
		/^Collecting|^Requirement already/ { if (n++ % 4 == 0) printf "."; fflush(); next } \
		/^Installing collected/ { printf " unpacking"; fflush(); next } \
		/^ERROR|^error|rror:/ { print "\n  " $$0; fflush() }' \
	|| { echo "  the installation failed: nothing is marked as done, so try again" >&2; exit 1; }; \
	echo; echo "  $(1): $$(( $$(date +%s) - began )) s, $$(du -sk $(1) | awk '{print int($$1 / 1024)}') MB"
endef

# `hilo` itself: two lines beside the interpreter they need.
define hilo-script
	@printf '#!/bin/sh\nPYTHONPATH="%s" exec "%s/bin/python" -m infra.cli "$$@"\n' "$(CURDIR)" "$(CURDIR)/$(VENV)" \
	> $(VENV)/bin/hilo && chmod +x $(VENV)/bin/hilo
endef

$(RUN): $(REQUIREMENTS)
	$(call venv,$(VENV))
	$(call pip-install,$(VENV),infra/requirements.txt)
	$(hilo-script)
	@touch $@

$(DEV): requirements.txt $(RUN)
	$(call pip-install,$(VENV),requirements.txt)
	@touch $@

$(EMULATOR): infra/requirements-aws.txt
	$(call venv,$(AWS))
	$(call pip-install,$(AWS),infra/requirements-aws.txt)
	@touch $@


# --- deploying -----------------------------------------------------------------------------------
# `sam build` calls build-<LogicalId> for each function of template.yaml, with ARTIFACTS_DIR set. A
# rule sees no template parameters: the platform (aarch64, x86_64 or host) and the Python of the
# packages come from the environment, and must say what the parameters Architecture and
# PythonRuntime say.

PACKAGE_PLATFORM ?= aarch64
PACKAGE_PYTHON ?= 3.13

define package
	@python=$$($(FIND_PYTHON)); \
	$$python -m infra.packaging $(1) "$(ARTIFACTS_DIR)" --platform $(PACKAGE_PLATFORM) --python $(PACKAGE_PYTHON)
endef

.PHONY: build-TwilioWebhookFunction build-DeliveryStatusFunction build-PostCallWebhookFunction \
	build-ReplySenderFunction build-BatchMonitorFunction build-SweeperFunction build-OperatorAlertsFunction \
	build-PanelFunction
build-TwilioWebhookFunction: ; $(call package,twilio_webhook)
build-DeliveryStatusFunction: ; $(call package,delivery_status)
build-PostCallWebhookFunction: ; $(call package,post_call_webhook)
build-ReplySenderFunction: ; $(call package,reply_sender)
build-BatchMonitorFunction: ; $(call package,batch_monitor)
build-SweeperFunction: ; $(call package,sweeper)
build-OperatorAlertsFunction: ; $(call package,operator_alerts)
build-PanelFunction: ; $(call package,panel)

SAM := .venv-sam
AWS_FULL := .venv-aws-full

.PHONY: deploy-local
deploy-local: $(RUN) $(SAM)/.installed $(AWS_FULL)/.installed  ## Rehearse the deployment here: sam build, sam deploy, and the main test
	@$(PY) -m infra.cli.deploy_local $(ARGS)

.PHONY: connector-image
connector-image: $(RUN)  ## Build the connector's image and push it to the deployed stack
	@$(PY) -m infra.packaging.image $(ARGS)

.PHONY: connector-base
connector-base: $(RUN)  ## Pin the connector's base image to its digest of today (ARGS="--check": only compare)
	@$(PY) -m infra.packaging.base $(ARGS)

$(SAM)/.installed: infra/requirements-sam.txt
	$(call venv,$(SAM))
	$(call pip-install,$(SAM),infra/requirements-sam.txt)
	@touch $@

$(AWS_FULL)/.installed: infra/requirements-aws-full.txt infra/requirements-aws.txt
	$(call venv,$(AWS_FULL))
	$(call pip-install,$(AWS_FULL),infra/requirements-aws-full.txt)
	@touch $@

LINT := .venv-lint

.PHONY: lint-aws
lint-aws: $(RUN) $(SAM)/.installed $(LINT)/.installed  ## Ask sam, checkov, parliament and hadolint about what is deployed
	@SAM_CLI_TELEMETRY=0 $(PY) -m infra.packaging.lint

$(LINT)/.installed: infra/requirements-lint.txt
	$(call venv,$(LINT))
	$(call pip-install,$(LINT),infra/requirements-lint.txt)
	@touch $@

# --- benchmarks ----------------------------------------------------------------------------------

BENCH := $(VENV)/.installed-bench
NODE_WS := tests/bench/holder/node/node_modules/.installed
MINUTES ?= 5

.PHONY: bench-holder
bench-holder: $(BENCH) $(NODE_WS)  ## Measure the connector against other clients (ARGS="--quick": 3 minutes)
	@$(PY) -m tests.bench.holder $(ARGS)

.PHONY: bench-scale
bench-scale: $(DEV)  ## Measure the CPU of a message at 10,000 sockets against 100
	@$(PY) -m tests.bench.scale $(ARGS)

.PHONY: soak
soak: $(DEV)  ## Talk on 2,000 sockets for MINUTES=5, and see that memory and files stay flat
	@$(PY) -m tests.bench.soak --minutes $(MINUTES) $(ARGS)

$(BENCH): tests/bench/requirements.txt $(DEV)
	$(call pip-install,$(VENV),tests/bench/requirements.txt)
	@touch $@

# A machine without node measures the others, and says so.
$(NODE_WS): tests/bench/holder/node/package.json
	@if command -v npm >/dev/null; then \
		cd tests/bench/holder/node && npm install --no-audit --no-fund --silent && touch node_modules/.installed; \
	else echo "  npm is not installed: Node's ws will not be measured"; fi


# --- chaos: real processes are killed, stopped and cut off, and nothing may be lost or come twice --
CONVERSATIONS ?= 300
KILLS ?= 4
SEED ?= 1
RUN_NAME ?= ci

.PHONY: chaos
chaos: $(DEV) $(EMULATOR)  ## Kill processes while people write: CONVERSATIONS= KILLS= SEED=
	@$(PY) -m tests.chaos ci conversations=$(CONVERSATIONS) kills=$(KILLS) seed=$(SEED) $(ARGS)

.PHONY: chaos-run
chaos-run: $(DEV) $(EMULATOR)  ## Run one of docs/reliability.md's targets: RUN_NAME=pauses ARGS="seed=3"
	@$(PY) -m tests.chaos $(RUN_NAME) $(ARGS)

.PHONY: chaos-mutants
chaos-mutants: $(DEV) $(EMULATOR)  ## Take each mechanism out: every run must turn red
	@$(PY) -m tests.chaos.mutants $(ARGS)
