# The loadable extension: the sqlite3 shell says what `tracepair sql` says.
. "$(dirname "$0")/lib"

extension=$(dirname "$tracepair")/tracepair.so
[ -e "$extension" ] || exit 0 # not built with sanitizers
tp "$samples"/02-wan-sql/client.pcapng "$samples"/02-wan-sql/server.pcapng \
	-o it.case

shell() # CASE STATEMENT
{
	sqlite3 -readonly -batch -tabs -cmd ".load ${extension%.so}" "$1" "$2" \
		> got 2> err
}

same() # WHAT STATEMENT
{
	tp sql it.case "$2"
	sed -i 1d out
	check "$1: there are rows" test -s out
	shell it.case "$2"
	check "$1: the same" diff out got
	check "$1: nothing on stderr" test ! -s err
}
same 'packet' 'select flow, dir, n, frame, time_ns, seq, len, flags from packet'
same 'fate' 'select * from fate'
same 'one flow' 'select frame from packet where flow = 1 and dir = 0'
same 'generated columns' 'select id, client, server from flow'
same 'sessions with their flows' 'select * from session_flow'
same 'findings' 'select rule, title from finding'
same 'joined' 'select f.fate, count(*) from fate f join session s
	on s.id = f.session group by 1'

sqlite3 other.db 'create table t (x)'
shell other.db 'select 1'
check 'another database is refused' grep -q 'is no case file' err
cp it.case old.case
sqlite3 old.case 'pragma user_version = 1'
shell old.case 'select 1'
check 'a case of another version is refused' grep -q 'version 1' err
cp it.case cut.case
truncate -s 20000 cut.case
shell cut.case 'select count(*) from packet'
check 'a damaged case does not crash the shell' grep -q . err
