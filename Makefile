# tracepair.  A reader needs two commands:
#
#   make demo      dependencies, build, the report of a shipped sample
#   make test      dependencies, build, every test
#
# Plain `make` builds all, on all processors.
# Others: all web web-test web-bench check lint fuzz fuzz-replay bench accept
#         lab install clean
# Knobs:  V=1 (show commands)  WERROR=1  SANITIZE=address,undefined
#         BUILD=dir  CC CFLAGS CPPFLAGS LDFLAGS PKG_CONFIG PREFIX DESTDIR
#         TESTS='tests/base/net_test.c ...' (for check)  FUZZ_SECONDS=n
#         FOLDERS='base capture' (build these only)

# --- The sources, in the order in which a packet meets the code -------------

# What everything stands on.
SRCS := \
	base/err.c \
	base/huge.c \
	base/mem.c \
	base/arena.c \
	base/cursor.c \
	base/buf.c \
	base/net.c \
	base/text.c \
	base/hist.c \
	base/hist_pack.c \
	base/htab.c \
	base/queue.c \
	base/parallel.c \
	base/ahead.c

# Bytes of a file into frames, frames into records and flows.
SRCS += \
	capture/stream.c \
	capture/stream_in.c \
	capture/stream_gzip.c \
	capture/stream_zstd.c \
	capture/stream_lz4.c \
	capture/magic.c \
	capture/reader.c \
	capture/reader_words.c \
	capture/classic.c \
	capture/pcapng.c \
	capture/pcapng_packet.c \
	capture/pcapng_iface.c \
	capture/netmon.c \
	capture/snoop.c \
	capture/fw_monitor.c \
	capture/filter.c \
	capture/decode.c \
	capture/decode_link.c \
	capture/decode_ether.c \
	capture/decode_ppp.c \
	capture/decode_mpls.c \
	capture/decode_wifi.c \
	capture/decode_juniper.c \
	capture/decode_retry.c \
	capture/decode_ip.c \
	capture/decode_frag.c \
	capture/decode_l4.c \
	capture/decode_icmp.c \
	capture/decode_neighbour.c \
	capture/decode_tunnel.c \
	capture/decode_sum.c \
	capture/twins.c \
	capture/sides.c \
	capture/passage.c \
	capture/flow.c \
	capture/flow_ahead.c \
	capture/flow_age.c \
	capture/flow_anew.c \
	capture/flow_opening.c \
	capture/flow_hear.c \
	capture/preface.c \
	capture/trailer.c \
	capture/side.c \
	capture/sample.c \
	capture/part_samples.c \
	capture/part_dir.c \
	capture/part.c \
	capture/neighbours.c \
	capture/message_names.c \
	capture/talk.c \
	capture/talk_order.c \
	capture/talk_hold.c \
	capture/talk_read.c \
	capture/talk_name.c \
	capture/proto_dns.c \
	capture/proto_ntp.c \
	capture/proto_dhcp.c \
	capture/proto_radius.c \
	capture/der.c \
	capture/proto_snmp.c \
	capture/proto_sip.c \
	capture/proto_coap.c \
	capture/proto_quic.c \
	capture/proto_sealed.c \
	capture/http_line.c \
	capture/http_tunnel.c \
	capture/proto_http.c \
	capture/tls_hello.c \
	capture/proto_tls.c \
	capture/proto_smb.c \
	capture/proto_smb1.c \
	capture/smb_files.c \
	capture/kerberos_message.c \
	capture/proto_kerberos.c \
	capture/proto_tds.c \
	capture/proto_socks.c \
	capture/pcapng_writer.c

# Records into the case, and out of it.
SRCS += \
	store/index.c \
	store/input.c \
	store/index_twins.c \
	store/index_file.c \
	store/index_frame.c \
	store/index_items.c \
	store/index_end.c \
	store/index_points.c \
	store/index_parts.c \
	store/ticks.c \
	store/slots.c \
	store/window.c \
	store/pack.c \
	store/pack_brief.c \
	store/unpack_columns.c \
	store/unpack.c \
	store/pack_block.c \
	store/zip.c \
	store/shelf.c \
	store/message_window.c \
	store/message_pack.c \
	store/case.c \
	store/case_error.c \
	store/case_open.c \
	store/case_new.c \
	store/gate.c \
	store/kept.c \
	store/schema.c \
	store/functions.c \
	store/query.c \
	store/phrase.c \
	store/capture_rows.c \
	store/record_rows.c \
	store/part_rows.c \
	store/message_places.c \
	store/message_rows.c \
	store/flow_rows.c \
	store/derived_rows.c \
	store/relay_rows.c \
	store/finding_rows.c \
	store/shelf_keep.c \
	store/shelf_table.c \
	store/shelf_write.c \
	store/shelf_read.c \
	store/flow_keep.c \
	store/shelf_rows.c \
	store/sweep_rows.c \
	store/exchange.c \
	store/exchange_rows.c \
	store/group.c \
	store/block_dir.c \
	store/file_blocks.c \
	store/block_cache.c \
	store/recs.c \
	store/recs_run.c \
	store/recs_keep.c \
	store/match.c \
	store/match_reader.c \
	store/fate_cursor.c \
	store/fate_names.c \
	store/figures.c \
	store/figures_merge.c \
	store/vtab.c \
	store/vtab_packet.c \
	store/vtab_fate.c \
	store/vtab_message.c \
	store/vtab_part.c \
	store/vtab_shelf.c \
	store/sql.c \
	store/merge.c \
	store/extension.c

