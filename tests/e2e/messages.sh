# What parsers say of a capture in every protocol (messages.txt, made by
# samples/mkcap) is what tshark says of it: ids, names, statuses, how many.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/lib"

check 'messages: the capture is made' \
	"$samples/mkcap" "$root/tests/e2e/messages.txt" .
works 'messages: index' index m.case p.pcapng
works 'messages: no names' index n.case p.pcapng --no-names
tp sql n.case "select name from message where instr(name, ' ')"
check 'messages: without names there are only commands' \
	test "$(wc -l < out)" -eq 1

# A brief run, under sanitizers, prints them all; tshark, which takes a second to start,
# sees nothing then that it does not see in the other.
if [ "${TEST_BRIEF:-}" ]; then
	works 'messages: printed' sql m.case 'select * from message'
	exit
fi

# ours SQL: rows, sorted.
ours()
{
	tp sql m.case "$1"
	tail -n +2 out | sort > ours
}

# sharks FILTER FIELD...: the fields of all packets, a line an occurrence.
sharks()
{
	local filter=$1 fields=() f
	shift
	for f; do
		fields+=(-e "$f")
	done
	tshark -n -r p.pcapng -Y "$filter" -T fields "${fields[@]}" \
		-E separator=/t -E occurrence=a 2>/dev/null |
		awk -F'\t' '{
			n = split($1, first, ",")
			for (k = 1; k <= n; k++) {
				line = first[k]
				for (i = 2; i <= NF; i++) {
					split($i, more, ",")
					line = line "\t" more[k]
				}
				print line
			}
		}' | sort > sharks
}

same() # WHAT
{
	check "messages: $1, as tshark has them" diff ours sharks
	check "messages: $1: there are some" test -s ours
}

ours "select printf('0x%04x', msg_id), substr(name, instr(name, ' ') + 1),
	kind = 'response' from message where proto = 'dns'"
sharks dns dns.id dns.qry.name dns.flags.response
same 'DNS ids and names'

ours "select msg_id, substr(name || ' ', 1, instr(name || ' ', ' ') - 1)
	from message where proto = 'smb2'"
sharks smb2 smb2.msg_id smb2.cmd
names=(NEGOTIATE SESSION_SETUP LOGOFF TREE_CONNECT TREE_DISCONNECT CREATE CLOSE
	FLUSH READ WRITE LOCK IOCTL CANCEL ECHO QUERY_DIRECTORY CHANGE_NOTIFY
	QUERY_INFO SET_INFO OPLOCK_BREAK)
while IFS=$'\t' read -r id command; do
	printf '%s\t%s\n' "$id" "${names[$command]}"
done < sharks | sort > named
mv named sharks
same 'SMB2 message ids and commands'

ours "select msg_id, printf('0x%08x', status) from message
	where proto = 'smb2' and kind in ('response', 'interim')"
sharks smb2.flags.response==1 smb2.msg_id smb2.nt_status
same 'SMB2 statuses'

ours "select name from message where proto = 'http' and kind = 'request'"
tshark -n -r p.pcapng -Y http.request -T fields -e http.request.method \
	-e http.request.full_uri -E occurrence=a 2>/dev/null |
	awk -F'\t' '{
		n = split($1, method, ",")
		split($2, uri, ",")
		for (k = 1; k <= n; k++) {
			sub("http://", "", uri[k])
			sub("[?].*", "", uri[k])
			print method[k] " " uri[k]
		}
	}' | sort > sharks
same 'HTTP requests'

ours "select status from message where proto = 'http' and kind != 'request'"
sharks http.response http.response.code
same 'HTTP statuses'

ours "select substr(name, 1, instr(name, ' ') - 1), status from message
	where proto = 'kerberos'"
sharks kerberos kerberos.msg_type kerberos.error_code
awk -F'\t' '{
	name["10"] = "AS-REQ"; name["12"] = "TGS-REQ"; name["30"] = "KRB-ERROR"
	print name[$1] "\t" $2 + 0
}' sharks | sort > named
mv named sharks
same 'Kerberos messages and errors'

ours "select substr(name, instr(name, ' ') + 1) from message
	where name like 'ClientHello %'"
sharks tls.handshake.extensions_server_name \
	tls.handshake.extensions_server_name
same 'TLS server names'
