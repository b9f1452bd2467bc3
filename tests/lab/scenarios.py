"""The scenarios: what is on the path, who talks, what was the cause.

A line of the table is a Scenario; all that it does not say is as below.
Times are in us, chances in ppm, sizes in bytes, as link.c wants them.
"""
import dataclasses
import typing
import zlib

import net

WAY = {'delay': 15000, 'jitter': 150}           # the link, each way


@dataclasses.dataclass
class Scenario:
    name: str
    title: str
    traffic: list                   # [(kind of traffic.py, options)]
    out: dict = dataclasses.field(default_factory=lambda: dict(WAY))
    back: dict = dataclasses.field(default_factory=lambda: dict(WAY))
    topology: typing.Callable = net.line
    nat: str = 'double'             # out: the client's only; none
    masquerade: str = 'random'      # the router's choice of ports
    only_tcp: bool = False          # NAT of TCP only
    family: int = 4
    offload: bool = False           # TSO, GRO, checksums left to devices
    rules: dict = dataclasses.field(default_factory=dict)  # ns -> nft rules
    setup: typing.Callable = None   # (lab), before the captures
    midway: tuple = None            # (seconds, function of lab): amid traffic
    serve: dict = dataclasses.field(default_factory=dict)   # of talk.py's server
    host: str = None                # whom the client asks
    seconds: int = 40               # limit for the clients
    at_least: int = 5               # seconds of traffic
    may_fail: bool = False          # clients may end badly: it is the point
    nodes_drop: bool = False        # frames end in a node, by its rules
    answers_itself: bool = False    # ... or because a node took them up
    proven: dict = dataclasses.field(default_factory=dict)  # ns -> counter
    reseq: str = ''                 # edge that rewrites sequence numbers
    reply_from: bool = False        # UDP answers come from another address
    spoil: dict = dataclasses.field(default_factory=dict)   # captures.py
    steps: dict = dataclasses.field(default_factory=dict)   # point: (share, ns)
    choices: dict = None            # name -> points; None: the three usual
    logged: bool = True             # shares of time are judged by talk.py's log
    cause: tuple = ()               # rules that may be the first finding
    clean: bool = False             # nothing is wrong: no medium, no high
    ci: bool = False                # is in the short run

    @property
    def to(self):
        if self.host:
            return self.host
        if self.family == 6:
            return net.SERVER6
        return net.OUTSIDE4 if self.nat == 'double' else net.SERVER4

    @property
    def tick_to(self):
        return self.to if self.topology in (net.nat64, net.backends) or \
            not self.host else net.SERVER4

    @property
    def seed(self):
        return zlib.crc32(self.name.encode()) % 10**6


def way(**more):
    return {**WAY, **more}




# --- traffic that many scenarios share ----------------------------------------

def web(n=6, size=100, **more):
    return 'web', {'get': n, 'size': size, 'at_once': 3, **more}


def put(n=3, size=100, **more):
    return 'web', {'put': n, 'size': size, **more}


def talk(n=20, **more):
    return 'talk', {'sessions': n, **more}


def ask(n=20, **more):
    return 'ask', {'sessions': n, 'requests': 3, 'answer': 300, **more}


MIX = [web(), put(), talk(), ask()]


# --- what boxes do ------------------------------------------------------------

def forward(rules, priority=0):
    return ('table inet lab {\n counter hit { }\n chain through { type filter hook'
            f' forward priority {priority};\n{rules}\n}}\n}}\n')


def back_after(data, verdict):
    """Of connections that have got on so far nothing gets back."""
    return forward(f'tcp sport 7000 ct original bytes > {data} counter name hit'
                   f' {verdict}')


STRANGERS = 'ct state invalid counter name hit '

MARK = """
table ip lab {
 counter hit { }
 chain through { type filter hook forward priority 0;
  ip ecn != not-ect limit rate 30/second counter name hit ip ecn set ce
 }
}
"""

NO_TOO_BIG = """
table ip6 lab {
 counter hit { }
 chain own { type filter hook output priority 0;
  icmpv6 type packet-too-big counter name hit drop
 }
}
"""


