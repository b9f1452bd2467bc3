"""A request/response program that logs what it did and when, and what the
kernel did for it.

    talk.py serve FOLDER [ADDRESS] key=value... port=7000 (TCP), the next (UDP)
    talk.py tcp HOST FOLDER key=value...        sessions, side by side
    talk.py udp HOST FOLDER key=value...        requests with one answer each

A TCP request is `SIZE ANSWER SERVE_US\n` and SIZE bytes; the server works for
SERVE_US and answers with ANSWER bytes.  If that is negative, it answers at once and
closes, the rest unread.  A UDP request is the same line, padded.
ADDRESS: UDP answers come from there.  backlog=N: so many connections may wait
until they are accepted, which takes accept=US for each.

Logs are JSON lines, times in ns.  A client's session: its port and, for each
exchange, `asked`, `had`, bytes of request and answer.  The server's: the peer,
and `got`, `told`.

asked, told     (from, to): the kernel got the first bytes in that span
had, got        (from, to, noticed): all bytes were there at a moment of that
                span; the program knew at `noticed`

A program notices late on a busy machine, so its own clock does not say when
bytes came.  The kernel's stamp does (SO_TIMESTAMPNS): a read tells that of the
last segment of which it took bytes, and with it the message was whole, so the
span is that moment.  If segments came out of order (TCP_INFO counts them), the
last one may have waited for an earlier one: then the span is from the newest
stamp, or from when the program last found nothing to read, to `noticed`.  What is
sent is sent within the call, and if the program has to wait in it for the
processor, the kernel's stamp of the last byte bounds it (SO_TIMESTAMPING).
"""
import asyncio
import json
import random
import socket
import struct
import sys
import time

PORT = 7000      # of TCP; UDP has the next
# asm-generic/socket.h, linux/net_tstamp.h; the socket module lacks them
SO_TIMESTAMPNS, SO_TIMESTAMPING = 35, 37
STAMP_SENT = 1 << 8 | 1 << 4 | 1 << 11  # TX_SCHED, SOFTWARE, OPT_TSONLY
STAMP = struct.Struct('@qq')    # struct timespec
READ = 65536
OUT_OF_ORDER = 224              # struct tcp_info: tcpi_rcv_ooopack


# --- sockets that say when ------------------------------------------------------

def stamped(family, kind, address=None):
    s = socket.socket(family, kind)
    s.setblocking(False)
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    s.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, STAMP_SENT)
    if address:
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(address)
    return s


def all_families(kind, port):
    for family, any_host in ((socket.AF_INET, '0.0.0.0'),
                             (socket.AF_INET6, '::')):
        try:
            yield stamped(family, kind, (any_host, port))
        except OSError:
            pass        # a host without IPv6


def stamp_of(ancillary, which=SO_TIMESTAMPNS):
    """ns; 0: the kernel did not say"""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, which):
            sec, ns = STAMP.unpack(data[:STAMP.size])
            return sec * 10**9 + ns
    return 0