# Flows into sessions, clocks, fates.
SRCS += \
	correlate/pair.c \
	correlate/point.c \
	correlate/flow_take.c \
	correlate/flow_samples.c \
	correlate/stitch.c \
	correlate/flow_join.c \
	correlate/role.c \
	correlate/radix.c \
	correlate/keys.c \
	correlate/key_counts.c \
	correlate/key_lookup.c \
	correlate/keys_join.c \
	correlate/coarse.c \
	correlate/coarse_fit.c \
	correlate/score.c \
	correlate/score_content.c \
	correlate/score_ends.c \
	correlate/score_own.c \
	correlate/score_named.c \
	correlate/score_twins.c \
	correlate/score_places.c \
	correlate/score_relay_times.c \
	correlate/score_relay_signs.c \
	correlate/score_relay.c \
	correlate/score_text.c \
	correlate/habits.c \
	correlate/pairs.c \
	correlate/assign_groups.c \
	correlate/assign.c \
	correlate/match.c \
	correlate/match_settle.c \
	correlate/match_weigh.c \
	correlate/match_decide.c \
	correlate/sets.c \
	correlate/asks.c \
	correlate/turns.c \
	correlate/strip.c \
	correlate/strip_form.c \
	correlate/relate.c \
	correlate/relate_lengths.c \
	correlate/relate_match.c \
	correlate/relate_weigh.c \
	correlate/session_ends.c \
	correlate/session.c \
	correlate/session_lines.c \
	correlate/session_offsets.c \
	correlate/session_rows.c \
	correlate/expect.c \
	correlate/expect_hosts.c \
	correlate/halves.c \
	correlate/order.c \
	correlate/place.c \
	correlate/clock.c \
	correlate/clock_sample.c \
	correlate/clock_pick.c \
	correlate/clock_read.c \
	correlate/clock_candidates.c \
	correlate/clock_match.c \
	correlate/clock_way.c \
	correlate/clock_trim.c \
	correlate/clock_fit.c \
	correlate/hull.c \
	correlate/clock_pace.c \
	correlate/clock_jitter.c \
	correlate/clock_peel.c \
	correlate/clock_steps.c \
	correlate/clock_jump.c \
	correlate/clock_recut.c \
	correlate/clock_net.c \
	correlate/clock_override.c \
	correlate/clock_time.c \
	correlate/quotes.c \
	correlate/fate_points.c \
	correlate/fate_session.c \
	correlate/fate_observe.c \
	correlate/fate_long.c \
	correlate/fate_guess.c \
	correlate/fate.c \
	correlate/trips.c \
	correlate/sweep_plain.c \
	correlate/sweep.c \
	correlate/chain_hop.c \
	correlate/chain.c \
	correlate/chain_round.c \
	correlate/emit_learn.c \
	correlate/emit_plain.c \
	correlate/emit_copy.c \
	correlate/emit.c \
	correlate/watch.c \
	correlate/bins.c \
	correlate/bins_rows.c \
	correlate/astray.c \
	correlate/evidence.c \
	correlate/guesses.c \
	correlate/sees.c \
	correlate/stamps.c \
	correlate/steady_whose.c \
	correlate/steady.c \
	correlate/timing.c \
	correlate/strand.c \
	correlate/hop.c \
	correlate/numbers.c \
	correlate/relay_edits.c \
	correlate/learn.c \
	correlate/link.c \
	correlate/link_group.c \
	correlate/link_edit.c \
	correlate/link_resync.c \
	correlate/link_moved.c \
	correlate/recopy.c \
	correlate/coverage_pairs.c \
	correlate/coverage.c \
	correlate/coverage_twice.c \
	correlate/trailer.c \
	correlate/copies.c \
	correlate/copies_own.c \
	correlate/copies_reopen.c \
	correlate/copies_assign.c \
	correlate/copies_cost.c \
	correlate/duplicates.c \
	correlate/join.c \
	correlate/proof.c \
	correlate/decide_arrival.c \
	correlate/decide_trailer.c \
	correlate/decide_deaf.c \
	correlate/decide_tail.c \
	correlate/decide_quote.c \
	correlate/decide_place.c \
	correlate/decide_copies.c \
	correlate/decide_acks.c \
	correlate/decide_relay.c \
	correlate/decide.c \
	correlate/decide_like.c \
	correlate/decide_orphan.c \
	correlate/hopfig.c