def refuse(rules):
    return ('table inet lab {\n counter hit { }\n chain local { type filter hook'
            f' input priority 0;\n{rules}\n}}\n}}\n')


SYN_PROXY = """
table ip lab {
 counter hit { }
 chain pre { type filter hook prerouting priority -300;
  tcp dport 7000 tcp flags & (fin|syn|rst|ack) == syn notrack
 }
 chain through { type filter hook forward priority 0;
  tcp dport 7000 ct state invalid,untracked counter name hit synproxy mss 1460 wscale 7 timestamp sack-perm
  ct state invalid drop
 }
}
"""

STRIP = """
table inet lab {
 counter hit { }
 chain through { type filter hook forward priority -150;
  tcp flags & syn == syn tcp option maxseg size set 1300 counter name hit
  tcp option timestamp exists reset tcp option timestamp
 }
}
"""

HAPROXY = """
global
  log stdout format raw daemon
defaults
  mode tcp
  log global
  log-format "relay %ci:%cp %fi:%fp %bi:%bp %si:%sp"
  timeout connect 5s
  timeout client 30s
  timeout server 30s
listen talk
  bind 172.20.0.2:7000
  server s 10.2.0.2:7000
listen web
  bind 172.20.0.2:80
  server s 10.2.0.2:80
"""

HAPROXY_HTTP = HAPROXY.replace("""listen web
""", """listen web
  mode http
  option forwardfor
  http-reuse always
""")


def no_loose(lab):
    lab.sh('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_loose=0', ns='f',
           check=False)


def forgets_idle(lab):
    """The firewall's table keeps an idle connection for a second."""
    no_loose(lab)
    for state in ('established', 'unacknowledged'):
        lab.sh('sysctl', '-qw', 'net.netfilter.nf_conntrack_tcp_timeout_'
               f'{state}=1', ns='f', check=False)


def cookies(lab):
    lab.sh('sysctl', '-qw', 'net.ipv4.tcp_syncookies=2', ns='s')


def ecn(lab):
    for ns in 'cs':
        lab.sh('sysctl', '-qw', 'net.ipv4.tcp_ecn=1', ns=ns)


def small_mtu(lab):
    """The router's device to the link takes 1400 bytes and says so."""
    lab.sh('ip', '-n', 'r', 'link', 'set', 'ra', 'mtu', '1400')
    lab.sh('ip', '-n', 'f', 'link', 'set', 'fa', 'mtu', '1400')


def haproxy(lab, conf=HAPROXY):
    import traffic
    lab.spawn('f', traffic.need('haproxy'), '-db', '-f',
              traffic.write(lab, 'haproxy.cfg', conf), name='haproxy')
    lab.wait_port('f', 7000)


def haproxy_http(lab):
    haproxy(lab, HAPROXY_HTTP)


HAPROXY_TLS = HAPROXY.replace("""listen web
  bind 172.20.0.2:80
""", """listen web
  mode http
  option forwardfor
  bind 172.20.0.2:443 ssl crt PEM alpn http/1.1
""")


def haproxy_tls(lab):
    key, cert, both = (lab.path('haproxy-' + x) for x in ('key', 'cert', 'pem'))
    lab.sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days',
           '2', '-subj', '/CN=lab', '-keyout', key, '-out', cert)
    with open(both, 'w') as out:
        for name in (cert, key):
            with open(name) as f:
                out.write(f.read())
    haproxy(lab, HAPROXY_TLS.replace('PEM', both))


def few_ports(lab):
    """NAT forgets closed connections at once, and has few ports."""
    for key, value in (('tcp_timeout_close', 1), ('tcp_timeout_time_wait', 1),
                       ('tcp_timeout_close_wait', 1), ('max', 65536)):
        for ns in 'rf':
            lab.sh('sysctl', '-qw', f'net.netfilter.nf_conntrack_{key}={value}',
                   ns=ns, check=False)
    lab.sh('sysctl', '-qw', 'net.ipv4.ip_local_port_range=20000 20999', ns='c')


