# Stead: one core, two products. `make` builds both, `make help` lists the other targets.
#
# common/ is compiled once, position independent, with no database header on its include path, and linked into both.
# The PostgreSQL library is built in build/pg-<major version>; PGXS installs it. The version is that of
# pg_ext/stead.control.

VERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" pg_ext/stead.control)
PG_CONFIG ?= pg_config
BUILD := build

# The major version of the server. Each has a build directory of its own, as its headers differ. Where there is no
# pg_config yet, goals that need a server install one first.
pg_major = $(shell $(PG_CONFIG) --version 2>/dev/null | sed 's/[^0-9]*\([0-9]*\).*/\1/')
PG_MAJOR := $(pg_major)
WITHOUT_SERVER := sqlite install-sqlite matrix deb deb-check dist wheel wheel-check npm npm-check clean format help \
	$(if $(filter postgresql,$(DB)),,demo)
ifeq ($(PG_MAJOR),)
ifneq ($(filter-out $(WITHOUT_SERVER),$(or $(MAKECMDGOALS),all)),)
PG_MAJOR := $(shell tests/support/prerequisites build >&2)$(pg_major)
endif
endif

# ---- What CC, CFLAGS, CPPFLAGS and LDFLAGS of the environment or the command line change: they come last -------------

OPTIMISE ?= -O2 -g
CFLAGS ?= $(OPTIMISE)

# Warnings are errors in our own checks alone: a newer compiler warns of more, and must still build.
WERROR ?= $(filter check,$(MAKECMDGOALS))
# Registry entries name only the fields they need; the others are zero on purpose. clang would warn about them.
WARNINGS = -Wall -Wextra $(if $(WERROR),-Werror) -Wno-missing-field-initializers
# The C library checks sizes only in optimised code. A sanitizer checks more, and whoever sets a level has it.
GIVEN = $(CFLAGS) $(EXTRA_CFLAGS) $(CPPFLAGS)
OPTIMISED = $(filter-out -O0,$(lastword $(filter -O%,$(GIVEN))))
FORTIFY = $(if $(OPTIMISED),$(if $(findstring _FORTIFY_SOURCE,$(GIVEN))$(findstring -fsanitize,$(GIVEN)),, \
	-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2))
# No path of this directory in the products: two builds in two directories are the same, byte for byte.
BASE_CFLAGS = -std=c11 -D_GNU_SOURCE -Icommon $(WARNINGS) -fPIC -fvisibility=hidden -fstack-protector-strong \
	-ffile-prefix-map=$(CURDIR)=. -DSTEAD_VERSION='"$(VERSION)"' \
	$(if $(LIBCRYPTO_STATIC),-DSTEAD_OWN_LIBCRYPTO -DSTEAD_WITHOUT_CRYPT) \
	$(FORTIFY) $(CFLAGS) $(EXTRA_CFLAGS)
# What the loader writes to is read-only afterwards; all names are bound when the library is loaded.
BASE_LDFLAGS = -shared -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack -Wl,-Bsymbolic-functions $(CFLAGS) $(EXTRA_CFLAGS)
# With LIBCRYPTO_STATIC=1 or JANSSON_STATIC=1, and a BUILD of its own, the products hold that library and show none of
# its names: in a process that has its own OpenSSL they still use theirs. They stay loaded, as OpenSSL has handlers for
# the end of a thread. libargon2 is held with jansson. libcrypt (crypt(3)) is not: its licence is the LGPL, and systems
# have it under different names. So a module that holds libcrypto does without: it takes no hashes of other systems.
STATIC_LDFLAGS = -Wl,--exclude-libs,ALL -Wl,-z,nodelete -ldl -pthread
JANSSON := $(if $(JANSSON_STATIC),$(BUILD)/libjansson.a)
LIBS = $(if $(JANSSON),,-ljansson) $(if $(JANSSON_STATIC),-l:libargon2.a,-largon2) \
	$(if $(LIBCRYPTO_STATIC),-l:libcrypto.a,-lcrypto -lcrypt) \
	$(if $(JANSSON)$(LIBCRYPTO_STATIC),$(STATIC_LDFLAGS))
# The compiler lists the headers of each object in a .d file beside it. They are included at the end of this file.
DEPENDENCIES = -MMD -MP

COMMON_SOURCES := $(sort $(shell find common -name '*.c'))
COMMON_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(COMMON_SOURCES))
SQLITE_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(sort $(wildcard sqlite_ext/*.c)))
PG_BUILD := $(BUILD)/pg-$(PG_MAJOR)
PG_SOURCES := $(filter-out pg_ext/gen.c,$(sort $(wildcard pg_ext/*.c) pg_ext/entry.c))
PG_OBJECTS := $(patsubst pg_ext/%.c,$(PG_BUILD)/%.o,$(PG_SOURCES))
GEN_OBJECT := $(BUILD)/gen.o
SCRIPT := pg_ext/stead--$(VERSION).sql
# The script that updates the last released version's functions to today's. The released ones never change.
RELEASED := $(shell sed -n 's/^[0-9a-f]\{64\}  stead--\([0-9.]*\)\.sql$$/\1/p' pg_ext/released)
LAST_RELEASE := $(lastword $(filter-out $(VERSION),$(RELEASED)))
LAST_SCRIPT := $(LAST_RELEASE:%=pg_ext/stead--%.sql)
UPDATE := $(LAST_RELEASE:%=pg_ext/stead--%--$(VERSION).sql)
SCRIPTS := $(sort $(SCRIPT) $(UPDATE) $(wildcard pg_ext/stead--*.sql))
# Another BUILD keeps its module to itself.
SQLITE_MODULE := $(if $(filter build,$(BUILD)),sqlite_ext/stead.so,$(BUILD)/sqlite/stead.so)
PG_MODULE := $(PG_BUILD)/stead.so

all: sqlite pg ## build both products (the default)
sqlite: $(SQLITE_MODULE) ## build the SQLite module alone: sqlite_ext/stead.so
pg: $(PG_MODULE) ## build the PostgreSQL library alone, for the server of PG_CONFIG: build/pg-15/stead.so
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

$(PG_BUILD)/%.o: pg_ext/%.c | prerequisites
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(PG_CFLAGS) $(CPPFLAGS) -c -o $@ $<

# When the version changes, only the files that name it are compiled again.
NAMING_VERSION := $(shell grep -lw STEAD_VERSION $(COMMON_SOURCES) pg_ext/*.c)
$(patsubst pg_ext/%.c,$(PG_BUILD)/%.o,$(patsubst common/%.c,$(BUILD)/common/%.o,$(NAMING_VERSION))) $(GEN_OBJECT): \
	pg_ext/stead.control
$(PG_BUILD)/entry.o: | $(GENERATE_FIRST)

$(SQLITE_MODULE): $(SQLITE_OBJECTS) $(COMMON_OBJECTS) $(JANSSON)
	@mkdir -p $(@D)
	@echo "  LD $@"; $(CC) $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(PG_MODULE): $(PG_OBJECTS) $(COMMON_OBJECTS) $(JANSSON)
	@mkdir -p $(@D)
	@echo "  LD $@"; $(CC) $(BASE_LDFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# Debian's archive can be linked into a library but for one place: json_loadf(), which nothing here calls, compares with
# stdin. There it gets a name of ours instead.
$(BUILD)/libjansson.a:
	@mkdir -p $(BUILD)/jansson
	objcopy --redefine-sym stdin=stead_no_stdin $$($(CC) -print-file-name=libjansson.a) $(BUILD)/jansson/libjansson.a
	echo 'void *stead_no_stdin;' | $(CC) $(BASE_CFLAGS) -x c -c -o $(BUILD)/jansson/stdin.o -
	ar -rD $(BUILD)/jansson/libjansson.a $(BUILD)/jansson/stdin.o
	mv $(BUILD)/jansson/libjansson.a $@

# ---- Generated files: written by `make generate`, committed, compared by `make generated-check` ----------------------

$(BUILD)/gen: $(GEN_OBJECT) $(SQLITE_OBJECTS) $(COMMON_OBJECTS) $(JANSSON)
	@echo "  LD $@"; $(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(GEN_OBJECT): pg_ext/gen.c | prerequisites
	@mkdir -p $(@D)
	@echo "  CC $<"; $(CC) $(BASE_CFLAGS) $(DEPENDENCIES) $(CPPFLAGS) -c -o $@ $<

GENERATED := sql:$(SCRIPT) $(UPDATE:%=update:%) entry:pg_ext/entry.c reference:docs/reference.md

generate: $(BUILD)/gen ## write the install script, the entry points and the function reference from the registry
	@for pair in $(GENERATED); do file=$${pair#*:}; \
		$(BUILD)/gen $${pair%%:*} $(LAST_SCRIPT) >$(BUILD)/generated || exit 1; \
		cmp -s $(BUILD)/generated $$file && continue; \
		if grep -q "  $${file#pg_ext/}$$" pg_ext/released; then echo "$(NEVER_CHANGES)" >&2; exit 1; fi; \
		cp $(BUILD)/generated $$file && echo "  GENERATE $$file"; \
	done

NEVER_CHANGES = $$file is released and never changes: set the next version in pg_ext/stead.control

generated-check: $(BUILD)/gen ## check that the generated files are up to date, and the released ones as they were
	@! grep -q '^[0-9a-f]' pg_ext/released || (cd pg_ext && grep '^[0-9a-f]' released | sha256sum --quiet -c) || \
		{ echo "a released script never changes: git checkout it, and see docs/contributing.md"; exit 1; }
	@for pair in $(GENERATED); do file=$${pair#*:}; \
		$(BUILD)/gen $${pair%%:*} $(LAST_SCRIPT) >$(BUILD)/generated || exit 1; \
		cmp -s $(BUILD)/generated $$file && continue; \
		if grep -q "  $${file#pg_ext/}$$" pg_ext/released; then echo "$(NEVER_CHANGES)"; exit 1; fi; \
		echo "$$file is out of date: run make generate"; exit 1; \
	done; echo "generated files are current"

# ---- Installing: the PostgreSQL extension by PGXS, the SQLite module beside it ---------------------------------------

SQLITE_EXTENSION_DIR ?= /usr/local/lib/sqlite3
# PGXS takes the library from the current directory, the control file and the scripts from the directory of install.mk.
PGXS_INSTALL = -C $(PG_BUILD) -f $(CURDIR)/pg_ext/install.mk VPATH=$(CURDIR)/pg_ext \
	PG_CONFIG=$(PG_CONFIG) STEAD_SCRIPTS="$(notdir $(SCRIPTS))" with_llvm=no

install: install-pg install-sqlite ## install both

install-pg: pg | $(GENERATE_FIRST) ## install the extension for the server of PG_CONFIG
	$(MAKE) --no-print-directory $(PGXS_INSTALL) install

install-sqlite: sqlite | $(GENERATE_FIRST) ## install the SQLite module in SQLITE_EXTENSION_DIR
	install -D -m 755 $(SQLITE_MODULE) $(DESTDIR)$(SQLITE_EXTENSION_DIR)/stead.so

uninstall: ## remove what install installed
	@mkdir -p $(PG_BUILD)
	$(MAKE) --no-print-directory $(PGXS_INSTALL) uninstall
	rm -f $(DESTDIR)$(SQLITE_EXTENSION_DIR)/stead.so

# ---- Packages: docs/packages.md --------------------------------------------------------------------------------------

deb: ## make Debian packages for SQLite and every installed server version, in build/deb
	@MAKEFLAGS= packages/deb $(BUILD)/deb

deb-check: ## install them in a new root, run README's first example there, and purge them again
	@MAKEFLAGS= packages/deb-check $(BUILD)/deb

# Of the libraries that Stead needs, a server's image has OpenSSL and libcrypt: jansson and libargon2 are linked in.
OCI := $(BUILD)/oci
JANSSON_LICENCE ?= /usr/share/doc/libjansson-dev/copyright
ARGON2_LICENCE ?= /usr/share/doc/libargon2-dev/copyright
oci: ## make a directory with the extension for PostgreSQL 18's extension_control_path, in build/oci/stead
	@[ $(PG_MAJOR) -ge 18 ] || { echo "PG_CONFIG is of PostgreSQL $(PG_MAJOR): this needs 18 or later"; exit 1; }
	@$(MAKE) --no-print-directory BUILD=$(OCI)/built JANSSON_STATIC=1 pg
	@rm -rf $(OCI)/stead
	install -D -m 755 $(OCI)/built/pg-$(PG_MAJOR)/stead.so $(OCI)/stead/lib/stead.so
	install -D -m 644 -t $(OCI)/stead/share/extension pg_ext/stead.control $(SCRIPTS)
	install -D -m 644 LICENSE $(OCI)/stead/licenses/stead/LICENSE
	install -D -m 644 $(JANSSON_LICENCE) $(OCI)/stead/licenses/jansson/copyright
	install -D -m 644 $(ARGON2_LICENCE) $(OCI)/stead/licenses/argon2/copyright

oci-check: ## run README's first example on a server that finds the extension there; skipped before PostgreSQL 18
	@MAKEFLAGS= packages/oci-check $(OCI)/stead

.PHONY: deb deb-check oci oci-check dist
dist: ## make the archive for PGXN of what is committed, in build
	@mkdir -p $(BUILD)
	git archive --format=zip --prefix=stead-$(VERSION)/ -o $(BUILD)/stead-$(VERSION).zip HEAD

# ---- Using it --------------------------------------------------------------------------------------------------------

prerequisites:
	@tests/support/prerequisites build

prerequisites-sqlite:
	@tests/support/prerequisites sqlite

prerequisites-check:
	@tests/support/prerequisites check

check: stage prerequisites-check ## run every test on both databases; tests/run PART runs one part
	@tests/run

matrix: ## build and test on other releases of Debian and Ubuntu; see tests/matrix/run
	@MAKEFLAGS= tests/matrix/run

languages: stage ## run the pages of docs/languages, with what they need from Debian and npm installed
	@MAKEFLAGS= tests/languages/all

installcheck: ## run the SQL tests on the server that PGHOST and PGUSER name, where Stead is installed
	@STEAD_TEST_SERVER=running tests/run sql_postgresql

# The servers of the tests and of the benchmark load the extension from build/root. All targets of one make share it.
stage: all | $(GENERATE_FIRST) ## install into build/root, where the tests look
	@rm -rf $(BUILD)/root
	@$(MAKE) --no-print-directory install DESTDIR=$(abspath $(BUILD))/root >/dev/null

.PHONY: sqlsmith soak checked
sqlsmith: stage ## random SQL against a server with Stead: no crash; QUERIES=20000 SEED=1
	@tests/support/prerequisites sqlsmith
	@tests/load/sqlsmith $(or $(QUERIES),20000) $(SEED)

checked: ## run PostgreSQL's tests on a server with assertions, some under valgrind; DIR=directory outside the tree
	@tests/support/prerequisites checked
	@tests/load/checked $(or $(DIR),/var/tmp/stead-checked)

soak: stage prerequisites-check ## everything at once, for long: SECONDS=3600 on each database
	@STEAD_SOAK_SECONDS=$(or $(SECONDS),3600) tests/run soak

demo: $(if $(filter postgresql,$(DB)),stage,sqlite) ## a tour; DB=postgresql, LOG=file for your own log
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

# ---- Packages of the SQLite module for other languages ---------------------------------------------------------------

PACKAGES ?= $(BUILD)/packages
# It holds its own libcrypto and jansson, so it runs on systems that have none, or others.
PORTABLE := $(BUILD)/portable/sqlite/stead.so

portable:
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/portable LIBCRYPTO_STATIC=1 JANSSON_STATIC=1 sqlite

wheel: portable ## make a Python wheel of the SQLite module, in build/packages
	@tests/support/prerequisites wheel
	@packages/python/build $(VERSION) $(PORTABLE) $(PACKAGES)

npm: portable ## make an npm package of the SQLite module, in build/packages
	@tests/support/prerequisites npm
	@packages/npm/build $(VERSION) $(PORTABLE) $(PACKAGES)

wheel-check: sqlite ## test the wheel in a fresh virtual environment (a part of check)
	@tests/support/prerequisites wheel
	@tests/run wheel

npm-check: sqlite ## test the npm package; it needs the npm registry, so it is not a part of check
	@tests/support/prerequisites npm
	@tests/packages/npm $(BUILD)/tests/npm

.PHONY: portable wheel wheel-check npm npm-check

.PHONY: all sqlite pg generate generated-check install install-pg install-sqlite uninstall prerequisites \
	prerequisites-sqlite prerequisites-check stage check matrix languages installcheck demo format bench help clean

-include $(patsubst %.o,%.d,$(COMMON_OBJECTS) $(SQLITE_OBJECTS) $(PG_OBJECTS) $(GEN_OBJECT))
