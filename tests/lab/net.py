"""A path of real network stacks: namespaces, devices, captures, programs.

    c ---- r ==== link ==== f ---- s        c client  r router (NAT)
    c0  r0   ra          fa   f1  s0        f firewall or balancer  s server

Each `----` is a veth pair, `====` is link.c between two TAP devices.  Every
interface is a capture point: client rin rout fout fin server.  Variants add a
second link (ECMP) or a second backend.

All of it exists only inside the namespaces (net, mount, pid) that tests/lab/run
makes: when the process that owns them ends, however it ends, the kernel takes
everything away.  Nothing touches an interface of the machine.
"""
import json
import os
import re
import signal
import subprocess
import time
import zlib

CLIENT4, SERVER4 = '10.1.0.2', '10.2.0.2'
OUTSIDE4 = '172.20.0.2'
SERVER6 = 'fd00:2::2'


class Skip(Exception):
    """This machine lacks what the scenario needs."""


class Broken(Exception):
    """The lab itself failed: no verdict on tracepair."""


class Point:
    """A capture point.  egress_out: what the device sends goes out, that is,
    from the client's end to the server's."""

    def __init__(self, name, ns, dev, egress_out):
        self.name, self.ns, self.dev = name, ns, dev
        self.egress_out = egress_out
        self.mac = None
        self.file = None
        self.dump = None