# What follows from it, and its output.
SRCS += \
	report/model.c \
	report/session_view.c \
	report/path_order.c \
	report/exchanges.c \
	report/thinks.c \
	report/around.c \
	report/told.c \
	report/ladder.c \
	report/notes.c \
	report/notes_settle.c \
	report/note_text.c \
	report/derive/ahead.c \
	report/derive/lane.c \
	report/derive/lane_gap.c \
	report/derive/lane_window.c \
	report/derive/tap.c \
	report/derive/opening.c \
	report/derive/timeline.c \
	report/derive/timeline_lack.c \
	report/derive/timeline_window.c \
	report/derive/timeline_end.c \
	report/derive/timeline_silence.c \
	report/derive/timeline_owed.c \
	report/derive/timeline_path.c \
	report/derive/timeline_tell.c \
	report/derive/timeline_copies.c \
	report/derive/timeline_held.c \
	report/derive/timeline_feed.c \
	report/derive/timeline_rest.c \
	report/derive/timeline_afar.c \
	report/derive/feed.c \
	report/derive/asked.c \
	report/derive/asked_marks.c \
	report/derive/asked_again.c \
	report/derive/asked_early.c \
	report/derive/datagrams.c \
	report/derive/datagrams_quic.c \
	report/derive/datagrams_quic_far.c \
	report/derive/datagrams_again.c \
	report/derive/datagrams_find.c \
	report/derive/datagrams_far.c \
	report/derive/datagrams_pings.c \
	report/derive/datagrams_streams.c \
	report/derive/datagrams_calls.c \
	report/derive/grouping.c \
	report/derive/grouping_shared.c \
	report/derive/grouping_rows.c \
	report/derive/causes.c \
	report/derive/causes_ends.c \
	report/derive/budget_taps.c \
	report/derive/budget_stamps.c \
	report/derive/budget_waits.c \
	report/derive/budget_sums.c \
	report/derive/budget_session.c \
	report/derive/budget.c \
	report/derive/fragments.c \
	report/derive/headers.c \
	report/derive/route.c \
	report/derive/policer.c \
	report/derive/facts.c \
	report/derive/interest.c \
	report/derive/show.c \
	report/derive/changes.c \
	report/derive/draft.c \
	report/derive/draft_filters.c \
	report/derive/words.c \
	report/derive/icmp.c \
	report/derive/witness.c \
	report/derive/witness_ran.c \
	report/derive/witness_judge.c \
	report/derive/quoted.c \
	report/derive/resolve.c \
	report/derive/resolve_there.c \
	report/derive/resolve_tell.c \
	report/derive/resolve_claims.c \
	report/derive/look.c \
	report/derive/derive.c \
	report/derive/sources.c \
	report/derive/alike.c \
	report/derive/missed.c \
	report/derive/missing.c \
	report/derive/missing_tell.c \
	report/derive/stop_side.c \
	report/derive/stop_quote.c \
	report/derive/stop_quic.c \
	report/derive/stop_poll.c \
	report/derive/stop_probe.c \
	report/derive/stop_outside.c \
	report/derive/proxied.c \
	report/derive/stop_join.c \
	report/derive/stop_add.c \
	report/derive/stop_syn.c \
	report/derive/stop_dns.c \
	report/derive/stop_beside.c \
	report/derive/stop_beside_words.c \
	report/derive/stop_words.c \
	report/derive/stop_tell.c \
	report/derive/stop.c \
	report/derive/reset_older.c \
	report/derive/stop_held.c \
	report/derive/stop_cut.c \
	report/derive/vain.c \
	report/derive/stop_vain.c \
	report/derive/stop_unresolved.c \
	report/derive/stop_silent.c \
	report/derive/stop_half.c \
	report/derive/stop_flood.c \
	report/derive/hole.c \
	report/derive/ping.c \
	report/derive/change.c \
	report/derive/damage.c \
	report/derive/marks.c \
	report/derive/reroute.c \
	report/derive/reset_origin.c \
	report/derive/reset_stray.c \
	report/derive/reset_cover.c \
	report/derive/reset_far.c \
	report/derive/reset_killed.c \
	report/derive/reset_kinds.c \
	report/derive/reset_made.c \
	report/derive/reset_absent.c \
	report/derive/reset_taken.c \
	report/derive/reset.c \
	report/derive/reset_known.c \
	report/derive/reset_join.c \
	report/derive/reset_tell.c \
	report/derive/reply.c \
	report/derive/reply_syn.c \
	report/derive/reply_mute.c \
	report/derive/runs.c \
	report/derive/outage.c \
	report/derive/loss.c \
	report/derive/loss_unresolved.c \
	report/derive/loss_words.c \
	report/derive/loss_mtu.c \
	report/derive/loss_pattern.c \
	report/derive/loss_basis.c \
	report/derive/loss_outage.c \
	report/derive/split_sides.c \
	report/derive/split.c \
	report/derive/split_find.c \
	report/derive/loss_split.c \
	report/derive/loss_one_way.c \
	report/derive/loss_astray.c \
	report/derive/loss_syn.c \
	report/derive/loss_frames.c \
	report/derive/delay.c \
	report/derive/delay_example.c \
	report/derive/delay_client.c \
	report/derive/delay_behind.c \
	report/derive/delay_ends.c \
	report/derive/delay_feed.c \
	report/derive/delay_path.c \
	report/derive/delay_pause.c \
	report/derive/delay_connect.c \
	report/derive/delay_many.c \
	report/derive/delay_recovery.c \
	report/derive/delay_trip.c \
	report/derive/delay_stalls.c \
	report/derive/stall_find.c \
	report/derive/stall.c \
	report/derive/scaling.c \
	report/derive/delay_waits.c \
	report/derive/delay_window.c \
	report/derive/delay_unanswered.c \
	report/derive/reply_cut.c \
	report/derive/tls_alert.c \
	report/derive/delay_silent.c \
	report/derive/delay_opening.c \
	report/derive/app_error.c \
	report/derive/order.c \
	report/derive/capture.c \
	report/derive/clocks.c \
	report/derive/pairing.c \
	report/derive/pairing_ends.c \
	report/derive/pairing_tell.c \
	report/derive/relay.c \
	report/derive/related.c \
	report/derive/remap.c \
	report/render/page.c \
	report/render/text.c \
	report/render/text_findings.c \
	report/render/text_tables.c \
	report/render/text_time.c \
	report/render/text_by.c \
	report/render/text_exchanges.c \
	report/render/answer.c \
	report/render/objects.c \
	report/render/objects_packet.c \
	report/render/objects_time.c \
	report/render/objects_case.c \
	report/render/json.c \
	report/render/ndjson.c \
	report/render/ladder_words.c \
	report/render/ladder.c \
	report/render/html_block.c \
	report/render/html_pick.c \
	report/render/html_table.c \
	report/render/html_sessions.c \
	report/render/html_frames.c \
	report/render/html_thin.c \
	report/render/html_rows.c \
	report/render/html_packets.c \
	report/render/html.c \
	report/render/pcapng.c

