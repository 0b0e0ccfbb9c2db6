# Copyright: (c) 2026, fieldnet.iot contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# `make` lists the targets. Everything made lies in build/ and the two .venv folders; `make clean` removes it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# make itself may not see what is in the virtual environment, so recipes put it in front.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export PYTHONDONTWRITEBYTECODE := 1
# For tests that start Python a thousand times: its compiled files, where they are in nobody's way.
CACHED := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/build/pycache"
# Only for the fetching of collections, of which there is none.
export ANSIBLE_GALAXY_DISABLE_GPG_VERIFY := true

COLLECTION := ansible_collections/fieldnet/iot
VENV := .venv/.made
IMPORTER := .venv-importer/.made
PACKAGES := build/.packages
TEST_PACKAGES := build/.test-packages
# The collection awx.awx, for the tests of awx_setup alone.
AWX := build/awx/.made
SOURCE := build/src/$(COLLECTION)
# What users install: built from a clean copy, put where Ansible finds it, without a network.
INSTALLED := ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/build/collections"

.PHONY: help setup lint format schemas pages types unit managed faults browser sanity docs site importer molecule lab demo ee bench test tree install clean

help:  ## List the targets
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r name what; do \
	  printf '  make %-10s %s\n' "$$name" "$$what"; done

setup: $(PACKAGES) $(VENV) $(SOURCE)  ## Install what the tests and the demo need: Debian packages, Python packages in .venv

lint: $(PACKAGES) $(VENV) tree  ## Check style: ruff, yamllint, ansible-lint (production), shellcheck, licences
	ruff check .
	ruff format --check .
	yamllint --strict .
	git ls-files -z --cached --others --exclude-standard | xargs -0 awk \
	  'FNR == 1 && /^#!.*[\/ ](ba|da)?sh( |$$)/ { print FILENAME } { nextfile }' | xargs -r shellcheck
	cd build/tree/$(COLLECTION) && ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/build/tree" ansible-lint --offline --strict
	reuse lint --quiet || reuse lint --lines

format: $(VENV)  ## Put Python files into the project's format
	ruff check --fix-only --quiet .
	ruff format .

schemas: $(VENV) $(SOURCE)  ## Write docs/schemas and docs/reference from the shapes in plugin_utils
	PYTHONPATH=build/src python tests/tools/schemas.py

pages: $(VENV) $(SOURCE)  ## Write the vendors' pages (docs/vendors) from their specs
	ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/build/src" ansible-playbook -i localhost, fieldnet.iot.vendor_pages \
	  -e iot_pages=docs/vendors

types: $(VENV) $(SOURCE)  ## Check types: mypy --strict over plugins and tests
	mypy
	git ls-files --cached --others --exclude-standard 'tests/lab/nodes/*.py' | xargs -r mypy

unit: $(VENV) $(SOURCE) $(AWX)  ## Run the unit tests
	$(CACHED) python -m pytest tests/unit --numprocesses 2 --dist loadfile

managed: $(VENV) $(SOURCE)  ## Run the managed hosts' unit tests on every other Python found, and hold the floor of test coverage
	tests/tools/managed

faults: $(TEST_PACKAGES) $(VENV) $(SOURCE)  ## Probe through real faults (drops, rejects, resets, portals) in network namespaces
	$(CACHED) python -m pytest tests/faults --numprocesses 4 --dist loadfile

browser: $(VENV) $(SOURCE)  ## Look at the report's page in headless Chromium
	@tests/lab/packages browser
	python -m pytest tests/browser

sanity: $(PACKAGES) $(VENV)  ## Run all of ansible-test sanity, with every ansible-core and Python found
	tests/tools/sanity

docs: $(VENV) tree  ## Check the plugins' and roles' documentation, its site and the changelog
	cd build/tree/$(COLLECTION) && antsibull-changelog lint
	cd build/tree/$(COLLECTION) && ANSIBLE_COLLECTIONS_PATH="$(CURDIR)/build/tree" \
	  antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
	tests/tools/site

site: $(VENV) tree  ## Build the documentation's site, build/site/html: guides, modules, roles, plugins
	tests/tools/site

importer: $(VENV) $(IMPORTER) tree  ## Check what Galaxy (galaxy-importer) and execution environments (ansible-builder) make of it, and what users install
	tests/tools/importer
	tests/tools/artifact

molecule: setup install  ## Run the Molecule scenarios in the lab, on Debian 12 and 13
	$(INSTALLED) tests/lab/scenarios molecule
	LAB_RELEASE=trixie $(INSTALLED) tests/lab/scenarios molecule

lab: setup install  ## Prove in the lab what Molecule does not: every failure on a gateway, DNS, DHCP, local flows
	$(INSTALLED) tests/lab/scenarios

demo: setup install  ## Show the main job: a blocked site is assessed, provisioned, assessed again
	$(INSTALLED) tests/lab/enter tests/demo/run

ee: setup  ## Build an execution environment on the lab's Debian, and run each playbook in it (two minutes)
	python tests/tools/ee.py

bench: setup install  ## Measure what design and README promise
	@tests/lab/packages bench
	$(INSTALLED) tests/lab/enter python tests/bench/run.py

test:  ## Run everything but the benchmarks; stops at the first step that fails
	tests/tools/all lint+types+docs unit managed faults browser sanity importer molecule lab demo

clean:  ## Remove all that make has made
	rm -rf build .venv .venv-importer .mypy_cache .ruff_cache .hypothesis .ansible .cache

tree:
	@tests/tools/tree

install: $(VENV) tree
	@rm -rf build/artifact build/collections
	@$(INSTALLED) ansible-galaxy collection build --output-path build/artifact build/tree/$(COLLECTION) >build/artifact.log
	@$(INSTALLED) ansible-galaxy collection install --offline --force --collections-path build/collections build/artifact/*.tar.gz \
	  >>build/artifact.log

# The checkout may have any name; tests and mypy see it as the collection through this link.
$(SOURCE):
	@mkdir -p $(@D)
	@ln -sfn "$(CURDIR)" $@

$(PACKAGES): tests/lab/packages
	@mkdir -p $(@D)
	@tests/lab/packages
	@touch $@

$(TEST_PACKAGES): tests/lab/packages
	@mkdir -p $(@D)
	@tests/lab/packages tests
	@touch $@

$(VENV): tests/requirements.txt tests/constraints.txt tests/tools/venv
	@tests/tools/venv .venv tests/requirements.txt
	@touch $@

$(IMPORTER): tests/requirements-importer.txt tests/tools/venv
	@tests/tools/venv .venv-importer tests/requirements-importer.txt
	@touch $@

$(AWX): tests/requirements-awx.txt tests/tools/awx.py | $(VENV)
	@python tests/tools/awx.py
	@touch $@
