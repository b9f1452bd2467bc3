#!/bin/bash
# The rules of the tree that no compiler knows.  Prints each breach as
# file:line: rule; exit code 1 if there is one.
#
# Folders stand on those left of them: base capture store correlate report cli.
set -u
cd "$(dirname "$0")/../.." || exit 2
export LC_ALL=C
folders='base capture store correlate report cli'
mapfile -t files < <(find $folders -name '*.[ch]' | sort)
mapfile -t tests < <(find tests samples -name '*.[ch]' | sort)
breaches=$(mktemp) && code=$(mktemp) || exit 2
trap 'rm -f "$breaches" "$code"' EXIT

# Sources with comments and the insides of strings blanked, as file:line:text,
# so that words in prose break no rule.
blank()
{
	awk '
	FNR == 1 { comment = 0 }
	{
		out = ""; n = length($0); string = ""
		for (i = 1; i <= n; i++) {
			c = substr($0, i, 1); two = substr($0, i, 2)
			if (comment) {
				if (two == "*/") { comment = 0; i++ }
			} else if (string != "") {
				if (c == "\\") i++
				else if (c == string) { out = out c; string = "" }
			} else if (two == "/*") { comment = 1; i++; out = out " " }
			else if (two == "//") break
			else {
				if ((c == "\"" && $0 !~ /^#include/) || c == "\x27")
					string = c
				out = out c
			}
		}
		print FILENAME ":" FNR ":" out
	}' "$@"
}

# $1: what is wrong; stdin: grep -n lines
breach()
{
	sed -E "s|^([^:]*:[0-9]*):.*|\1: $1|" >>"$breaches"
}

blank "${files[@]}" >"$code"

# An include points left or stays, and is written from the root.
awk -F: -v order="$folders" '
BEGIN { n = split(order, f, " "); for (i = 1; i <= n; i++) rank[f[i]] = i }
$3 ~ /^#include "/ {
	split($3, q, "\""); split($1, own, "/"); split(q[2], to, "/")
	if (!(to[1] in rank))
		print $1 ":" $2 ": include not written from the root: " q[2]
	else if (rank[to[1]] > rank[own[1]])
		print $1 ":" $2 ": " own[1] "/ must not know " to[1] "/"
}' "$code" >>"$breaches"

# One place touches each foreign library.
grep -E '#include <pcap' "$code" | grep -v '^capture/' | breach 'pcap.h only in capture/'
grep -E '#include <sqlite3' "$code" | grep -v '^store/' |
	breach 'sqlite3.h only in store/'
grep -nE '"(select|insert (or|into)|delete from|update [a-z_]+ set|create (table|index|view|virtual)) ' \
	"${files[@]}" | grep -v '^store/' | breach 'SQL only in store/'

# Functions that overflow, hide state or depend on the locale.
banned='strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|gets|localtime|gmtime|ctime|asctime|mktime|atoi|atol|atoll|atof|alloca|system|popen|tmpnam|mktemp|tempnam|rand|srand'
grep -E "[^a-zA-Z0-9_.>]($banned)[[:space:]]*\(" "$code" |
	breach 'banned function'
# Tests may be simple, but not overflow.
overflowing='strcpy|strcat|stpcpy|sprintf|vsprintf|strtok|gets|alloca'
[ ${#tests[@]} -eq 0 ] || blank "${tests[@]}" |
	grep -E "[^a-zA-Z0-9_.>]($overflowing)[[:space:]]*\(" |
	breach 'banned function'

# Only cli/ ends the process or talks to the user (out of memory excepted).
grep -E '[^a-zA-Z0-9_](exit|abort)[[:space:]]*\(|[^a-zA-Z0-9_](stderr|perror)[^a-zA-Z0-9_]' "$code" |
	grep -vE '^cli/|^base/mem.c' | breach 'only cli/ prints and exits'

# No typedefs of structs; headers guard themselves.
grep -E ':typedef (struct|union|enum)' "$code" | breach 'typedef of a struct'
awk -v headers="$(printf '%s\n' "${files[@]}" | grep '\.h$')" '
function ended()
{
	if (file ~ /\.h$/ && !once)
		print file ":1: no #pragma once"
	own = file
	sub(/\.c$/, ".h", own)
	if (file ~ /\.c$/ && own in header && first != "#include \"" own "\"")
		print file ":1: own header is not included first"
}
BEGIN { n = split(headers, h, "\n"); for (i = 1; i <= n; i++) header[h[i]] }
FNR == 1 {
	if (file != "")
		ended()
	file = FILENAME
	once = 0
	first = ""
	if ($0 !~ /^\/\*/)
		print file ":1: no comment on top says what this is"
}
/^#pragma once$/ { once = 1 }
/^#include/ && first == "" { first = $0 }
END { ended() }' "${files[@]}" >>"$breaches"

# The Makefile's list is complete, and names nothing twice or in vain.
listed=$(sed -nE 's/^\t([a-z_/0-9]+\.c)( \\)?$/\1/p' Makefile | sort)
present=$(printf '%s\n' "${files[@]}" | grep '\.c$' | sort)
comm -13 <(echo "$listed") <(echo "$present") |
	sed 's/$/:1: not in the source list of the Makefile/' >>"$breaches"
comm -23 <(echo "$listed") <(echo "$present") |
	sed 's/^/Makefile:1: lists what is not there (or twice): /' >>"$breaches"

# A comment on top of a file that names f() must not outlive f.
sed -E 's/^[^:]*:[0-9]*://' "$code" | grep -oE '[a-zA-Z_][a-zA-Z0-9_]*[[:space:]]*\(' |
	sed -E 's/[[:space:]]*\(//' | sort -u >"$code.names"
awk -v names="$code.names" '
BEGIN { while ((getline name < names) > 0) known[name] }
FNR == 1 { top = 1 }
top {
	text = $0
	while (match(text, /[a-zA-Z_][a-zA-Z0-9_]*\(\)/)) {
		name = substr(text, RSTART, RLENGTH - 2)
		text = substr(text, RSTART + RLENGTH)
		if (!(name in known) && !told[FILENAME, name]++)
			print FILENAME ":1: the comment on top names a function" \
				" that is not there: " name
	}
}
/\*\// { top = 0 }' "${files[@]}" >>"$breaches"
rm -f "$code.names"

cat "$breaches"
[ ! -s "$breaches" ]