# The words of the user.
CLI := \
	cli/main.c \
	cli/guess.c \
	cli/options.c \
	cli/view.c \
	cli/steps.c \
	cli/output.c \
	cli/pager.c \
	cli/job.c \
	cli/index.c \
	cli/pair.c \
	cli/report.c \
	cli/sessions.c \
	cli/packets.c \
	cli/exchanges.c \
	cli/around.c \
	cli/show.c \
	cli/export.c \
	cli/sql.c \
	cli/merge.c \
	cli/fail_on.c

# The page of the HTML report, embedded as bytes; empty without `make web`.
ASMS := report/render/html_page.S

# tests/lint/layers.sh insists that the lists above are complete; a file that
# is not listed yet is built all the same.
FOLDERS ?= base capture store correlate report report/derive report/render
SRCS := $(filter $(wildcard $(FOLDERS:%=%/*.c)),$(SRCS)) \
	$(filter-out $(SRCS),$(wildcard $(FOLDERS:%=%/*.c)))
ASMS := $(filter $(wildcard $(FOLDERS:%=%/*.S)),$(ASMS))
CLI := $(filter $(wildcard cli/*.c),$(CLI)) \
	$(filter-out $(CLI),$(wildcard cli/*.c))
TESTS ?= $(wildcard $(foreach d,$(FOLDERS) cli,tests/$d/*_test.c))
SIM := $(wildcard tests/sim/*.c)
FUZZ := $(wildcard tests/fuzz/*_fuzz.c)
SAMPLER := $(wildcard samples/*.c)

# --- What a packager may set -------------------------------------------------

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
DESTDIR ?=
PKG_CONFIG ?= pkg-config
INSTALL ?= install
# -g1 knows lines and callers, as a backtrace and a profile want them; variables, as a
# debugger does (CFLAGS='-Og -g'), cost an eighth of the build.  Under sanitizers
# building is most of the work.
CFLAGS ?= $(if $(SANITIZE),-O1 -g1,-O2 -g1)
BUILD ?= build

# --- The compiler ------------------------------------------------------------

PKGS := libpcap sqlite3 libxxhash zlib libzstd liblz4 jansson
COMMA := ,

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition \
	-Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wvla -Wformat=2 \
	-Wimplicit-fallthrough \
	-Walloca -Wredundant-decls -Wdate-time
WARN_GCC := -Wcast-align=strict -Wformat-signedness -Wformat-overflow=2 \
	-Wformat-truncation=1 -Wduplicated-cond -Wduplicated-branches \
	-Wlogical-op -Wjump-misses-init -Warray-bounds=2 -Wstringop-overflow=4
WARN_CLANG := -Wcomma -Wassign-enum -Wunreachable-code -Wloop-analysis \
	-Wshift-sign-overflow -Wcast-align
IS_CLANG := $(findstring clang,$(shell $(CC) --version 2>/dev/null))
WARN += $(if $(IS_CLANG),$(WARN_CLANG),$(WARN_GCC)) $(if $(WERROR),-Werror)

HARDEN ?= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=$(if $(IS_CLANG),2,3) \
	-fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero \
	$(if $(IS_CLANG),-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang)
ifneq (,$(findstring x86_64,$(shell $(CC) -dumpmachine 2>/dev/null)))
HARDEN += -fcf-protection
# gcc clears and copies what has a hundred bytes or more by "rep stos", which takes
# some ten nanoseconds to begin: as long as decoding a header.
HARDEN += $(if $(IS_CLANG),,$(foreach f,memset memcpy,\
	-m$f-strategy=vector_loop:1024:noalign$(COMMA)libcall:-1:noalign))
endif
HARDEN_LD ?= -pie -Wl,-z,relro,-z,now

# A sanitizer build lives in a folder of its own, so that both stay current.
ifneq (,$(SANITIZE))
override BUILD := $(BUILD)/$(if $(IS_CLANG),clang-)san-$(subst $(COMMA),-,$(SANITIZE))
HARDEN := -fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
# lld links such a program in half the time, and there are hundreds.
HARDEN_LD := -fsanitize=$(SANITIZE) \
	$(if $(IS_CLANG),$(if $(shell command -v ld.lld),-fuse-ld=lld))
endif

ALL_CPPFLAGS = -I. -D_GNU_SOURCE $(CPPFLAGS)
# Position independent for the extension, too; hidden names cost no more than
# those of a program.
ALL_CFLAGS = -std=c17 -fPIC -fvisibility=hidden -pthread $(WARN) $(HARDEN) $(CFLAGS)
ALL_LDFLAGS = -pthread $(HARDEN_LD) $(LDFLAGS)
# Asked once, and only if something is linked.
LDLIBS = $(eval LDLIBS := $$(shell $$(PKG_CONFIG) --libs $$(PKGS)) -lm)$(LDLIBS)

# Make itself says it: a process for each file, as echo would be, costs a twentieth of
# the build.
ifeq (,$(V))
Q := @
say = $(info   $1	$2)
endif

# --- Build -------------------------------------------------------------------

LIB := $(BUILD)/libtracepair.a
OBJS := $(SRCS:%.c=$(BUILD)/%.o) $(ASMS:%.S=$(BUILD)/%.o)
CLI_OBJS := $(CLI:%.c=$(BUILD)/%.o)
CLI_TESTED := $(filter-out %/main.o,$(CLI_OBJS))
TEST_BINS := $(TESTS:%.c=$(BUILD)/%)
# All tests of a folder are one program, unless TESTS names some.  What runs is
# PROGRAM, or PROGRAM:NAME.
TOGETHER := $(if $(filter file,$(origin TESTS)),\
	$(patsubst %/,$(BUILD)/%/together,$(sort $(dir $(TESTS)))))
TEST_RUNS := $(if $(TOGETHER),\
	$(foreach t,$(TEST_BINS),$(dir $t)together:$(notdir $t)),$(TEST_BINS))
FUZZ_NAMES := $(FUZZ:tests/fuzz/%_fuzz.c=%)
SIM_BIN ?= $(if $(wildcard tests/sim/sim.c),$(BUILD)/tests/sim/sim)

# The extension for the sqlite3 shell; not with sanitizers, which the shell does
# not have.
EXTENSION := $(if $(SANITIZE),,$(BUILD)/tracepair.so)

# Unless it was told how many.
.DEFAULT_GOAL := default
default:
	$(Q)$(MAKE) --no-print-directory \
		$(if $(findstring -j,$(MAKEFLAGS)),,-j$$(nproc)) all

all: $(BUILD)/tracepair $(EXTENSION)

$(BUILD)/tracepair: $(CLI_OBJS) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/tracepair.so: $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) -shared $(filter-out -pie,$(HARDEN_LD)) \
		$(LDFLAGS) -Wl,--no-undefined -u sqlite3_tracepair_init \
		-o $@ $^ $(LDLIBS)

$(LIB): $(OBJS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Fields that were just stored one by one must not be loaded as one: that waits for
# the last of them to get to the cache.
$(BUILD)/store/unpack.o $(BUILD)/store/unpack_columns.o: \
	private ALL_CFLAGS += -fno-tree-slp-vectorize

# A test's own code runs once: building it quickly is worth more.  Its main() has a name
# of its own, declared where it is defined.
$(TEST_BINS:=.o): private ALL_CFLAGS := \
	$(if $(SANITIZE),$(ALL_CFLAGS:-O1=-O0),$(ALL_CFLAGS:-O2=-O1))
$(TEST_BINS:=.o): private ALL_CPPFLAGS += \
	-D'main(x)=main_of_$(*F)(x); int main_of_$(*F)(x)'

WEB ?= build/web
WEB_PAGE := $(wildcard $(WEB)/page.html)

$(BUILD)/%.o: %.S $(BUILD)/flags $(WEB_PAGE)
	$(call say,AS,$<)
	$(Q)$(CC) $(CFLAGS) $(WEB_PAGE:%=-DWEB_PAGE='"%"') -c -o $@ $<

# Changes when the command would: other flags or another compiler rebuild all.  All
# folders of objects are made with it, at once.
OBJECT_DIRS := $(sort $(dir $(SRCS) $(ASMS) $(CLI) $(TESTS) $(SAMPLER) \
	$(wildcard tests/*/*.c tests/*/*/*.c)))
