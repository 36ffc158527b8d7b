# Stead: one core, two products. `make` builds both, `make demo` is the tour, `make check` runs every test.
#
# common/ is compiled once, position independent, with no database header on its include path, and linked into both.
# The PostgreSQL library is named stead.so in build/pg; PGXS installs it. The version is that of pg_ext/stead.control.

VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" pg_ext/stead.control)
PG_CONFIG ?= pg_config
BUILD := build

# A registry entry gives the fields it has; the rest are zero by design. Only clang minds.
WARNINGS := -Wall -Wextra -Werror -Wno-missing-field-initializers
OPTIMISE ?= -O2 -g
BASE_CFLAGS = -std=c11 -D_GNU_SOURCE -Icommon $(OPTIMISE) $(WARNINGS) -fPIC -fvisibility=hidden -DSTEAD_VERSION='"$(VERSION)"' \
	$(EXTRA_CFLAGS)
LIBS := -ljansson -lcrypto
# The compiler notes which headers an object was made of, beside it; read at the end of this file.
DEPENDENCIES = -MMD -MP

COMMON_SOURCES := $(sort $(shell find common -name '*.c'))
COMMON_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(COMMON_SOURCES))
SQLITE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard sqlite_ext/*.c))
PG_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(filter-out pg_ext/gen.c,$(sort $(wildcard pg_ext/*.c) pg_ext/entry.c)))
SCRIPT := pg_ext/stead--$(VERSION).sql

all: sqlite_ext/stead.so $(BUILD)/pg/stead.so
.DEFAULT_GOAL := all

$(BUILD)/common/%.o: common/%.c pg_ext/stead.control | prerequisites-sqlite
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(CPPFLAGS) -c -o $@ $<

$(BUILD)/sqlite_ext/%.o: sqlite_ext/%.c pg_ext/stead.control | prerequisites-sqlite
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(CPPFLAGS) -c -o $@ $<

# -isystem: the server's headers are not held to our warnings
$(BUILD)/pg_ext/%.o: pg_ext/%.c pg_ext/stead.control | prerequisites
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) -isystem $$($(PG_CONFIG) --includedir-server) $(CPPFLAGS) -c -o $@ $<

sqlite_ext/stead.so: $(SQLITE_OBJECTS) $(COMMON_OBJECTS)
	@echo "  LD $@"; $(CC) -shared $(OPTIMISE) $(EXTRA_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/pg/stead.so: $(PG_OBJECTS) $(COMMON_OBJECTS)
	@mkdir -p $(@D)
	@echo "  LD $@"; $(CC) -shared $(OPTIMISE) $(EXTRA_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# ---- Generated files: written by `make generate`, committed, compared by `make generated-check` ----------------------

$(BUILD)/gen: $(BUILD)/pg_ext_gen/gen.o $(SQLITE_OBJECTS) $(COMMON_OBJECTS)
	@echo "  LD $@"; $(CC) $(OPTIMISE) $(EXTRA_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(BUILD)/pg_ext_gen/gen.o: pg_ext/gen.c pg_ext/stead.control | prerequisites
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(CPPFLAGS) -c -o $@ $<

GENERATED := sql:$(SCRIPT) entry:pg_ext/entry.c reference:docs/reference.md

generate: $(BUILD)/gen
	@for pair in $(GENERATED); do $(BUILD)/gen $${pair%%:*} > $${pair#*:}; done

generated-check: $(BUILD)/gen
	@for pair in $(GENERATED); do \
		$(BUILD)/gen $${pair%%:*} | cmp -s - $${pair#*:} || { echo "$${pair#*:} is out of date: run make generate"; exit 1; }; \
	done; echo "generated files are current"

# ---- Installing: the PostgreSQL extension by PGXS, the SQLite module beside it ----------------------------------------

SQLITE_EXTENSION_DIR ?= /usr/local/lib/sqlite3
PGXS_INSTALL = $(MAKE) --no-print-directory -C pg_ext -f install.mk PG_CONFIG=$(PG_CONFIG) SCRIPT=$(notdir $(SCRIPT)) \
	with_llvm=no

install: all
	@cp $(BUILD)/pg/stead.so pg_ext/stead.so # where PGXS looks for it
	$(PGXS_INSTALL) install
	install -D -m 755 sqlite_ext/stead.so $(DESTDIR)$(SQLITE_EXTENSION_DIR)/stead.so

uninstall:
	$(PGXS_INSTALL) uninstall
	rm -f $(DESTDIR)$(SQLITE_EXTENSION_DIR)/stead.so

# ---- Using it ----------------------------------------------------------------------------------------------------------

prerequisites:
	@tests/support/prerequisites build

prerequisites-sqlite:
	@tests/support/prerequisites sqlite

check: stage
	@tests/run

# What the tests and the benchmark install: into build/root, where their servers look for it.
stage: all
	@tests/support/prerequisites check
	@$(STAGE)

STAGE = rm -rf $(BUILD)/root && $(MAKE) --no-print-directory install DESTDIR=$(CURDIR)/$(BUILD)/root >/dev/null

demo: $(if $(filter postgresql,$(DB)),all,sqlite_ext/stead.so)
	@tests/support/prerequisites demo $(DB)
	@$(if $(filter postgresql,$(DB)),$(STAGE))
	@LOG='$(LOG)' tests/demo/demo $(DB)

bench:
	@bench/run

clean:
	rm -rf $(BUILD) sqlite_ext/stead.so pg_ext/stead.so

.PHONY: all generate generated-check install uninstall prerequisites prerequisites-sqlite stage check demo bench clean

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