def last_sent(sock):
    """The newest stamp of what was sent; 0: none.  Later ones wake the program,
    and have to be taken away."""
    stamp = 0
    while True:
        try:
            _, ancillary, _, _ = sock.recvmsg(1, 256, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            return stamp
        stamp = stamp_of(ancillary, SO_TIMESTAMPING) or stamp


def hand_over(sock, send, *args):
    """Return: what send() returns, and the span of it"""
    before = time.time_ns()
    done = send(*args)
    after = time.time_ns()
    stamp = last_sent(sock)
    return done, (before, stamp if before <= stamp <= after else after)


async def readable(sock):
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_reader(sock, lambda: ready.done() or ready.set_result(None))
    try:
        await ready
    finally:
        loop.remove_reader(sock)


async def receive(sock):
    """Return: bytes, who sent them, stamp, when nothing was there, when they
    were noticed."""
    empty = 0
    while True:
        tried = time.time_ns()
        try:
            data, ancillary, _, peer = sock.recvmsg(READ, 256)
        except BlockingIOError:
            empty = tried
            last_sent(sock)
            await readable(sock)
        else:
            return data, peer, stamp_of(ancillary), empty, time.time_ns()


class Stream:
    """A TCP connection on which at most one message is under way."""

    def __init__(self, sock):
        self.sock = sock
        self.holes = self.out_of_order()
        self.forget()

    def forget(self):
        self.data = b''
        self.stamp = self.empty = self.noticed = 0
        self.bare = False       # a read without a stamp

    def out_of_order(self):
        """Segments so far; None: the kernel does not say"""
        info = self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
        return struct.unpack_from('@I', info, OUT_OF_ORDER)[0] \
            if len(info) >= OUT_OF_ORDER + 4 else None

    async def more(self):
        data, _, stamp, empty, self.noticed = await receive(self.sock)
        if not data:
            raise EOFError
        self.data += data
        self.stamp = max(self.stamp, stamp)
        self.empty = max(self.empty, empty)
        self.bare |= not stamp

    async def line(self):
        while b'\n' not in self.data:
            await self.more()
        return self.data[:self.data.index(b'\n') + 1]

    async def whole(self, n):
        """All @n bytes of a message.  Return: (from, to, noticed)"""
        while len(self.data) < n:
            await self.more()
        holes = self.out_of_order()
        exact = not self.bare and holes is not None and holes == self.holes
        span = (self.stamp, self.stamp) if exact else \
            (max(self.stamp, self.empty), self.noticed)
        row = (*span, self.noticed)
        self.holes = holes
        self.forget()
        return row

    async def send(self, data):
        """Return: (from, to)"""
        n, span = hand_over(self.sock, self.sock.send, data)
        if n < len(data):
            await asyncio.get_running_loop().sock_sendall(self.sock, data[n:])
        return span


def log(**row):
    print(json.dumps(row), file=LOG)


# --- the server ---------------------------------------------------------------

async def serve_session(sock, peer):
    rng = random.Random(str(peer) + str(time.time_ns()))
    rows, stream = [], Stream(sock)
    try:
        while True:
            line = await stream.line()
            size, answer, serve = map(int, line.split()[:3])
            if serve < 0:
                await stream.send(rng.randbytes(answer))
                break
            got = await stream.whole(len(line) + size)
            if serve:
                await asyncio.sleep(serve / 1e6)
            rows.append((got, await stream.send(rng.randbytes(answer))))
    except (OSError, EOFError):
        pass
    finally:
        log(peer=peer[:2], got=[got for got, _ in rows],
            told=[told for _, told in rows])
        sock.close()


async def serve_tcp(sock, o):
    sock.listen(o['backlog'])
    loop, tasks = asyncio.get_running_loop(), set()
    while True:
        await asyncio.sleep(o['accept'] / 1e6)
        task = asyncio.create_task(serve_session(*await loop.sock_accept(sock)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def serve_udp(sock, other):
    loop = asyncio.get_running_loop()

    def answer(reply, peer, got):
        _, told = hand_over(other or sock, (other or sock).sendto, reply, peer)
        log(peer=peer[:2], datagram=1, got=[got], told=[told])

    while True:
        try:
            data, peer, stamp, empty, noticed = await receive(sock)
        except OSError:
            continue    # an ICMP error, of what was answered before
        _, size, serve, body = data.split(b' ', 3)
        reply = body + random.randbytes(int(size))
        got = (stamp, stamp, noticed) if stamp else (empty, noticed, noticed)
        loop.call_later(int(serve) / 1e6, answer, reply, peer, got)


async def serve(words):
    o = {'backlog': 1024, 'accept': 0, 'port': PORT}
    host_from = words.pop(0) if words and '=' not in words[0] else None
    take(o, words)
    udp = o['port'] + 1
    other = stamped(socket.AF_INET, socket.SOCK_DGRAM, (host_from, udp)) \
        if host_from else None
    await asyncio.gather(
        *(serve_tcp(s, o) for s in all_families(socket.SOCK_STREAM, o['port'])),
        *(serve_udp(s, other)
          for s in all_families(socket.SOCK_DGRAM, udp)))


# --- the client ---------------------------------------------------------------

def family_of(host):
    return socket.AF_INET6 if ':' in host else socket.AF_INET


async def think(rng, us):
    if us:
        await asyncio.sleep(rng.uniform(.5, 1.5) * us / 1e6)


async def one_tcp(host, n, o):
    rng = random.Random(o['seed'] * 1000003 + n)
    rows, port = [], 0
    sock = stamped(family_of(host), socket.SOCK_STREAM)
    try:
        await asyncio.wait_for(asyncio.get_running_loop().sock_connect(
            sock, (host, o['port'])), o['patience'])
        port = sock.getsockname()[1]
        stream = Stream(sock)
        for _ in range(o['requests']):
            size = rng.randint(o['size'] // 2, o['size'])
            answer = rng.randint(o['answer'] // 2, o['answer'])
            line = b'%d %d %d\n' % (size, answer, o['serve'])
            asked = await asyncio.wait_for(
                stream.send(line + rng.randbytes(size)), o['patience'])
            had = await asyncio.wait_for(stream.whole(answer), o['patience'])
            rows.append((asked, had, (len(line) + size, answer)))
            await think(rng, o['think'])
        if o['reset']:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack('ii', 1, 0))
    except (OSError, EOFError, asyncio.TimeoutError):
        pass
    finally:
        sock.close()
    tell(n, port, rows)
    return len(rows)


async def one_udp(host, n, o):
    rng = random.Random(o['seed'] * 1000003 + n)
    sock, rows = stamped(family_of(host), socket.SOCK_DGRAM), []
    if not o['elsewhere']:
        sock.connect((host, o['port'] + 1))
    for _ in range(o['requests']):
        body = rng.randbytes(rng.randint(8, max(8, o['size'])))
        body = body.replace(b' ', b'_')
        data = b'%d %d %d ' % (len(body), o['answer'], o['serve']) + body
        where = ((host, o['port'] + 1),) if o['elsewhere'] else ()
        try:
            _, asked = hand_over(sock, sock.sendto if where else sock.send,
                                 data, *where)
            answer, _, stamp, empty, noticed = await asyncio.wait_for(
                receive(sock), o['patience'])
            had = (stamp, stamp) if stamp else (empty, noticed)
            rows.append((asked, (*had, noticed), (len(data), len(answer))))
        except (OSError, asyncio.TimeoutError):
            pass
        await think(rng, o['think'])
    tell(n, sock.getsockname()[1], rows)
    sock.close()
    return len(rows)


def tell(n, port, rows):
    log(n=n, port=port, asked=[r[0] for r in rows], had=[r[1] for r in rows],
        bytes=[r[2] for r in rows])


async def ask(one, host, o):
    gate = asyncio.Semaphore(o['at_once'])

    async def guarded(n):
        async with gate:
            return await one(host, n, o)

    done = await asyncio.gather(*(guarded(n) for n in range(o['sessions'])))
    print(sum(done), 'exchanges of', o['sessions'] * o['requests'])


def take(options, words):
    for word in words:
        key, value = word.split('=')
        options[key] = int(value)


def main():
    what = sys.argv[1]
    if what == 'serve':
        asyncio.run(serve(sys.argv[3:]))
        return
    o = {'sessions': 20, 'requests': 5, 'at_once': 5, 'size': 400,
         'answer': 3000, 'think': 5000, 'serve': 2000, 'reset': 0,
         'patience': 8, 'seed': 1, 'elsewhere': 0,
         'port': PORT}
    take(o, sys.argv[4:])
    asyncio.run(ask(one_tcp if what == 'tcp' else one_udp, sys.argv[2], o))


LOG = open(sys.argv[2 if sys.argv[1] == 'serve' else 3] + '/talk-' +
           sys.argv[1] + '.jsonl', 'a', buffering=1)
main()