$(BUILD)/flags: FORCE
	@mkdir -p $(OBJECT_DIRS:%=$(BUILD)/%)
	@echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS)' > $@
FORCE:

# A test is linked with what its folder's tests share: all but *_test.c; those
# of cli/ with the subcommands, too.
shared = $(if $(filter tests/cli/%,$1),$(CLI_TESTED)) \
	 $(patsubst %.c,$(BUILD)/%.o,$(filter-out %_test.c,$(wildcard $(dir $1)*.c)))

.SECONDEXPANSION:
$(TEST_BINS): $(BUILD)/%: $(BUILD)/%.o $$(call shared,$$*) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -Wl,--defsym=main=main_of_$(@F) \
		-o $@ $^ -lcmocka $(LDLIBS)

# The list names the tests of a folder, which changes with them.
in_folder = $(foreach t,$(TESTS),$(if $(filter $1/,$(dir $t)),$(basename $t)))
$(TOGETHER): $(BUILD)/%/together: $(BUILD)/%/together.list tests/together.c \
		$$(addprefix $(BUILD)/,$$(addsuffix .o,$$(call in_folder,$$*))) \
		$$(call shared,$$*/) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS) -DTEST_LIST='"$<"' \
		-o $@ $(filter-out $<,$^) -lcmocka $(LDLIBS)