class Lab:
    def __init__(self, scenario, folder, link_program):
        self.sc = scenario
        self.dir = folder
        self.link_program = link_program
        self.points = []
        self.edges = []         # (near, far, kind), out direction
        self.logs = {}          # (near, far) -> log of the link between
        self.running = []
        self.talk = {}          # ns -> talk.py's server
        os.makedirs(folder, exist_ok=True)

    # --- commands ---

    def sh(self, *cmd, ns=None, check=True, data=None, timeout=60):
        if ns:
            cmd = ('ip', 'netns', 'exec', ns) + cmd
        done = subprocess.run(cmd, input=data, capture_output=True, text=True,
                              timeout=timeout)
        if check and done.returncode:
            raise Broken(f'{" ".join(cmd)}: {done.stderr.strip()}')
        return done.stdout

    def spawn(self, ns, *cmd, name=None, env=None, stdout=None):
        log = open(os.path.join(self.dir, (name or cmd[0]) + '.log'), 'w')
        full = ('ip', 'netns', 'exec', ns) + cmd if ns else cmd
        # a session of its own: smbd signals its process group
        p = subprocess.Popen(full, stdout=stdout or log, stderr=log,
                             stdin=subprocess.DEVNULL, env=env,
                             text=stdout is not None, start_new_session=True)
        self.running.append(p)
        return p

    def path(self, name):
        return os.path.join(self.dir, name)

    def nft(self, ns, rules):
        self.sh('nft', '-f', '-', ns=ns, data=rules)

    def counter(self, ns, name):
        """nftables', or by a capital letter TCP's own (nstat)."""
        if name[0].isupper():
            rows = self.sh('cat', '/proc/net/netstat', ns=ns).split('\n')
            of = dict(zip(rows[0].split(), rows[1].split()))
            return int(of.get(name, 0))
        out = self.sh('nft', 'list', 'counters', ns=ns)
        m = re.search(r'counter %s \{\s*packets (\d+)' % name, out)
        return int(m.group(1)) if m else None

    # --- building ---

    def ns(self, *names):
        for n in names:
            self.sh('ip', 'netns', 'add', n)
            v6 = self.sc.family == 6
            self.sh('sysctl', '-qw', 'net.ipv4.ip_forward=1',
                    'net.ipv6.conf.all.forwarding=1',
                    f'net.ipv6.conf.default.disable_ipv6={int(not v6)}',
                    f'net.ipv6.conf.all.disable_ipv6={int(not v6)}',
                    'net.ipv6.conf.default.accept_dad=0',
                    'net.ipv6.conf.all.accept_dad=0',
                    'net.ipv4.conf.all.rp_filter=0',
                    'net.ipv4.conf.default.rp_filter=0',
                    'net.ipv4.tcp_no_metrics_save=1', ns=n)
            self.sh('ip', '-n', n, 'link', 'set', 'lo', 'up')

    def addr(self, ns, dev, *addresses):
        for a in addresses:
            self.sh('ip', '-n', ns, 'addr', 'add', a, 'dev', dev)

    def route(self, ns, *words):
        self.sh('ip', '-n', ns, 'route', 'add', *words)

    def veth(self, ns1, dev1, ns2, dev2):
        self.sh('ip', 'link', 'add', dev1, 'netns', ns1, 'type', 'veth',
                'peer', 'name', dev2, 'netns', ns2)
        for ns, dev in ((ns1, dev1), (ns2, dev2)):
            words = ['gro', 'on'] if self.sc.offload else \
                ['tso', 'off', 'gso', 'off', 'gro', 'off', 'tx', 'off']
            self.sh('ethtool', '-K', dev, *words, ns=ns)
            self.sh('ip', '-n', ns, 'link', 'set', dev, 'up')

    def tap_link(self, dev_a, dev_b, out, back, name='link'):
        log = self.path(name + '.txt')
        keys = [f'a.{k}={v}' for k, v in out.items()] + \
               [f'b.{k}={v}' for k, v in back.items()]
        # by its name: two links that lose in step would lose neighbours
        seed = str(self.sc.seed + zlib.crc32(name.encode()) % 10**6)
        p = self.spawn(None, self.link_program, log, seed, '240', 'r', dev_a,
                       'f', dev_b, *keys, name=name, stdout=subprocess.PIPE)
        if p.stdout.readline() != 'ready\n':
            raise Skip('no TAP device: ' + open(self.path(name + '.log')).read())
        for ns, dev in (('r', dev_a), ('f', dev_b)):
            self.sh('ip', '-n', ns, 'link', 'set', dev, 'txqueuelen', '20000',
                    'up')
        return log

    def meet(self, dev_r, dev_f, *addresses):
        """Neighbours across the link know each other: no frame waits for
        ARP longer than a node may hold one."""
        for ns, dev, other, peer in (('r', dev_r, 'f', dev_f),
                                     ('f', dev_f, 'r', dev_r)):
            mac = self.mac(other, peer)
            for pair in addresses:
                self.sh('ip', '-n', ns, 'neigh', 'replace',
                        pair[ns == 'r'], 'lladdr', mac, 'dev', dev, 'nud',
                        'permanent')

    def mac(self, ns, dev):
        return json.loads(self.sh('ip', '-n', ns, '-j', 'link', 'show',
                                  dev))[0]['address']

    def point(self, name, ns, dev, egress_out):
        self.points.append(Point(name, ns, dev, egress_out))

    # --- captures ---

    def start_captures(self):
        for p in self.points:
            p.mac = bytes.fromhex(self.mac(p.ns, p.dev).replace(':', ''))
            p.file = self.path(p.name + '.full.pcap')
            p.dropped = self.dropped(p)
            p.dump = self.spawn(
                p.ns, 'tcpdump', '-i', p.dev, '-w', p.file, '-s', '0', '-n',
                '-B', '32768', '--time-stamp-precision=nano', '-Z', 'root',
                name='tcpdump-' + p.name)
        for p in self.points:
            log = self.path(f'tcpdump-{p.name}.log')
            self.until(lambda: 'listening on' in open(log).read(), log)

    def stop_captures(self):
        # tcpdump gets frames in blocks of at most a second's age: what is
        # younger when it stops may be in some files and not in others
        self.end = time.time_ns()
        time.sleep(1.2)
        for p in self.points:
            p.dump.send_signal(signal.SIGINT)
        for p in self.points:
            p.dump.wait(20)
            text = open(self.path(f'tcpdump-{p.name}.log')).read()
            m = re.search(r'(\d+) packets dropped by kernel', text)
            if not m or int(m.group(1)):
                raise Broken(f'capture at {p.name} has gaps of its own: '
                             + text.strip().splitlines()[-1])
            if self.dropped(p) != p.dropped:
                raise Broken(f'{p.dev} in {p.ns} dropped frames itself')

    def dropped(self, p):
        """Frames that the device did not send."""
        out = self.sh('ip', '-n', p.ns, '-s', '-j', 'link', 'show', p.dev)
        return json.loads(out)[0]['stats64']['tx']['dropped']

    @staticmethod
    def until(test, what, seconds=20):
        end = time.monotonic() + seconds
        while not test():
            if time.monotonic() > end:
                raise Broken(f'{what}: not ready after {seconds} s')
            time.sleep(0.02)

    def wait_port(self, ns, port, udp=False):
        flag = '-lun' if udp else '-ltn'
        self.until(lambda: re.search(r':%d\s' % port,
                                     self.sh('ss', flag, ns=ns)),
                   f'port {port} in {ns}')

    def stop(self):
        for p in reversed(self.running):
            if p.poll() is None:
                p.terminate()
        for p in self.running:
            try:
                p.wait(5)
            except subprocess.TimeoutExpired:
                p.kill()
                p.wait()