def forget_all(lab):
    """The router loses what it knows of connections, as one that restarts."""
    lab.sh('conntrack', '-F', ns='r')


def detour(lab):
    """Routes change to the second link, which is longer."""
    for ns, hosts, via in (('r', '10.2.0.0/24', '172.21.0.2'),
                           ('f', '10.1.0.0/24', '172.21.0.1')):
        lab.sh('ip', '-n', ns, 'route', 'replace', hosts, 'via', via)


def other_service(lab):
    import traffic
    traffic.talk_serve(lab, 's', 'other', port=7100)


def end_other(lab):
    """The program ends, and its ports with it."""
    lab.talk['other'].terminate()


def second_address(lab):
    lab.addr('s', 's0', '10.2.0.3/24')


# --- the table ----------------------------------------------------------------

SIX = ['client', 'rin', 'rout', 'fout', 'fin', 'server']
ENDS = ['client', 'server']
MIDDLE = ['rout', 'fout', 'fin']

TABLE = [
    # takes longest to judge, so it begins first
    Scenario('port_reuse', '5,000 sessions of one request each behind one address',
             [talk(5000, at_once=60, requests=1, size=60, answer=200, think=0,
                   serve=0, reset=1)], setup=few_ports, nodes_drop=True,
             masquerade='to :20000-20499', only_tcp=True, out={'delay': 3000, 'jitter': 300},
             back={'delay': 3000, 'jitter': 300}, seconds=60,
             cause=('delay.path',)),

    # nothing is wrong
    Scenario('clean_web', 'HTTP and TLS, nothing wrong',
             [web(8), web(4, 10, tls=True), put()], clean=True, ci=True),
    Scenario('clean_talk', 'requests and responses, TCP and UDP',
             [talk(30, think=30000), ask(30, think=30000)], clean=True),
    Scenario('clean_ipv6', 'IPv6 without NAT, nothing wrong',
             [web(), talk(), ask()], family=6, nat='none', clean=True, ci=True),
    Scenario('clean_bulk', 'iperf3 both ways, nothing wrong',
             # iperf3's server ends an upload by resets
             [('iperf', {'bytes': '4M', 'rate': '20M'})],
             cause=('reset.endpoint',)),
    Scenario('clean_bulk_back', 'iperf3 towards the client',
             [('iperf', {'bytes': '4M', 'rate': '20M', 'reverse': True})],
             clean=True),
    Scenario('clean_udp', 'iperf3 with datagrams',
             [('iperf', {'bytes': '2M', 'udp': True})], clean=True),
    Scenario('clean_smb', 'SMB: ten files read, one written',
             [('smb', {})], clean=True),
    Scenario('clean_dns', 'DNS, 60 names', [('dns', {'n': 60})], clean=True, ci=True),
    Scenario('clean_sql', 'PostgreSQL, pgbench', [('sql', {'n': 8})],
             clean=True),
    Scenario('clean_offload', 'no loss, offloads on',
             [web(4, 1000), put(2, 1000), talk(10)], offload=True, clean=True),
    Scenario('asymmetric', '4 ms out, 40 ms back', MIX,
             out={'delay': 4000, 'jitter': 100},
             back={'delay': 40000, 'jitter': 300}, clean=True),
    Scenario('slow_path', 'SQL over 90 ms of path', [('sql', {'n': 4})],
             out={'delay': 45000, 'jitter': 200},
             back={'delay': 45000, 'jitter': 200}, cause=('delay.path',)),

    # loss on the link
    Scenario('loss1', 'double NAT, 1 % loss each way', MIX,
             out=way(loss=10000), back=way(loss=10000),
             cause=('loss.path',)),
    Scenario('loss5', 'double NAT, 5 % loss each way', MIX,
             out=way(loss=50000), back=way(loss=50000),
             cause=('loss.path',)),
    Scenario('loss_offload', '1 % loss with offloads on',
             [web(4, 1000), put(2, 1000), talk(10)], offload=True,
             out=way(loss=10000), back=way(loss=10000),
             cause=('loss.path',)),
    Scenario('loss_ipv6', '2 % loss, IPv6 without NAT', MIX, family=6,
             nat='none', out=way(loss=20000), back=way(loss=20000),
             cause=('loss.path',)),
    Scenario('bursts', 'losses in bursts',
             MIX, out=way(burst_in=3000, burst_out=200000),
             back=way(burst_in=3000, burst_out=200000),
             cause=('loss.path', 'loss.burst')),
    Scenario('dns_loss', 'DNS with 15 % loss', [('dns', {'n': 60})],
             out=way(loss=150000), back=way(loss=150000), seconds=60,
             may_fail=True, cause=('loss.path',)),
    Scenario('smb_loss', 'SMB with 2 % loss', [('smb', {})],
             out=way(loss=20000), back=way(loss=20000),
             cause=('loss.path',)),
    Scenario('sql_loss', 'SQL with 2 % loss', [('sql', {'n': 8})],
             out=way(loss=20000), back=way(loss=20000),
             cause=('loss.path',), ci=True),
    Scenario('mtu_silent', 'a black hole above 1400 bytes, no ICMP',
             [put(2), talk(10)], out=way(above=1400), seconds=12,
             may_fail=True, cause=('loss.mtu', 'loss.path'), ci=True),
    Scenario('mtu_icmp', 'an MTU of 1400 that says so', [put(2), talk(10)],
             # dropped before the link: the middle does not see it
             setup=small_mtu, nodes_drop=True,
             cause={'ends': ('loss.mtu', 'loss.path'),
                    'all six': ('loss.mtu', 'loss.path')}),
    Scenario('policer', 'a policer of 4 Mbit/s',
             [('iperf', {'bytes': '3M'}), talk(8)],
             out=way(police=4000000, police_burst=20000),
             cause=('loss.policer',)),
    Scenario('deep_queue', 'a queue of 400 kB before 8 Mbit/s',
             [('iperf', {'bytes': '4M'}), talk(8)],
             out=way(rate=8000000, queue=400000), cause=('delay.queue',)),
    Scenario('reorder', '3 % are overtaken', [web(4, 400), put(2, 400), ask()],
             out=way(reorder=30000, reorder_by=4000),
             back=way(reorder=30000, reorder_by=4000),
             cause=('reorder.path',)),
    Scenario('copies', '2 % come twice', MIX,
             out={'delay': 2000, 'jitter': 100, 'dup': 20000},
             back={'delay': 2000, 'jitter': 100, 'dup': 20000}, cause=('dup.path',)),

    # boxes and hosts
    Scenario('syn_path', 'after ten sessions SYNs are dropped on the path',
             [web(3), talk(16, patience=5)], nodes_drop=True, may_fail=True,
             rules={'f': forward('tcp dport 7000 tcp flags & (syn|ack) == syn'
                                 ' limit rate over 1/hour burst 10 packets'
                                 ' counter name hit drop')},
             proven={'f': 'hit'}, cause=('stop.path',)),
    Scenario('syn_host', "SYNs dropped by the server's own firewall",
             [web(3), talk(6, patience=5)], may_fail=True,
             rules={'s': refuse('tcp dport 7000 counter name hit drop')},
             proven={'s': 'hit'}, cause=('stop.host',)),
    Scenario('fw_reset', 'the firewall resets sessions mid-way',
             [web(3), talk(8, requests=10)], nodes_drop=True, may_fail=True,
             rules={'f': forward('tcp dport 7000 ct original bytes > 2500'
                                 ' counter name hit reject with tcp reset')},
             proven={'f': 'hit'}, cause=('reset.path',)),
    Scenario('fw_silence', 'the firewall forgets sessions mid-way',
             [web(3), talk(6, requests=10, patience=6)], nodes_drop=True,
             may_fail=True,
             rules={'f': forward('tcp dport 7000 ct original bytes > 2500'
                                 ' counter name hit drop')},
             proven={'f': 'hit'}, cause=('stop.middlebox', 'stop.path'), ci=True),
    Scenario('syn_ack_path', 'the firewall drops all SYN,ACKs of a service',
             [web(3), talk(6, patience=5)], nodes_drop=True, may_fail=True,
             rules={'f': forward('tcp sport 7000 tcp flags & (syn|ack) =='
                                 ' (syn|ack) counter name hit drop')},
             proven={'f': 'hit'}, cause=('stop.path',)),
    Scenario('one_way_back', 'mid-way nothing more comes back',
             [web(3), talk(6, requests=10, patience=6)], nodes_drop=True,
             may_fail=True, rules={'f': back_after(2500, 'drop')},
             proven={'f': 'hit'}, cause=('stop.middlebox',)),
    Scenario('idle_drop', 'the firewall forgets idle sessions, and drops',
             [web(3), talk(4, requests=3, think=5000000, patience=4)],
             nat='none', setup=forgets_idle, nodes_drop=True, may_fail=True,
             rules={'f': forward(STRANGERS + 'drop')}, proven={'f': 'hit'},
             cause=('stop.middlebox',)),
    Scenario('idle_reset', 'the firewall forgets idle sessions, and resets',
             [web(3), talk(4, requests=3, think=5000000, patience=4)],
             nat='none', setup=forgets_idle, nodes_drop=True, may_fail=True,
             rules={'f': forward(STRANGERS + 'reject with tcp reset')},
             proven={'f': 'hit'}, cause=('reset.path',)),
    Scenario('upload_refused', 'a server answers and closes, data unread',
             [web(3), talk(6, requests=1, size=400000, answer=300, serve=-1)],
             cause=('reset.endpoint',)),
    Scenario('syn_cookies', 'a server that answers SYNs with cookies', MIX,
             setup=cookies, clean=True),
    Scenario('ecn', 'a queue that marks instead of dropping',
             [web(4, 400), put(2, 400)], setup=ecn, rules={'f': MARK},
             proven={'f': 'hit'}, cause=('change.header',)),
    Scenario('mtu_ipv6', 'IPv6, an MTU of 1400, and no Packet Too Big',
             [put(2), talk(10)], family=6, nat='none', setup=small_mtu,
             rules={'r': NO_TOO_BIG}, proven={'r': 'hit'}, nodes_drop=True,
             seconds=12, may_fail=True,
             # dropped before the link: the middle does not see it
             cause={'ends': ('loss.mtu',), 'all six': ('loss.mtu',)}),
    Scenario('syn_proxy', 'a SYN proxy rewrites sequence numbers',
             [talk(20)], nat='none', rules={'f': SYN_PROXY}, setup=no_loose,
             nodes_drop=True, answers_itself=True, proven={'f': 'hit'},
             reseq='fout->fin', clean=True),
    Scenario('clamp', 'MSS clamped, time stamps stripped, 1 % loss', MIX,
             rules={'r': STRIP}, proven={'r': 'hit'}, out=way(loss=10000),
             back=way(loss=10000), cause=('loss.path',)),
    Scenario('haproxy', 'haproxy ends TCP at the firewall',
             [web(4), talk(12)], nat='out', setup=haproxy, host=net.OUTSIDE4,
             nodes_drop=True, answers_itself=True, cause=('pair.relay',)),
    Scenario('haproxy_http',
             'haproxy adds a header to requests and shares connections',
             [web(6, size, fresh=False) for size in (1, 10, 100, 400)] +
             [put(12, 10, fresh=False, at_once=3),
              put(8, 100, fresh=False, at_once=2), talk(12)],
             nat='out', setup=haproxy_http, host=net.OUTSIDE4,
             nodes_drop=True, answers_itself=True, cause=('pair.relay',)),
    Scenario('haproxy_tls',
             'haproxy ends TLS and shares connections',
             [web(6, size, fresh=False, tls=True) for size in (1, 10, 100)] +
             [put(12, 10, fresh=False, at_once=3, tls=True), talk(12)],
             nat='out', setup=haproxy_tls, host=net.OUTSIDE4,
             nodes_drop=True, answers_itself=True, cause=('pair.relay',)),
    Scenario('nat64', 'IPv6 client, IPv4 server, tayga',
             [web(), talk(), ask()], family=6, topology=net.nat64, nat='none',
             host='fd64::10.2.0.2', clean=True, ci=True),
    Scenario('vxlan', 'the link inside a VXLAN', MIX, topology=net.vxlan,
             nat='none', clean=True,
             choices={'ends': ENDS, 'all six': SIX, 'middle': MIDDLE,
                      'in and out': ['rin', 'fout']}),
    Scenario('vxlan_loss', 'the link inside a VXLAN, 2 % loss', MIX,
             topology=net.vxlan, nat='none', out=way(loss=20000),
             back=way(loss=20000), cause=('loss.path',),
             choices={'ends': ENDS, 'all six': SIX, 'middle': MIDDLE,
                      'in and out': ['rin', 'fout']}),
    Scenario('ecmp', 'two links: a point on one sees half', MIX,
             topology=net.ecmp, nat='none', clean=True,
             choices={'ends': ENDS, 'one link': ['client', 'rout', 'server'],
                      'a link end each': ['client', 'rout', 'fout2',
                                          'server']}, ci=True),
    Scenario('ecmp_loss', 'two links, 2 % loss on both', MIX,
             topology=net.ecmp, nat='none', out=way(loss=20000),
             back=way(loss=20000), cause=('loss.path',),
             choices={'ends': ENDS, 'one link': ['client', 'rout', 'server'],
                      'a link end each': ['client', 'rout', 'fout2',
                                          'server']}),
    Scenario('spray', 'two links, packets in turn: a point sees half of each', MIX,
             topology=net.spray, nat='none', clean=True,
             choices={'ends': ENDS, 'one link': ['client', 'rout', 'server'],
                      'a link end each': ['client', 'rout', 'fout2',
                                          'server']}),
    Scenario('spray_loss', 'packets in turn, 2 % loss on both links', MIX,
             topology=net.spray, nat='none', out=way(loss=20000),
             back=way(loss=20000), cause=('loss.path',),
             choices={'ends': ENDS, 'one link': ['client', 'rout', 'server'],
                      'a link end each': ['client', 'rout', 'fout2',
                                          'server']}),
    Scenario('backends', 'a balancer and two servers, 2 % loss', MIX,
             topology=net.backends, nat='out', host=net.OUTSIDE4,
             out=way(loss=20000), back=way(loss=20000), cause=('loss.path',),
             choices={'ends': ['client', 'server', 'server2'],
                      'client, balancer, servers':
                      ['client', 'fout', 'server', 'server2'],
                      'middle': ['rout', 'fout', 'fin', 'fin2']}),
    Scenario('direct_return', 'the server answers by another way, 2 % loss there',
             MIX, topology=net.direct_return, nat='none',
             out=way(loss=20000), cause=('loss.path',),
             choices={'ends': ENDS,
                      'all': [*SIX[:5], 'server', 'sback'],
                      'both ways': ['client', 'rout', 'server', 'sback']}),
    Scenario('slow_reader', 'a client that reads 400 kB a second',
             [web(1, 4000, slow=400), talk(8)], cause=('delay.window',)),
    Scenario('reply_address', 'UDP answered from another address',
             [web(3), ask(12, elsewhere=1)], nat='none', setup=second_address,
             reply_from=True, cause=('reply.address',), ci=True),

    Scenario('accept_queue', 'a server that accepts more slowly than clients open',
             [web(3), talk(12, requests=2, at_once=12, patience=20)],
             serve={'backlog': 1, 'accept': 300000}, nat='none',
             # what waits in the server's kernel the program's log lacks
             proven={'s': 'ListenOverflows'}, logged=False,
             cause=('delay.server', 'delay.recovery')),
    Scenario('nat_forgets', 'the router forgets its translations mid-way',
             [web(3), talk(6, requests=30, at_once=6, think=60000)],
             midway=(2.5, forget_all), nodes_drop=True, may_fail=True,
             cause=('reset.path', 'reset.endpoint')),
    Scenario('udp_ends', 'a service over UDP ends mid-way',
             [web(3), ask(4, requests=30, at_once=4, think=100000, patience=1,
                          port=7100)],
             setup=other_service, midway=(2, end_other), nat='none',
             may_fail=True, cause=('reset.endpoint',)),
    Scenario('reject_reset', 'the firewall answers SYNs with resets',
             [web(3), talk(6, patience=4)], nodes_drop=True, may_fail=True,
             rules={'f': forward('tcp dport 7000 counter name hit'
                                 ' reject with tcp reset')},
             proven={'f': 'hit'}, cause=('reset.path',)),
    Scenario('reject_icmp', 'the firewall rejects by ICMP what opens sessions',
             [web(3), talk(6, patience=4)], nodes_drop=True, may_fail=True,
             rules={'f': forward('tcp dport 7000 counter name hit'
                                 ' reject with icmp type admin-prohibited')},
             proven={'f': 'hit'}, cause=('stop.path',)),
    Scenario('nobody', 'an address that nobody has: ARP gets no answer',
             # few: of who gets no answer the time is nobody's
             [talk(1, patience=3)], host='10.2.0.3', nat='none', at_least=9,
             nodes_drop=True, may_fail=True, cause=('stop.path',)),
    Scenario('half_firewall', 'a stateful firewall that sees one way only',
             [web(3), talk(4, patience=4)], topology=net.direct_return,
             nat='none', setup=no_loose, nodes_drop=True, may_fail=True,
             rules={'f': forward('tcp dport 7000 ' + STRANGERS + 'drop')},
             proven={'f': 'hit'},
             cause=('stop.middlebox', 'stop.path', 'loss.path'),
             choices={'ends': ENDS, 'all': [*SIX[:5], 'server', 'sback'],
                      'both ways': ['client', 'rout', 'server', 'sback']}),
    Scenario('detour', 'mid-way routes change to a longer link',
             [talk(6, requests=60, at_once=6, think=30000)], nat='none',
             topology=net.detour, midway=(3.5, detour),
             cause={'ends': ('change.route',)},
             choices={'ends': ENDS,
                      'both links': ['client', 'rout', 'rout2', 'server']}),

    # captures and clocks
    Scenario('gaps', 'captures that lack frames, no loss', MIX, clean=True,
             spoil={'rin': {'burst': (2000, 8)}, 'fout': {'drop': 10000},
                    'fin': {'burst': (3000, 10)}, 'server': {'drop': 10000}}),
    Scenario('gaps_loss', 'captures that lack frames, and 2 % loss', MIX,
             out=way(loss=20000), back=way(loss=20000), cause=('loss.path',),
             spoil={'rin': {'burst': (2000, 8)}, 'fout': {'drop': 10000},
                    'fin': {'burst': (3000, 10)}, 'server': {'drop': 10000}}),
    Scenario('windows', 'captures begin late and end early, 1 % loss',
             [web(), put(), talk(30, think=30000)],
             out=way(loss=10000), back=way(loss=10000), cause=('loss.path',),
             spoil={'server': {'late': .2}, 'rin': {'early': .3},
                    'fout': {'late': .1, 'early': .1}}),
    Scenario('snapped', 'captures cut to 96 bytes, 2 % loss', MIX,
             out=way(loss=20000), back=way(loss=20000), cause=('loss.path',),
             spoil={p: {'snap': 96} for p in SIX}),
    Scenario('one_way', 'the last point sees one way only, 2 % loss', MIX,
             out=way(loss=20000), back=way(loss=20000), cause=('loss.path',),
             spoil={'server': {'oneway': 'out'}, 'fin': {'oneway': 'back'}}),
    Scenario('mirror', 'a mirror port that shows each frame twice', MIX,
             cause=('capture.duplicate',),
             spoil={p: {'twice': True} for p in ('fout', 'server')}),
    Scenario('steps', 'two clocks are set in mid-capture',
             [web(4), talk(30, think=60000), ask(30, think=60000)],
             cause=('clock.step',),
             steps={'server': (.5, 80_000_000), 'fout': (.6, -25_000_000)}),
]
