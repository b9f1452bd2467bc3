"""A request/response program that logs its own think and serve times.

    talk.py serve FOLDER                        ports 7000 (TCP), 7001 (UDP)
    talk.py tcp HOST FOLDER key=value...        sessions, side by side
    talk.py udp HOST FOLDER key=value...        requests with one answer each

A TCP request is `SIZE ANSWER SERVE_US\n` and SIZE bytes; the server works for
SERVE_US and answers with ANSWER bytes.  A UDP request is the same line, padded.
Each session logs a JSON line: ports and, per exchange, ns and bytes of request
and answer.
"""
import asyncio
import json
import random
import socket
import struct
import sys
import time

TCP_PORT, UDP_PORT = 7000, 7001


def noise(rng, n):
    """Bytes that differ from session to session."""
    return rng.randbytes(n)


# --- the server ---------------------------------------------------------------

async def serve_tcp(reader, writer):
    rng = random.Random(str(writer.get_extra_info('peername')) +
                        str(time.time_ns()))
    rows = []
    try:
        while line := await reader.readline():
            size, answer, serve = map(int, line.split()[:3])
            await reader.readexactly(size)
            got = time.time_ns()
            if serve:
                await asyncio.sleep(serve / 1e6)
            writer.write(noise(rng, answer))
            rows.append((got, time.time_ns()))
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        print(json.dumps({'peer': writer.get_extra_info('peername')[:2],
                          'served': rows}), file=LOG)
        writer.close()


class ServeUdp(asyncio.DatagramProtocol):
    def __init__(self, answer_from):
        self.other = answer_from

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        answer, serve = map(int, data.split(b' ', 3)[1:3])
        reply = data.split(b' ', 4)[3] + random.randbytes(max(0, answer))
        loop = asyncio.get_running_loop()
        loop.call_later(serve / 1e6, self.answer, reply, addr)

    def answer(self, reply, addr):
        (self.other or self.transport).sendto(reply, addr)


async def serve(host_from):
    await asyncio.start_server(serve_tcp, None, TCP_PORT, backlog=1024)
    loop = asyncio.get_running_loop()
    other = None
    if host_from:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind((host_from, UDP_PORT))
        other = s
    for family in (socket.AF_INET, socket.AF_INET6):
        s = socket.socket(family, socket.SOCK_DGRAM)
        if family == socket.AF_INET6:
            s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(('::' if family == socket.AF_INET6 else '0.0.0.0',
                    UDP_PORT))
        except OSError:
            continue
        await loop.create_datagram_endpoint(lambda: ServeUdp(other), sock=s)
    await asyncio.Event().wait()


# --- the client ---------------------------------------------------------------

async def one_tcp(host, n, o):
    rng = random.Random(o['seed'] * 1000003 + n)
    rows, sizes, port = [], [], 0
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(host, TCP_PORT), o['patience'])
        sock = writer.get_extra_info('socket')
        port = sock.getsockname()[1]
        for _ in range(o['requests']):
            size = rng.randint(o['size'] // 2, o['size'])
            answer = rng.randint(o['answer'] // 2, o['answer'])
            line = b'%d %d %d\n' % (size, answer, o['serve'])
            sizes.append((len(line) + size, answer))
            writer.write(line + noise(rng, size))
            asked = time.time_ns()
            await asyncio.wait_for(reader.readexactly(answer), o['patience'])
            rows.append((asked, time.time_ns()))
            if o['think']:
                await asyncio.sleep(rng.uniform(.5, 1.5) * o['think'] / 1e6)
        if o['reset']:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack('ii', 1, 0))
        writer.close()
        if o['reset']:
            writer.transport.abort()
        await asyncio.wait_for(writer.wait_closed(), o['patience'])
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
        pass
    print(json.dumps({'n': n, 'port': port, 'asked': rows,
                      'bytes': sizes[:len(rows)]}), file=LOG)
    return len(rows)


async def one_udp(host, n, o):
    rng = random.Random(o['seed'] * 1000003 + n)
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.setblocking(False)
    if not o['elsewhere']:
        s.connect((host, UDP_PORT))
    loop, rows = asyncio.get_running_loop(), 0
    for _ in range(o['requests']):
        body = rng.randbytes(rng.randint(8, max(8, o['size'])))
        body = body.replace(b' ', b'_')
        line = b'%d %d %d ' % (len(body), o['answer'], o['serve']) + body
        await loop.sock_sendto(s, line, (host, UDP_PORT)) \
            if o['elsewhere'] else await loop.sock_sendall(s, line)
        try:
            await asyncio.wait_for(loop.sock_recv(s, 65536), o['patience'])
            rows += 1
        except (OSError, asyncio.TimeoutError):
            pass
        if o['think']:
            await asyncio.sleep(rng.uniform(.5, 1.5) * o['think'] / 1e6)
    s.close()
    return rows


async def ask(one, host, o):
    gate = asyncio.Semaphore(o['at_once'])

    async def guarded(n):
        async with gate:
            return await one(host, n, o)

    done = await asyncio.gather(*(guarded(n) for n in range(o['sessions'])))
    print(sum(done), 'exchanges of', o['sessions'] * o['requests'])


def main():
    what = sys.argv[1]
    if what == 'serve':
        asyncio.run(serve(sys.argv[3] if len(sys.argv) > 3 else None))
        return
    o = {'sessions': 20, 'requests': 5, 'at_once': 5, 'size': 400,
         'answer': 3000, 'think': 5000, 'serve': 2000, 'reset': 0,
         'patience': 8, 'seed': 1, 'elsewhere': 0}
    for word in sys.argv[4:]:
        key, value = word.split('=')
        o[key] = int(value)
    asyncio.run(ask(one_tcp if what == 'tcp' else one_udp, sys.argv[2], o))


LOG = open(sys.argv[2 if sys.argv[1] == 'serve' else 3] + '/talk-' +
           sys.argv[1] + '.jsonl', 'a', buffering=1)
main()
