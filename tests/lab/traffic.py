"""Real programs as traffic.  A kind of traffic is a pair of functions:

    serve(lab, ns)              starts the server in a namespace
    ask(lab, host, options)     the client's command, run in namespace c

Servers keep all they have in the scenario's folder.
"""
import os
import shutil
import subprocess
import sys
import time

from net import Broken, Skip

HERE = os.path.dirname(os.path.abspath(__file__))


def need(program):
    path = shutil.which(program, path=os.environ['PATH'] + ':/usr/sbin:/sbin')
    if not path:
        raise Skip(f'{program} is not installed (tools/deps lab)')
    return path


def write(lab, name, text):
    with open(lab.path(name), 'w') as f:
        f.write(text)
    return lab.path(name)


def url_host(host):
    return f'[{host}]' if ':' in host else host


# --- HTTP and TLS: nginx and curl ---------------------------------------------

def web_serve(lab, ns):
    root = lab.path('www-' + ns)
    os.makedirs(root + '/in', exist_ok=True)
    for size in (0, 1, 10, 100, 400, 1000, 4000):
        with open(f'{root}/{size}k', 'wb') as f:
            f.write(os.urandom(size * 1000 + 17))
    lab.sh('openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days',
           '2', '-subj', '/CN=lab', '-keyout', root + '/key.pem', '-out',
           root + '/cert.pem')
    os.chmod(lab.dir, 0o755)
    conf = write(lab, f'nginx-{ns}.conf', f'''
user root;
daemon off;
worker_processes 1;
pid {lab.dir}/nginx-{ns}.pid;
error_log {lab.dir}/nginx-{ns}.error;
events {{ worker_connections 2000; }}
http {{
  access_log off;
  client_body_temp_path {root}/body; proxy_temp_path {root}/proxy;
  fastcgi_temp_path {root}/fcgi; uwsgi_temp_path {root}/uwsgi;
  scgi_temp_path {root}/scgi;
  client_max_body_size 100m;
  server {{
    listen 80; listen [::]:80; listen 443 ssl; listen [::]:443 ssl;
    ssl_certificate {root}/cert.pem; ssl_certificate_key {root}/key.pem;
    root {root};
    location /in/ {{ dav_methods PUT; create_full_put_path on; }}
  }}
}}
''')
    lab.spawn(ns, need('nginx'), '-c', conf, name='nginx-' + ns)
    lab.wait_port(ns, 80)


def web_ask(lab, host, o):
    """get: files of `size` k; put: uploads of it; fresh connections; slow: the
    client reads so many k a second"""
    scheme = 'https' if o.get('tls') else 'http'
    url = f'{scheme}://{url_host(host)}'
    size, lines = o.get('size', 100), []
    if o.get('put'):
        body = lab.path(f'put-{size}k')
        with open(body, 'wb') as f:
            f.write(os.urandom(size * 1000 + 5))
    for n in range(o.get('get', 0)):
        lines.append(f'url = "{url}/{size}k"\noutput = /dev/null')
    for n in range(o.get('put', 0)):
        lines.append(f'url = "{url}/in/{n}-{size}"\nupload-file = "{body}"\n'
                     'output = /dev/null\nexpect100-timeout = 0.1')
    rest = 'insecure\nmax-time = 45\nsilent\nno-keepalive\n'
    if o.get('fresh', True):
        rest += 'header = "Connection: close"\n'
    if o.get('slow'):
        rest += f'limit-rate = {o["slow"]}k\n'
    text = '\nnext\n'.join(line + '\n' + rest for line in lines)
    conf = write(lab, f'curl-{scheme}-{size}-{o.get("put", 0)}.conf', text)
    parallel = ['--parallel', '--parallel-immediate', '--parallel-max',
                str(o['at_once'])] if o.get('at_once') else []
    return [need('curl'), '--fail', *parallel, '-K', conf]


# --- bulk: iperf3 -------------------------------------------------------------

def iperf_serve(lab, ns):
    lab.spawn(ns, need('iperf3'), '-s', name='iperf3-' + ns)
    lab.wait_port(ns, 5201)


