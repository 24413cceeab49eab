# Everything runs in .venv, which each target makes from nothing but Python >= 3.11.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.ready
PAGES ?= configs/sample/pages
# The engine that needs no cluster, built by Go from the same release as the Python package.
PRISM := .engines/bin/prism
BEAM := 2.77.0
# Flink from its Python package, Beam's job servers for it and for Spark put together by Maven.
FLINK := .engines/flink
FLINK_VERSION := 1.19.3
SPARK := .engines/spark
SECONDS ?= 180
KILLS ?= 3

.PHONY: help demo prism streams flink flink-up flink-down flink-demo flink-streams spark-demo test check bench lock clean

help: ## say what the targets do
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /\1\t/'

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
	  || { echo "newsbeam needs Python 3.11, 3.12 or 3.13; set PYTHON=python3.12 or the like" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## run the shipped sample: its files, then its feeds, twice; query the result
	rm -rf demo-output demo-feeds
	$(BIN)/newsbeam run configs/quickstart.yaml
	$(BIN)/python configs/sample/query.py demo-output
	$(BIN)/python configs/sample/serve.py --job demo-feeds.yaml \
	  '$(BIN)/newsbeam run demo-feeds.yaml' \
	  '$(BIN)/newsbeam run demo-feeds.yaml' \
	  '$(BIN)/newsbeam feeds demo-feeds'

$(PRISM):
	GOBIN=$(CURDIR)/$(dir $(PRISM)) go install github.com/apache/beam/sdks/v2/go/cmd/prism@v$(BEAM)

prism: $(STAMP) $(PRISM) ## run the main job on the engine Prism and compare its articles with those of newsbeam's own workers; needs Go
	rm -rf prism-output
	$(BIN)/python -m tests.engines.compare --prism $(PRISM) configs/quickstart.yaml prism-output

streams: $(STAMP) $(PRISM) ## kill a stream on Prism again and again and count what it publishes: make streams SECONDS=600; needs Go
	$(BIN)/python -m tests.engines.stream --prism $(PRISM) --seconds $(SECONDS) --kills $(KILLS) --folder stream-output

$(FLINK)/lib/.ready:
	rm -rf $(@D) && mkdir -p $(@D)
	$(PYTHON) -m pip download --quiet --no-deps --dest $(FLINK)/dist apache-flink-libraries==$(FLINK_VERSION)
	tar --extract --gzip --file $(FLINK)/dist/apache-flink-libraries-$(FLINK_VERSION).tar.gz --directory $(@D) \
	  --strip-components=3 --wildcards '*/deps/lib/flink-dist-*' '*/deps/lib/log4j-*'
	@touch $@

$(FLINK)/job-server.jar $(SPARK)/job-server.jar: .engines/%/job-server.jar: tests/engines/%/pom.xml
	mvn --batch-mode --quiet --file $< package -Dfolder=$(CURDIR)/$(@D)

flink: $(STAMP) $(FLINK)/lib/.ready $(FLINK)/job-server.jar ## get Flink and Beam's job server for it; needs Java and Maven

flink-up: flink ## start a Flink cluster on this machine, and say how a job gets there
	$(BIN)/python -m tests.engines.flink.cluster up $(FLINK)/cluster --engine $(FLINK)

flink-down: $(STAMP) ## end it
	$(BIN)/python -m tests.engines.flink.cluster down $(FLINK)/cluster --engine $(FLINK)

flink-demo: flink ## run the main job on a Flink cluster and compare its articles with those of newsbeam's own workers
	rm -rf flink-output
	$(BIN)/python -m tests.engines.compare --flink $(FLINK) configs/quickstart.yaml flink-output

flink-streams: flink ## kill parts of a stream on a Flink cluster and count: make flink-streams SECONDS=600
	$(BIN)/python -m tests.engines.stream --flink $(FLINK) --seconds $(SECONDS) --folder flink-stream-output

spark-demo: $(STAMP) $(SPARK)/job-server.jar ## the same as flink-demo on a Spark of one process; needs Java and Maven
	rm -rf spark-output
	$(BIN)/python -m tests.engines.compare --spark $(SPARK) configs/quickstart.yaml spark-output

test: $(STAMP) ## run all tests
	$(BIN)/python -m pytest --quiet

check: $(STAMP) ## format, lint, types, import order
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## measure speed and memory beside plain alternatives: make bench PAGES=folder; takes minutes
	$(BIN)/python -m tests.benchmarks --pages $(PAGES)
	$(BIN)/python -m tests.benchmarks.topics
	$(BIN)/python -m tests.benchmarks.extraction --pages $(PAGES)

lock: ## pin all dependencies anew, with hashes (needs uv)
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-annotate --no-header --quiet --output-file requirements.lock

clean: ## remove what the targets made
	rm -rf .venv .engines demo-output demo-feeds demo-feeds.yaml bench-output prism-output stream-output flink-output flink-stream-output spark-output
