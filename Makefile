# Parley's commands. `make run` needs Python 3.11 or later with venv and nothing else.

PYTHON ?= python3
PORT ?= 8000
VENV ?= .venv
BIN := $(VENV)/bin
# Where packages come from is pip's own configuration; what they contain is checked against the lock.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

.DEFAULT_GOAL := help
.PHONY: cluster cluster-status cluster-stop test-cluster test-cluster-browser faults help run install install-dev lock hooks docs coverage chromium redis test test-units test-postgres test-cassandra lint types bench bench-history bench-idle bench-presence bench-receipts bench-channel bench-indexing bench-scroll bench-large pictures

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 16

$(VENV)/run.stamp: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) -r requirements-dev.txt
	@touch $@ $(VENV)/run.stamp

install: $(VENV)/run.stamp ## Install what running needs

install-dev: $(VENV)/dev.stamp ## Install what developing needs

# What a lock has stays unless UPGRADE names it (UPGRADE=django, UPGRADE=all). Each lock holds the ones below it, in the same
# versions. uv does not read pip's configuration, only PIP_INDEX_URL is passed on.
LOCK = $(if $(PIP_INDEX_URL),UV_DEFAULT_INDEX=$(PIP_INDEX_URL) )$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url $(if $(UPGRADE),$(if $(filter all,$(UPGRADE)),--upgrade,--upgrade-package $(UPGRADE)))

lock: ## Pin what the requirements*.in files name, with hashes, in requirements*.txt (UPGRADE=django or UPGRADE=all)
	@test -x $(BIN)/uv || $(MAKE) --no-print-directory install-dev
	$(LOCK) --output-file requirements.txt requirements.in
	$(LOCK) --output-file requirements-s3.txt requirements-s3.in
	$(LOCK) --output-file requirements-dev.txt requirements-dev.in

run: install ## Start Parley on this machine (PORT=8000)
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@exec $(BIN)/python manage.py serve --port $(PORT)

CLUSTER ?= var/cluster
CLUSTER_PORT = $(if $(filter file,$(origin PORT)),,--port $(PORT))

cluster: install ## Start nginx, three workers, Redis, PostgreSQL and Cassandra here, what does not run yet (PORT=8080)
	@$(BIN)/python deploy/cluster.py start --folder $(CLUSTER) $(CLUSTER_PORT) $(if $(HISTORY),--history $(HISTORY))

cluster-status: install ## Say of each part of the cluster whether it is ready
	@$(BIN)/python deploy/cluster.py status --folder $(CLUSTER)

cluster-stop: install ## Stop the cluster; its data stays under var/cluster
	@$(BIN)/python deploy/cluster.py stop --folder $(CLUSTER)

lint: install-dev ## Format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml

types: install-dev ## Check types
	$(BIN)/mypy chatproject accounts groups messaging manage.py
	MYPYPATH=deploy $(BIN)/mypy deploy/cluster.py

hooks: install-dev ## Let Git format, lint and check types before each commit
	$(BIN)/pre-commit install

docs: install-dev ## Build the documentation site in var/site; fails on a broken link
	$(BIN)/mkdocs build --strict

bench: install-dev ## Measure Parley beside a C loop, two peers, Tinode and the Channels tutorial (15 to 20 minutes, on idle cores)
	$(BIN)/python -m bench

bench-idle: install-dev ## Hold 2,000 signed-in sockets on one worker and say what they cost
	$(BIN)/python -m bench.idle

bench-presence: install-dev redis ## Say what idle users cost a worker and Redis, while nobody watches and while all do
	$(BIN)/python -m bench.presence

bench-receipts: install-dev ## Say what receipts cost a worker beside the messages of 1,000 people who write and read
	$(BIN)/python -m bench.receipts

bench-channel: install-dev ## Say what a post costs in a channel of 100,000 members, of whom 1,000 are connected
	$(BIN)/python -m bench.channel

bench-indexing: install-dev ## Send 133,000 messages at full speed and say how soon the search index has caught up (some minutes)
	$(BIN)/python -m bench.indexing

bench-scroll: install-dev chromium ## Scroll a conversation of 5,000 messages with pictures in Chromium: frames and jumps (5 minutes)
	$(BIN)/python -m bench.scroll

bench-large: install-dev chromium ## Compare an account of 3,000 conversations with one of 30: page, socket, memory (2 minutes)
	$(BIN)/python -m bench.large_account

bench-history: install-dev ## Compare a conversation of 1,000,500 messages in Cassandra (CASSANDRA_URL, else three nodes made for it) with one of 1,000
	$(if $(CASSANDRA_URL),,NODES=3 PYTHON=$(BIN)/python sh deploy/with-cassandra.sh) $(BIN)/python -m bench.long_history

pictures: install-dev chromium ## Make the README's pictures anew, of a server with people who talk there
	$(BIN)/python -m tests.pictures

chromium:
	@command -v chromium-headless-shell >/dev/null || sh deploy/install-chromium.sh

redis:
	@sh deploy/install-redis.sh

# A file goes to one process, in the order of their names; each process has servers, browsers and a database of its own.
SPREAD := --dist loadfile --no-loadscope-reorder

test: lint types chromium redis ## Run everything that can fail
	$(BIN)/python manage.py makemigrations --check --dry-run --verbosity 0
	$(BIN)/python -m pytest -n 3 $(SPREAD) -m "not cluster and not cassandra"
	$(BIN)/python -m pytest tests/faults -m cluster
	$(MAKE) --no-print-directory -j 2 test-postgres test-cassandra

UNITS := not server and not browser and not cluster and not cassandra

test-units: install-dev redis ## What starts no server and no browser (some minutes)
	$(BIN)/python -m pytest -n 3 $(SPREAD) -m "$(UNITS)"

coverage: install-dev redis ## Which lines of the product the unit tests run; the report is in var/coverage
	$(BIN)/python -m pytest -n 3 $(SPREAD) -m "$(UNITS)" --cov --cov-report=html --cov-report=term:skip-covered

test-postgres: install-dev ## What asks a database, on PostgreSQL
	sh deploy/with-postgres.sh $(BIN)/python -m pytest -n 2 $(SPREAD) tests/messaging tests/groups tests/accounts -m "not server"

test-cassandra: install-dev chromium ## The histories' contract and a restore under open pages, on Cassandra
	PYTHON=$(BIN)/python sh deploy/with-cassandra.sh $(BIN)/python -m pytest tests/messaging/test_history*.py tests/messaging/test_overview.py tests/messaging/test_epochs.py tests/history/test_cassandra.py tests/test_profiles.py tests/browser/test_restores_cassandra.py

test-cluster-browser: install-dev chromium ## The browser tests at a whole cluster, its history in Cassandra (or HISTORY=postgres)
	AT_CLUSTER=1 CLUSTER_HISTORY=$(or $(HISTORY),cassandra) $(BIN)/python -m pytest tests/browser --timeout 600

test-cluster: install-dev ## Break a whole cluster's parts one by one while people talk (some minutes)
	$(BIN)/python -m pytest tests/cluster -m cluster

SENDS ?= 5000

faults: install-dev ## Break a whole cluster in every way under load and write docs/reliability.md (SENDS=5000 FAULTS="calm redis_killed")
	$(BIN)/python -m tests.faults --sends $(SENDS) $(if $(HISTORY),--history $(HISTORY)) $(if $(FAULTS),--faults "$(FAULTS)") $(if $(LOGS),--logs $(LOGS))