$(TOGETHER:=.list): $(BUILD)/%/together.list: % $(BUILD)/flags
	$(Q)printf 'TEST(%s)\n' $(notdir $(call in_folder,$*)) > $@

$(BUILD)/tests/sim/sim: $(SIM:%.c=$(BUILD)/%.o) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/samples/mkcap: $(SAMPLER:%.c=$(BUILD)/%.o) $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# The captures of the sample cases, from their readable texts.
CASES := $(wildcard samples/*/case.txt)

samples: $(CASES:%/case.txt=$(BUILD)/%/made)
$(BUILD)/samples/%/made: samples/%/case.txt $(BUILD)/samples/mkcap
	$(call say,SAMPLE,$*)
	$(Q)mkdir -p $(@D)
	$(Q)$(BUILD)/samples/mkcap $< $(@D)
	$(Q)touch $@

# --- The reader's two commands ----------------------------------------------

DEMO := $(BUILD)/samples/01-policy-request

demo:
	$(Q)tools/deps build
	$(Q)$(MAKE) --no-print-directory web-if-there
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all samples
	$(BUILD)/tracepair $(DEMO)/client.pcapng $(DEMO)/server.pcapng

test:
	$(Q)tools/deps build test
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all docs test-programs
	$(Q)TRACEPAIR=$(BUILD)/tracepair tests/run $(TEST_RUNS) \
		$(wildcard tests/e2e/run) $(SIM_BIN)

test-programs: $(or $(TOGETHER),$(TEST_BINS)) $(SIM_BIN) samples $(BUILD)/tests/bench/generate

# The unit tests alone, with what is installed.
check: $(or $(TOGETHER),$(TEST_BINS))
	$(Q)tests/run $(TEST_RUNS)

# --- The page of the HTML report, from report/web/ by npm --------------------

WEB_SRCS := $(wildcard report/web/*.* report/web/src/* report/web/src/style/*)

web:
	$(Q)tools/deps web
	$(Q)$(MAKE) --no-print-directory $(WEB)/page.html

# Without npm, or without a registry to ask, the rest is built all the same.
web-if-there:
	$(Q)if command -v npm >/dev/null && command -v node >/dev/null; then \
		$(MAKE) --no-print-directory $(WEB)/page.html || \
			echo "npm could not build the page: no --format html"; \
	else \
		echo "npm is not there: no --format html ('make web' gets it)"; \
	fi

$(WEB)/page.html: $(WEB_SRCS) $(WEB)/installed
	$(call say,WEB,$@)
	$(Q)node report/web/build.mjs $(WEB)

$(WEB)/installed: report/web/package.json report/web/package-lock.json
	$(call say,NPM,$(WEB))
	$(Q)mkdir -p $(WEB) && cp $^ $(WEB)
	$(Q)cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --silent
	$(Q)touch $@

# In a real browser; SKIP says what is missing, WEB_REQUIRED=1 makes it fail.
web-test:
	$(Q)$(MAKE) --no-print-directory web-if-there
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all samples bench-programs
	$(Q)BUILD=$(BUILD) WEB=$(WEB) tests/web/run test

# How long large reports take to write, open and pan.
web-bench:
	$(Q)$(MAKE) --no-print-directory web-if-there
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all bench-programs
	$(Q)BUILD=$(BUILD) WEB=$(WEB) tests/web/run bench

# --- Static checks -----------------------------------------------------------

HEADERS := $(wildcard $(foreach d,$(FOLDERS) cli,$d/*.h) tests/*/*.h samples/*.h)
TIDIED := $(SRCS) $(CLI) $(SAMPLER)
FORMATTED := $(SRCS) $(CLI) $(HEADERS) $(wildcard tests/*.c tests/*/*.c tests/*/*/*.c) \
	$(SAMPLER)

