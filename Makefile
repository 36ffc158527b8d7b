# Stead: one core, two products. `make` builds both, `make help` lists the other targets.
#
# common/ is compiled once, position independent, with no database header on its include path, and linked into both.
# The PostgreSQL library is named stead.so in build/pg; PGXS installs it. The version is that of pg_ext/stead.control.

VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" pg_ext/stead.control)
PG_CONFIG ?= pg_config
BUILD := build

# Warnings are errors in our own checks alone: a newer compiler warns of more, and must still build.
WERROR ?= $(filter check,$(MAKECMDGOALS))
# Registry entries name only the fields they need; the others are zero on purpose. clang would warn about them.
WARNINGS = -Wall -Wextra $(if $(WERROR),-Werror) -Wno-missing-field-initializers
OPTIMISE ?= -O2 -g
BASE_CFLAGS = -std=c11 -D_GNU_SOURCE -Icommon $(OPTIMISE) $(WARNINGS) -fPIC -fvisibility=hidden \
	-DSTEAD_VERSION='"$(VERSION)"' $(EXTRA_CFLAGS)
LIBS := -ljansson -lcrypto
# The compiler lists the headers of each object in a .d file beside it. They are included at the end of this file.
DEPENDENCIES = -MMD -MP

COMMON_SOURCES := $(sort $(shell find common -name '*.c'))
COMMON_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(COMMON_SOURCES))
SQLITE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard sqlite_ext/*.c))
PG_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out pg_ext/gen.c,$(sort $(wildcard pg_ext/*.c) pg_ext/entry.c)))
GEN_OBJECT := $(BUILD)/pg_ext_gen/gen.o
SCRIPT := pg_ext/stead--$(VERSION).sql

all: sqlite_ext/stead.so $(BUILD)/pg/stead.so ## build both products (the default)
.DEFAULT_GOAL := all

# With -j, generated files are written before they are compiled or installed.
GENERATE_FIRST := $(filter generate,$(MAKECMDGOALS))

$(BUILD)/common/%.o: common/%.c | prerequisites-sqlite
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(CPPFLAGS) -c -o $@ $<

$(BUILD)/sqlite_ext/%.o: sqlite_ext/%.c | prerequisites-sqlite
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(CPPFLAGS) -c -o $@ $<

# -isystem: no warnings about the server's headers
PG_CFLAGS = -isystem $$($(PG_CONFIG) --includedir-server)

$(BUILD)/pg_ext/%.o: pg_ext/%.c | prerequisites
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(PG_CFLAGS) $(CPPFLAGS) -c -o $@ $<

# When the version changes, only the files that name it are compiled again.
NAMING_VERSION := $(shell grep -lw STEAD_VERSION $(COMMON_SOURCES) pg_ext/*.c)
$(patsubst %.c,$(BUILD)/%.o,$(NAMING_VERSION)) $(GEN_OBJECT): pg_ext/stead.control
$(BUILD)/pg_ext/entry.o: | $(GENERATE_FIRST)

sqlite_ext/stead.so: $(SQLITE_OBJECTS) $(COMMON_OBJECTS)
	@echo "  LD $@"; $(CC) -shared $(OPTIMISE) $(EXTRA_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/pg/stead.so: $(PG_OBJECTS) $(COMMON_OBJECTS)
	@mkdir -p $(@D)
	@echo "  LD $@"; $(CC) -shared $(OPTIMISE) $(EXTRA_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# ---- Generated files: written by `make generate`, committed, compared by `make generated-check` ----------------------

$(BUILD)/gen: $(GEN_OBJECT) $(SQLITE_OBJECTS) $(COMMON_OBJECTS)
	@echo "  LD $@"; $(CC) $(OPTIMISE) $(EXTRA_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(GEN_OBJECT): pg_ext/gen.c | prerequisites
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(CPPFLAGS) -c -o $@ $<

GENERATED := sql:$(SCRIPT) entry:pg_ext/entry.c reference:docs/reference.md

generate: $(BUILD)/gen ## write the install script, the entry points and the function reference from the registry
	@for pair in $(GENERATED); do file=$${pair#*:}; \
		$(BUILD)/gen $${pair%%:*} >$(BUILD)/generated || exit 1; \
		cmp -s $(BUILD)/generated $$file || { cp $(BUILD)/generated $$file && echo "  GENERATE $$file"; }; \
	done

generated-check: $(BUILD)/gen ## check that the generated files are up to date
	@for pair in $(GENERATED); do \
		$(BUILD)/gen $${pair%%:*} | cmp -s - $${pair#*:} || \
			{ echo "$${pair#*:} is out of date: run make generate"; exit 1; }; \
	done; echo "generated files are current"

# ---- Installing: the PostgreSQL extension by PGXS, the SQLite module beside it ---------------------------------------

SQLITE_EXTENSION_DIR ?= /usr/local/lib/sqlite3
# PGXS takes the library from the current directory, the control file and the script from the directory of install.mk.
PGXS_INSTALL = -C $(BUILD)/pg -f $(CURDIR)/pg_ext/install.mk \
	PG_CONFIG=$(PG_CONFIG) SCRIPT=$(notdir $(SCRIPT)) with_llvm=no

install: all | $(GENERATE_FIRST) ## install both; PG_CONFIG names the server, SQLITE_EXTENSION_DIR a directory
	$(MAKE) --no-print-directory $(PGXS_INSTALL) install
	install -D -m 755 sqlite_ext/stead.so $(DESTDIR)$(SQLITE_EXTENSION_DIR)/stead.so

uninstall: ## remove what install installed
	@mkdir -p $(BUILD)/pg
	$(MAKE) --no-print-directory $(PGXS_INSTALL) uninstall
	rm -f $(DESTDIR)$(SQLITE_EXTENSION_DIR)/stead.so

# ---- Using it --------------------------------------------------------------------------------------------------------

prerequisites:
	@tests/support/prerequisites build

prerequisites-sqlite:
	@tests/support/prerequisites sqlite

prerequisites-check:
	@tests/support/prerequisites check

check: stage prerequisites-check ## run every test on both databases; tests/run PART runs one part
	@tests/run

installcheck: ## run the SQL tests on the server that PGHOST and PGUSER name, where Stead is installed
	@STEAD_TEST_SERVER=running tests/run sql_postgresql

# The servers of the tests and of the benchmark load the extension from build/root. All targets of one make share it.
stage: all | $(GENERATE_FIRST) ## install into build/root, where the tests look
	@rm -rf $(BUILD)/root
	@$(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/$(BUILD)/root >/dev/null

demo: $(if $(filter postgresql,$(DB)),stage,sqlite_ext/stead.so) ## a tour; DB=postgresql, LOG=file for your own log
	@tests/support/prerequisites demo $(DB)
	@LOG='$(LOG)' tests/demo/demo $(DB)

format: ## format the C sources with clang-format; tests/house_rules checks their line length
	git ls-files -co --exclude-standard '*.c' '*.h' | grep -v pg_ext/entry.c | xargs clang-format -i

bench: ## measure Stead against plain SQL
	@MAKEFLAGS= bench/run

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' Makefile | awk -F '|' '{ printf "  make %-16s %s\n", $$1, $$2 }'

clean: ## remove what was built
	rm -rf $(BUILD) sqlite_ext/stead.so

.PHONY: all generate generated-check install uninstall prerequisites prerequisites-sqlite prerequisites-check stage \
	check installcheck demo format bench help clean

-include $(patsubst %.o,%.d,$(COMMON_OBJECTS) $(SQLITE_OBJECTS) $(PG_OBJECTS) $(GEN_OBJECT))