# --- topologies ---------------------------------------------------------------

def _ends(lab):
    lab.ns('c', 'r', 'f', 's')
    lab.veth('c', 'c0', 'r', 'r0')
    lab.veth('f', 'f1', 's', 's0')
    if lab.sc.family == 6:
        lab.addr('c', 'c0', 'fd00:1::2/64')
        lab.addr('r', 'r0', 'fd00:1::1/64')
        lab.addr('f', 'f1', 'fd00:2::1/64')
        lab.addr('s', 's0', 'fd00:2::2/64')
        lab.route('c', 'default', 'via', 'fd00:1::1')
        lab.route('s', 'default', 'via', 'fd00:2::1')
    lab.addr('c', 'c0', CLIENT4 + '/24')
    lab.addr('r', 'r0', '10.1.0.1/24')
    lab.addr('f', 'f1', '10.2.0.1/24')
    lab.addr('s', 's0', SERVER4 + '/24')
    lab.route('c', 'default', 'via', '10.1.0.1')
    lab.route('s', 'default', 'via', '10.2.0.1')


def _six_points(lab):
    lab.point('client', 'c', 'c0', True)
    lab.point('rin', 'r', 'r0', False)
    lab.point('rout', 'r', 'ra', True)
    lab.point('fout', 'f', 'fa', False)
    lab.point('fin', 'f', 'f1', True)
    lab.point('server', 's', 's0', False)
    lab.edges = [('client', 'rin', 'wire'), ('rin', 'rout', 'node'),
                 ('rout', 'fout', 'link'), ('fout', 'fin', 'node'),
                 ('fin', 'server', 'wire')]


def _nat(lab):
    if lab.sc.nat == 'none':
        return
    # 'out': the client's side only; 'double': both
    lab.nft('r', 'table ip nat { chain post { type nat hook postrouting'
            ' priority 100; oifname "ra" %s masquerade %s; }\n}\n'
            % ('meta l4proto tcp' if lab.sc.only_tcp else '',
               lab.sc.masquerade))
    if lab.sc.nat == 'out':
        return
    lab.nft('f', 'table ip nat {'
            ' chain pre { type nat hook prerouting priority -100;'
            f' iifname "fa" ip daddr {OUTSIDE4} dnat to {SERVER4}; }}\n'
            ' chain post { type nat hook postrouting priority 100;'
            ' oifname "f1" masquerade random; }\n}\n')