def iperf_ask(lab, host, o):
    words = [need('iperf3'), '-c', host, '-i', '0', '-n', o.get('bytes', '4M')]
    words += ['-R'] if o.get('reverse') else []
    words += ['-u', '-l', '1200', '-b', o.get('rate', '10M')] \
        if o.get('udp') else ['-P', str(o.get('streams', 1))]
    words += ['-b', o['rate']] if o.get('rate') and not o.get('udp') else []
    return words


# --- files: samba -------------------------------------------------------------

def smb_serve(lab, ns):
    base = lab.path('smb')
    for d in ('share', 'lock', 'state', 'cache', 'pid', 'private', 'rpc'):
        os.makedirs(f'{base}/{d}', exist_ok=True)
    os.chmod(base + '/share', 0o777)
    for n in range(10):
        with open(f'{base}/share/f{n}', 'wb') as f:
            f.write(os.urandom(150000 + n))
    conf = write(lab, 'smb.conf', f'''
[global]
  server role = standalone server
  smb ports = 445
  map to guest = Bad User
  guest account = root
  lock directory = {base}/lock
  state directory = {base}/state
  cache directory = {base}/cache
  pid directory = {base}/pid
  private dir = {base}/private
  ncalrpc dir = {base}/rpc
  log file = {base}/log
  load printers = no
  disable spoolss = yes
[share]
  path = {base}/share
  guest ok = yes
  read only = no
''')
    lab.spawn(ns, need('smbd'), '--foreground', '--no-process-group', '-s',
              conf, name='smbd')
    lab.wait_port(ns, 445)


def smb_ask(lab, host, o):
    os.makedirs(lab.path('got'), exist_ok=True)
    write(lab, 'up', 'x' * 200000)
    words = f'lcd {lab.dir}/got; prompt off; mget f*; lcd {lab.dir}; put up'
    conf = write(lab, 'smbclient.conf', '[global]\n')
    return [need('smbclient'), '-s', conf, '-p', '445', '-N', f'//{host}/share', '-c',
            words]


# --- names: dnsmasq and dig ---------------------------------------------------

def dns_serve(lab, ns):
    lab.spawn(ns, need('dnsmasq'), '--keep-in-foreground', '--no-resolv',
              '--no-hosts', '--user=root', '--conf-file=/dev/null',
              '--address=/lab.example/10.9.8.7', '--log-facility=-',
              '--pid-file=' + lab.path('dnsmasq.pid'), name='dnsmasq-' + ns)
    lab.wait_port(ns, 53, udp=True)


def dns_ask(lab, host, o):
    names = '\n'.join(f'n{i}.lab.example A' for i in range(o.get('n', 60)))
    batch = write(lab, 'dig.txt', names + '\n')
    return [need('dig'), '@' + host, '+tries=3', '+time=1', '+noedns', '-f',
            batch]


# --- SQL: PostgreSQL and pgbench ----------------------------------------------

def _postgres():
    base = '/usr/lib/postgresql'
    found = sorted(os.listdir(base)) if os.path.isdir(base) else []
    if not found:
        raise Skip('postgresql is not installed (tools/deps lab)')
    return f'{base}/{found[-1]}/bin'


def _as_postgres(*cmd):
    return ('setpriv', '--reuid', 'postgres', '--regid', 'postgres',
            '--clear-groups') + cmd


def sql_serve(lab, ns):
    bin_dir = _postgres()
    data = '/run/lab-postgres'      # private: /run is the scenario's own
    os.makedirs(data, exist_ok=True)
    shutil.chown(data, 'postgres', 'postgres')
    lab.sh(*_as_postgres(bin_dir + '/initdb', '-N', '-A', 'trust', '-D',
                         data + '/db'))
    with open(data + '/db/pg_hba.conf', 'a') as f:
        f.write('host all all 0.0.0.0/0 trust\nhost all all ::/0 trust\n')
    lab.spawn(ns, *_as_postgres(bin_dir + '/postgres', '-D', data + '/db',
                                '-c', 'listen_addresses=*', '-c', 'fsync=off',
                                '-c', 'shared_buffers=16MB', '-k', data),
              name='postgres')
    lab.until(lambda: subprocess.run(
        ['ip', 'netns', 'exec', ns, *_as_postgres(
            'pgbench', '-i', '-q', '-h', data, 'postgres')],
        capture_output=True).returncode == 0, 'postgres')


def sql_ask(lab, host, o):
    return [*_as_postgres('pgbench', '-h', host, '-n', '-c',
                          str(o.get('clients', 3)), '-t',
                          str(o.get('n', 10)), *(['-C'] if o.get('fresh')
                                                 else []), 'postgres')]


# --- requests and responses: talk.py ------------------------------------------

def talk_serve(lab, ns, name=None, port=7000):
    """Another one than the usual has another name and port."""
    name = name or ns
    folder = lab.path('talk-' + name)
    os.makedirs(folder, exist_ok=True)
    extra = ['10.2.0.3'] if lab.sc.reply_from else []
    extra += [f'{k}={v}' for k, v in lab.sc.serve.items()] + [f'port={port}']
    lab.talk[name] = lab.spawn(ns, sys.executable, HERE + '/talk.py', 'serve',
                               folder, *extra, name='talk-' + name)
    lab.wait_port(ns, port)
    lab.wait_port(ns, port + 1, udp=True)


def _talk(what):
    def ask(lab, host, o):
        return [sys.executable, HERE + '/talk.py', what, host, lab.dir,
                f'seed={lab.sc.seed}'] + [f'{k}={v}' for k, v in o.items()]
    return ask


KINDS = {
    'web': (web_serve, web_ask),
    'iperf': (iperf_serve, iperf_ask),
    'smb': (smb_serve, smb_ask),
    'dns': (dns_serve, dns_ask),
    'sql': (sql_serve, sql_ask),
    'talk': (talk_serve, _talk('tcp')),
    'ask': (talk_serve, _talk('udp')),
}


def serve(lab, namespaces):
    started = set()
    for kind in ['ask'] + [kind for kind, _ in lab.sc.traffic]:
        function = KINDS[kind][0]
        if function not in started:
            for ns in namespaces:
                function(lab, ns)
        started.add(function)


TICKERS = 6     # flows: ECMP has some of them on each link, each way


def tick(lab):
    """Datagrams to the server and back, some sixty a second each way, before,
    beside and after all else: a capture on a living network is never empty,
    and what it has at its ends says from when to when it ran.

    So many because clocks' drift is judged.  The link's jitter is 150 us, so
    of a handful of packets the least still waited for 40; and between them
    caches grow cold, so that a hop takes 30 us and not 2.  Over 5 s that is the
    limit: packets with which nobody could do better would judge nothing."""
    reply_from = ['elsewhere=1'] if lab.sc.reply_from else []
    p = lab.spawn('c', sys.executable, HERE + '/talk.py', 'udp', lab.sc.tick_to,
                  lab.dir, 'seed=77', f'sessions={TICKERS}',
                  f'at_once={TICKERS}', 'requests=5000', 'size=60', 'answer=30',
                  'think=60000', 'patience=1', 'serve=0', *reply_from,
                  name='tick')
    time.sleep(.8)
    return p


def run(lab, host, seconds):
    """All clients side by side.  Those that are still busy in the end are
    stopped: a scenario may be about sessions that hang."""
    begin = time.monotonic()
    running, ticker = [], tick(lab)
    for n, (kind, options) in enumerate(lab.sc.traffic):
        cmd = KINDS[kind][1](lab, host, options)
        running.append(lab.spawn('c', *cmd, name=f'ask-{n}-{kind}'))
    if lab.sc.midway:
        wait, change = lab.sc.midway
        time.sleep(wait)
        change(lab)
    for p in running:
        try:
            p.wait(seconds)
        except subprocess.TimeoutExpired:
            p.terminate()
    time.sleep(max(.6, lab.sc.at_least - (time.monotonic() - begin)))
    ticker.terminate()
    if not lab.sc.may_fail:
        for n, p in enumerate(running):
            if p.wait():
                kind = lab.sc.traffic[n][0]
                tail = open(lab.path(f'ask-{n}-{kind}.log')).read()[-300:]
                raise Broken(f'{kind} failed ({p.returncode}): {tail}')
