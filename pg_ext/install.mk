# install.mk - installs the PostgreSQL extension where PGXS puts things; the library is built by the main Makefile.
EXTENSION = stead
DATA = $(STEAD_SCRIPTS)
MODULES = stead
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