lint: lint-layers lint-format lint-headers lint-cppcheck lint-tidy
	@echo "lint: clean"

lint-layers:
	$(Q)SRCS='$(SRCS)' CLI='$(CLI)' tests/lint/layers.sh

lint-format:
	$(Q)clang-format --dry-run -Werror $(FORMATTED)

lint-headers: $(HEADERS:%=$(BUILD)/lint/%.ok)
$(BUILD)/lint/%.h.ok: %.h | $(BUILD)/lint/folders
	$(Q)printf '#include "$<"\nextern int alone;\n' | $(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) \
		-Werror -fsyntax-only -x c - && touch $@

$(BUILD)/lint/folders:
	$(Q)mkdir -p $(sort $(dir $(addprefix $(BUILD)/lint/,$(TIDIED) $(HEADERS)))) && \
		touch $@

lint-cppcheck: $(BUILD)/lint/cppcheck.ok
$(BUILD)/lint/cppcheck.ok: $(SRCS) $(CLI) $(HEADERS) tests/lint/cppcheck \
		| $(BUILD)/lint/folders
	$(call say,CPPCHECK,)
	$(Q)cppcheck --quiet --std=c11 --enable=warning,performance,portability \
		--inline-suppr --suppressions-list=tests/lint/cppcheck \
		--error-exitcode=1 -I. -j2 $(SRCS) $(CLI) && touch $@

# Nearly all of its time goes to the analyzer's paths through a function.  Of 60
# files that had lost an initial value each, 40000 for the analyzer's own 225000
# told of as many (53) as 75000; 30000 missed one.
TIDY_NODES ?= 40000
ANALYZER := -Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES)

# A third of the rest is starting clang-tidy: it looks at the files of a folder that
# begin with the same letter at once, of those at the ones that changed.
LETTERS := a b c d e f g h i j k l m n o p q r s t u v w x y z
alike = $(filter-out $(addsuffix %,$(filter-out $(dir $1),$(filter $(dir $1)%,\
	$(sort $(dir $(TIDIED)))))),$(filter $1%,$(TIDIED)))
tidy_groups = $(foreach d,$(sort $(dir $(TIDIED))),$(foreach l,$(LETTERS),\
	$(if $(call alike,$d$l),$d$l)))

lint-tidy: $$(addprefix $(BUILD)/lint/,$$(addsuffix .tidy,$$(tidy_groups)))
$(BUILD)/lint/%.tidy: $$(call alike,$$*) .clang-tidy $(HEADERS) \
		| $(BUILD)/lint/folders
	$(call say,TIDY,$**.c)
	$(Q)clang-tidy --quiet --warnings-as-errors='*' \
		$(if $(filter-out %.c,$?),$(filter %.c,$^),$?) -- -std=c17 \
		$(ANALYZER) $(ALL_CPPFLAGS) > $@.log 2>&1 || { cat $@.log; exit 1; }
	$(Q)mv $@.log $@

# --- Fuzzing: libFuzzer runs and grows a corpus, replay only runs it ---------

FUZZ_SECONDS ?= 60
CORPUS := tests/fuzz/corpus
FUZZ_MAKE = $(MAKE) --no-print-directory CC=clang BUILD=$(BUILD) \
	SANITIZE=fuzzer-no-link,address,undefined
REPLAY_MAKE = $(MAKE) --no-print-directory BUILD=$(BUILD) \
	SANITIZE=$(or $(SANITIZE),address$(COMMA)undefined)

# New inputs go to the build folder, not into the tree.
fuzz:
	$(Q)tools/deps build lint
	$(Q)$(FUZZ_MAKE) -j$$(nproc) fuzz-programs
	$(Q)FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run $(BUILD) $(FUZZ_NAMES)

