/* The words of each kind of reset, and of what severity it is.
 */
#include "report/derive/reset_kinds.h"

static const char *const next_step[] = {
	[RESET_REFUSED] = "see whether the service listens on that port",
	[RESET_LATE] = "capture nearer to the server at the same time: a host "
		       "refuses at once, so a device may have given up",
	[RESET_OPENED] = "read the server application's log at that time; at a "
			 "load balancer, see whether it has a server to pass "
			 "the connection to",
	[RESET_UNUSED] = "nothing, unless clients complain: the server gives "
			 "up connections in which nothing comes",
	[RESET_REQUEST] = "read the server application's log at that time: it "
			  "(or its host) refused what the client sent",
	[RESET_UNHEARD] = "capture nearer to the server at the same time: does "
			  "what the client sends arrive there?",
	[RESET_TAKEN] = "if the upload was not complete, read the server "
			"application's log at that time",
	[RESET_FORGOTTEN] = "see whether the server, or a balancer or firewall "
			    "that answers for it, was restarted or dropped "
			    "idle sessions before that time; keep-alives more "
			    "often than its timeout would help",
	[RESET_INSTEAD] = "read the server application's log at that time: "
			  "its process ended, or it or its host refused the "
			  "request",
	[RESET_UNREAD] =
		"read the server application's log at that time: it may "
		"have answered without reading the rest (too large a body, "
		"a missing login), or ended with a request unanswered "
		"that the client had sent ahead; if the client shows another error, "
		"the reset destroyed the answer before it was read",
	[RESET_CROSSED] =
		"have the client give up idle connections sooner than "
		"the server does, or send such a request again on a "
		"new one",
	[RESET_CLOSED] =
		"have the client look whether a connection is still open "
		"before it uses it again, and give up idle ones sooner than "
		"the server does",
	[RESET_BARE] = "nothing, unless that source should not do so; what got "
		       "no reset is open, or dropped by a filter",
};

/* "SERVER [itself] does N whats how", "SERVERS [themselves] do N whats how" */
static const struct reset_title title[] = {
	[RESET_REFUSED] = { .does = "refuses connections: it resets",
			    .do_many = "refuse connections: they reset",
			    .what = "session",
			    .how = " at the SYN" },
	[RESET_LATE] = { .does = "does not answer: a reset ends",
			 .do_many = "do not answer: resets end",
			 .what = "session",
			 .how = ", long after the last SYN" },
	[RESET_OPENED] = { .does = "accepts connections and resets them at once:",
			   .do_many =
				   "accept connections and reset them at once:",
			   .what = "session",
			   .how = ", before anything is asked" },
	[RESET_UNUSED] = { .does = "resets",
			   .do_many = "reset",
			   .what = "session",
			   .how = " in which nothing was asked" },
	[RESET_REQUEST] = { .does = "resets",
			    .do_many = "reset",
			    .what = "session",
			    .how = " without answering the first request",
			    .itself = true },
	[RESET_UNHEARD] = { .does = "acknowledges nothing that it is asked: a reset "
				    "ends",
			    .do_many =
				    "acknowledge nothing that they are asked: resets "
				    "end",
			    .what = "session",
			    .how = "" },
	[RESET_TAKEN] = { .does = "ends",
			  .do_many = "end",
			  .what = "upload",
			  .how = " by a reset, without a byte of answer" },
	[RESET_FORGOTTEN] = { .does = "does not know",
			      .do_many = "do not know",
			      .what = "open session",
			      .how = ": the client's next data is answered with a reset" },
	[RESET_INSTEAD] = { .does = "resets",
			    .do_many = "reset",
			    .what = "session",
			    .how = " instead of answering a request" },
	[RESET_UNREAD] = { .does = "resets",
			   .do_many = "reset",
			   .what = "session",
			   .how = " after an answer, while the client was still "
				  "sending: the client may never see that answer" },
	[RESET_CROSSED] = { .does = "closes",
			    .do_many = "close",
			    .what = "idle session",
			    .how = " just as the client asks again: the request is "
				   "reset" },
	[RESET_CLOSED] = { .does = "had closed",
			   .do_many = "had closed",
			   .what = "idle session",
			   .how = " that the client uses again: the request is "
				  "reset" },
	[RESET_BARE] = { .does = "resets",
			 .do_many = "reset",
			 .what = "packet",
			 .how = " with neither SYN nor ACK" },
};

const struct reset_title *reset_title(enum reset_how how)
{
	return &title[how];
}

const char *reset_next_step(enum reset_how how)
{
	return next_step[how];
}

enum severity reset_severity(enum reset_how how)
{
	if (how == RESET_UNREAD || how == RESET_LATE || how == RESET_UNHEARD)
		return SEV_MEDIUM;
	return how == RESET_TAKEN || how == RESET_CROSSED ||
			       how == RESET_CLOSED || how == RESET_UNUSED ||
			       how == RESET_BARE
		       ? SEV_LOW
		       : SEV_HIGH;
}