def line(lab):
    _ends(lab)
    log = lab.tap_link('ra', 'fa', lab.sc.out, lab.sc.back)
    lab.logs['rout', 'fout'] = log
    lab.addr('r', 'ra', '172.20.0.1/24')
    lab.addr('f', 'fa', OUTSIDE4 + '/24')
    lab.route('r', '10.2.0.0/24', 'via', OUTSIDE4)
    lab.route('f', '10.1.0.0/24', 'via', '172.20.0.1')
    lab.meet('ra', 'fa', ('172.20.0.1', OUTSIDE4))
    if lab.sc.family == 6:
        lab.addr('r', 'ra', 'fd00:20::1/64')
        lab.addr('f', 'fa', 'fd00:20::2/64')
        lab.route('r', 'fd00:2::/64', 'via', 'fd00:20::2')
        lab.route('f', 'fd00:1::/64', 'via', 'fd00:20::1')
        lab.meet('ra', 'fa', ('fd00:20::1', 'fd00:20::2'))
    _six_points(lab)
    _nat(lab)


def vxlan(lab):
    """The link carries a VXLAN; rout and fout see its outside."""
    _ends(lab)
    log = lab.tap_link('ra', 'fa', lab.sc.out, lab.sc.back)
    lab.logs['rout', 'fout'] = log
    for ns, dev, own, other in (('r', 'ra', '1', '2'), ('f', 'fa', '2', '1')):
        lab.sh('ip', '-n', ns, 'link', 'set', dev, 'mtu', '1600')
        lab.addr(ns, dev, f'172.20.0.{own}/24')
        try:
            lab.sh('ip', '-n', ns, 'link', 'add', 'vx0', 'type', 'vxlan', 'id',
                   '7', 'dstport', '4789', 'remote', f'172.20.0.{other}',
                   'dev', dev)
        except Broken as e:
            raise Skip(f'no VXLAN: {e}') from e
        lab.addr(ns, 'vx0', f'172.22.0.{own}/24')
        lab.sh('ip', '-n', ns, 'link', 'set', 'vx0', 'up')
    lab.meet('ra', 'fa', ('172.20.0.1', OUTSIDE4))
    lab.meet('vx0', 'vx0', ('172.22.0.1', '172.22.0.2'))
    lab.route('r', '10.2.0.0/24', 'via', '172.22.0.2')
    lab.route('f', '10.1.0.0/24', 'via', '172.22.0.1')
    _six_points(lab)


def ecmp(lab):
    """Two links in parallel; each flow, and each way of it, takes either."""
    line(lab)
    log = lab.tap_link('rb', 'fb', lab.sc.out, lab.sc.back, 'link2')
    lab.logs['rout2', 'fout2'] = log
    lab.addr('r', 'rb', '172.21.0.1/24')
    lab.addr('f', 'fb', '172.21.0.2/24')
    lab.meet('rb', 'fb', ('172.21.0.1', '172.21.0.2'))
    for ns, net, host in (('r', '10.2.0.0/24', '2'), ('f', '10.1.0.0/24', '1')):
        lab.sh('sysctl', '-qw', 'net.ipv4.fib_multipath_hash_policy=1', ns=ns)
        lab.sh('ip', '-n', ns, 'route', 'replace', net,
               'nexthop', 'via', f'172.20.0.{host}',
               'nexthop', 'via', f'172.21.0.{host}')
    _second_link(lab)


def detour(lab):
    """A second link, longer, that no route leads over yet."""
    line(lab)
    far = {**lab.sc.out, 'delay': lab.sc.out['delay'] + 20000}
    lab.logs['rout2', 'fout2'] = lab.tap_link('rb', 'fb', far, far, 'link2')
    lab.addr('r', 'rb', '172.21.0.1/24')
    lab.addr('f', 'fb', '172.21.0.2/24')
    lab.meet('rb', 'fb', ('172.21.0.1', '172.21.0.2'))
    _second_link(lab)


def _second_link(lab):
    lab.point('rout2', 'r', 'rb', True)
    lab.point('fout2', 'f', 'fb', False)
    lab.edges += [('rin', 'rout2', 'node'), ('rout2', 'fout2', 'link'),
                  ('fout2', 'fin', 'node')]


def spray(lab):
    """Two links in parallel; packets take them in turn, whatever flow."""
    ecmp(lab)
    for ns, net, host, dev in (('r', '10.2.0.0/24', '2', 'r0'),
                               ('f', '10.1.0.0/24', '1', 'f1')):
        for mark, link in ((1, 20), (2, 21)):
            table = str(100 + mark)
            lab.sh('ip', '-n', ns, 'route', 'add', net, 'via',
                   f'172.{link}.0.{host}', 'table', table)
            lab.sh('ip', '-n', ns, 'rule', 'add', 'fwmark', str(mark),
                   'lookup', table)
        lab.nft(ns, 'table inet spray { chain pre { type filter hook prerouting'
                f' priority -150; iifname "{dev}" meta mark set numgen inc mod'
                ' 2 offset 1;\n }\n}\n')


def backends(lab):
    """The firewall spreads new connections over two servers in turn."""
    line(lab)
    lab.ns('s2')
    lab.veth('f', 'f2', 's2', 's0')
    lab.addr('f', 'f2', '10.3.0.1/24')
    lab.addr('s2', 's0', '10.3.0.2/24')
    lab.route('s2', 'default', 'via', '10.3.0.1')
    lab.nft('f', 'table ip lb { chain pre { type nat hook prerouting priority'
            f' -100; iifname "fa" ip daddr {OUTSIDE4} dnat to numgen inc mod 2'
            f' map {{ 0 : {SERVER4}, 1 : 10.3.0.2 }}; }}\n}}\n')
    lab.point('fin2', 'f', 'f2', True)
    lab.point('server2', 's2', 's0', False)
    lab.edges += [('fout', 'fin2', 'node'), ('fin2', 'server2', 'wire')]


def direct_return(lab):
    """The server answers by a device of its own, round the link."""
    line(lab)
    lab.veth('r', 'r1', 's', 's1')
    lab.addr('r', 'r1', '10.4.0.1/24')
    lab.addr('s', 's1', '10.4.0.2/24')
    lab.sh('ip', '-n', 's', 'route', 'replace', 'default', 'via', '10.4.0.1',
           'src', SERVER4)
    lab.point('rback', 'r', 'r1', True)
    lab.point('sback', 's', 's1', False)
    lab.edges += [('rin', 'rback', 'node'), ('rback', 'sback', 'wire')]


def nat64(lab):
    """The client speaks IPv6 only; tayga in the router translates."""
    line(lab)
    conf = lab.path('tayga.conf')
    with open(conf, 'w') as f:
        f.write('tun-device nat64\nipv4-addr 192.168.64.1\n'
                'prefix fd64::/96\ndynamic-pool 192.168.64.0/24\n'
                f'data-dir {lab.dir}\n')
    lab.sh('tayga', '-c', conf, '--mktun', ns='r')
    # as of the link's devices: what waits for tayga's turn is not dropped
    lab.sh('ip', '-n', 'r', 'link', 'set', 'nat64', 'txqueuelen', '20000', 'up')
    lab.route('r', '192.168.64.0/24', 'dev', 'nat64')
    lab.route('r', 'fd64::/96', 'dev', 'nat64')
    lab.route('f', '192.168.64.0/24', 'via', '172.20.0.1')
    # first in line, as the kernel's own forwarding is: under load it held a
    # frame longer than a node may
    lab.spawn('r', 'chrt', '-f', '1', 'tayga', '-c', conf, '-d', name='tayga')
    lab.until(lambda: 'LOWER_UP' in
              lab.sh('ip', '-n', 'r', 'link', 'show', 'nat64'), 'tayga')