fuzz-programs: $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/%_fuzz)
$(BUILD)/tests/fuzz/%_fuzz: $(BUILD)/tests/fuzz/%_fuzz.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ \
		$(LDLIBS)

fuzz-replay:
ifeq (,$(SANITIZE))
	$(Q)$(REPLAY_MAKE) -j$$(nproc) fuzz-replay
else
	$(Q)$(MAKE) --no-print-directory replay-programs
	$(Q)tests/fuzz/replay $(BUILD) $(FUZZ_NAMES)
endif

replay-programs: $(FUZZ_NAMES:%=$(BUILD)/tests/fuzz/%_replay)
$(BUILD)/tests/fuzz/%_replay: $(BUILD)/tests/fuzz/%_fuzz.o \
		$(BUILD)/tests/fuzz/replay_main.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

# --- Speed and acceptance: long runs -----------------------------------------

BENCH_BINS := $(addprefix $(BUILD)/tests/bench/,generate reference measure)

bench-programs: $(BENCH_BINS)
$(BUILD)/tests/bench/generate: $(BUILD)/tests/bench/wire.o
$(BENCH_BINS): $(BUILD)/%: $(BUILD)/%.o $(LIB)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

bench:
	$(Q)tools/deps build test
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all bench-programs
	$(Q)tests/bench/run $(BUILD)

accept:
	$(Q)tools/deps build test lint
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all test-programs \
		bench-programs
	$(Q)BUILD=$(BUILD) tests/accept/run

# --- The lab: real network stacks, as root -----------------------------------

LAB_LINK := $(BUILD)/tests/lab/link

lab-programs: $(BUILD)/tracepair $(LAB_LINK)
$(LAB_LINK): $(BUILD)/tests/lab/link.o
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $^ -lz -lm

lab:
	$(Q)tools/deps build lab
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) lab-programs
	$(Q)BUILD=$(BUILD) tests/lab/run --document

# --- Odd captures: those that other tools are tested with ---------------------

# tests/odd/fetch gets them by apt, at test time; nothing of them is kept here.
ODD := tcpdump wireshark ndpi gopacket tcpflow libpcap python-dpkt tcpreplay scapy
ODD_SAN := $(BUILD)/san-address-undefined

odd:
	$(Q)tools/deps build test odd
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) all
	$(Q)$(MAKE) --no-print-directory -j$$(nproc) \
		SANITIZE=address,undefined all
	$(Q)TRACEPAIR=$(ODD_SAN)/tracepair tests/odd/run $(BUILD)/odd $(ODD)
	$(Q)TRACEPAIR=$(BUILD)/tracepair tests/odd/rewritten $(BUILD)/odd
	$(Q)TRACEPAIR=$(BUILD)/tracepair tests/odd/count $(BUILD)/odd

# --- Install -----------------------------------------------------------------

# The manual and the completion get their options from --help.
docs: $(BUILD)/tracepair.1 $(BUILD)/tracepair.bash
$(BUILD)/tracepair.1: doc/tracepair.1.scd.in tools/man $(BUILD)/tracepair
	$(call say,MAN,$@)
	$(Q)tools/man $(BUILD)/tracepair < $< > $@.scd && scdoc < $@.scd > $@
$(BUILD)/tracepair.bash: tools/completion $(BUILD)/tracepair
	$(call say,COMPLETION,$@)
	$(Q)tools/completion $(BUILD)/tracepair > $@

install:
	$(Q)$(MAKE) --no-print-directory web-if-there
	$(Q)$(MAKE) --no-print-directory all $(BUILD)/tracepair.bash
	$(INSTALL) -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(MANDIR)/man1 \
		$(DESTDIR)$(COMPLETIONDIR)
	$(INSTALL) -m 755 $(BUILD)/tracepair $(DESTDIR)$(BINDIR)/tracepair
	$(INSTALL) -d $(DESTDIR)$(LIBDIR)
	$(INSTALL) -m 644 $(BUILD)/tracepair.so $(DESTDIR)$(LIBDIR)/tracepair.so
	$(INSTALL) -m 644 $(BUILD)/tracepair.bash \
		$(DESTDIR)$(COMPLETIONDIR)/tracepair
	$(Q)if command -v scdoc >/dev/null; then \
		$(MAKE) --no-print-directory $(BUILD)/tracepair.1 && \
		$(INSTALL) -m 644 $(BUILD)/tracepair.1 \
			$(DESTDIR)$(MANDIR)/man1/tracepair.1; \
	else \
		echo "no manual page: scdoc is not installed"; \
	fi

clean:
	rm -rf build

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: default samples odd all docs demo test test-programs check clean install FORCE \
	web web-if-there web-test web-bench \
	lint lint-layers lint-format lint-headers lint-cppcheck lint-tidy \
	fuzz fuzz-programs fuzz-replay replay-programs \
	bench bench-programs accept lab lab-programs
.SECONDARY:
.DELETE_ON_ERROR:
