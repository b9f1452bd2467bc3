# tracepair: one Makefile.  `make demo` and `make test` are all a reader needs.
# The source list is in the order in which a packet meets the code.

CC ?= cc
BUILD ?= build
PKGS := libpcap sqlite3 libxxhash zlib jansson
SRCS := $(wildcard base/*.c capture/*.c store/*.c correlate/*.c report/derive/*.c report/render/*.c)
CLI := $(wildcard cli/*.c)
TESTS := $(wildcard tests/base/*_test.c tests/capture/*_test.c tests/store/*_test.c tests/correlate/*_test.c tests/report/*_test.c)

CPPFLAGS += -I. -D_GNU_SOURCE
CFLAGS ?= -O2 -g
CFLAGS += -std=c17 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wimplicit-fallthrough
LDLIBS := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lpthread -lm
ifdef SANITIZE
BUILD := build/san
CFLAGS += -fsanitize=$(SANITIZE) -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS += -fsanitize=$(SANITIZE)
endif

OBJS := $(SRCS:%.c=$(BUILD)/%.o)
TESTBINS := $(TESTS:%.c=$(BUILD)/%)

all: $(BUILD)/tracepair
$(BUILD)/tracepair: $(CLI:%.c=$(BUILD)/%.o) $(BUILD)/libtracepair.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/libtracepair.a: $(OBJS)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libtracepair.a
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)
check: $(TESTBINS)
	@for t in $(TESTBINS); do echo "$$t"; $$t || exit 1; done
clean:
	rm -rf build
-include $(OBJS:.o=.d) $(CLI:%.c=$(BUILD)/%.d)
.PHONY: all check clean
.PRECIOUS: $(BUILD)/%.o
