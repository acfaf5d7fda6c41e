#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second implementation of HMP/1, to prove that the document is complete.

Written from docs/protocol/hmp.md and docs/protocol/vectors alone, without a look at the TypeScript, and it shares nothing with
it. It plays the CMS of one device over the WebSocket carrier: lets the device in by key, lists what it has, orders, watches,
takes an event, ends. Python 3.11, standard library only. Section numbers are those of hmp.md.

    hmp_witness.py --cert chain.pem --key key.pem --identity cam-7 --device-key BASE64URL
    hmp_witness.py vectors docs/protocol/vectors

As a CMS it prints JSON lines: {"port": N} when a device may dial, {"running": true} when pictures have come and it waits for an
event, and at the end one object with all it saw. Exit status 1: a rule of the document was broken; standard error says which.
"""

import argparse
import asyncio
import base64
import dataclasses
import email
import hashlib
import hmac
import json
import os
import pathlib
import re
import ssl
import struct
import sys
import time
import uuid
from xml.etree import ElementTree

SESSION, VIDEO, AUDIO, MANAGEMENT, EVENT = range(5)
RESPONSE, MORE, CANCEL, KEY, END, DAMAGED = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
ALLOWED = {SESSION: 0, VIDEO: MORE | KEY | END | DAMAGED, AUDIO: MORE | KEY | END | DAMAGED,
           MANAGEMENT: RESPONSE | MORE | CANCEL, EVENT: RESPONSE | MORE | CANCEL}
GOODBYES = ['magic', 'version', 'type', 'flags', 'reserved', 'length', 'sequence', 'login', 'epoch', 'revoked', 'flow', 'idle',
            'renew', 'busy', 'shutdown', 'message']  # §6.7, the first is 1
MAX_PAYLOAD, MAX_SESSION, MAX_CONTROL, MAX_UNIT, MAX_UNDER_WAY = 65536, 8192, 1 << 20, 4 << 20, 32  # §5
MAX_HTTP_START, MAX_HTTP_HEAD, MAX_HTTP_FIELDS = 8192, 16384, 128
ROLES = ('device', 'agent', 'node', 'console', 'cms')
FORBIDDEN = ('transfer-encoding', 'expect', 'upgrade', 'connection', 'host', 'authorization', 'cookie')  # §8.2
WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'  # RFC 6455 §1.3


class Broken(Exception):
    """A rule was broken. `code` is a goodbye of §6.7 or an error of §8.6; `at` the offset of the field."""

    def __init__(self, code, text='', at=None):
        super().__init__(f'{code}: {text}')
        self.code, self.text, self.at = code, text, at


def need(condition, code, text='', at=None):
    if not condition:
        raise Broken(code, text, at)


def encode64(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


def decode64(text):
    return base64.urlsafe_b64decode(text + '=' * (-len(text) % 4))


# ---- §3 the packet, §4 messages and fragments ----

@dataclasses.dataclass
class Packet:
    type: int
    flags: int
    stream: int
    sequence: int
    payload: bytes


def encode_packet(type, flags, stream, sequence, payload=b''):
    return struct.pack('>HBBBBHII', 0x484D, 1, type, flags, 0, stream, sequence, len(payload)) + payload


def decode_header(data):
    """The rules of §3 in their order. Returns (type, flags, stream, sequence, length)."""
    magic, version, type, flags, reserved, stream, sequence, length = struct.unpack('>HBBBBHII', data[:16])
    need(magic == 0x484D, 'magic', hex(magic), 0)
    need(version == 1, 'version', str(version), 2)
    need(type <= EVENT, 'type', str(type), 3)
    media, control = type in (VIDEO, AUDIO), type in (MANAGEMENT, EVENT)
    need(flags & ~ALLOWED[type] == 0, 'flags', hex(flags), 4)
    need(not flags & CANCEL or flags & ~RESPONSE == CANCEL, 'flags', hex(flags), 4)
    need(not flags & END or flags == END, 'flags', hex(flags), 4)
    need(reserved == 0, 'reserved', hex(reserved), 5)
    need(media or stream == 0, 'reserved', f'stream {stream}', 6)
    need(not media or stream != 0, 'sequence', 'stream 0', 6)
    need(type != SESSION or sequence == 0, 'sequence', str(sequence), 8)
    need(not control or sequence != 0, 'sequence', '0', 8)
    need(length <= (MAX_SESSION if type == SESSION else MAX_PAYLOAD), 'length', str(length), 12)
    if flags & (CANCEL | END):
        need(length == 0, 'length', str(length), 12)
    elif flags & MORE or type == SESSION or media:
        need(length != 0, 'length', '0', 12)
    return type, flags, stream, sequence, length


class Assembler:
    """Puts fragments together. `at` of a fault counts from the first byte of the connection (§6.7)."""

    def __init__(self):
        self.offset, self.open = 0, {}

    def push(self, data):
        """Takes exactly one packet; returns a whole message or None."""
        base = self.offset
        try:
            need(len(data) >= 16, 'length', 'shorter than a header', 0)
            type, flags, stream, sequence, length = decode_header(data)
            need(len(data) == 16 + length, 'length', f'{len(data)} bytes, header says {16 + length}', 12)
            message = self.join(Packet(type, flags, stream, sequence, bytes(data[16:])))
        except Broken as fault:
            raise Broken(fault.code, fault.text, None if fault.at is None else base + fault.at) from None
        self.offset += len(data)
        return message

    def join(self, packet):
        media = packet.type in (VIDEO, AUDIO)
        key = (packet.type, packet.stream) if media else (packet.type, packet.sequence, packet.flags & RESPONSE)
        first = self.open.get(key)
        if packet.flags & CANCEL:
            self.open.pop(key, None)
            return packet
        if first is None:
            if not packet.flags & MORE:
                return packet
            if not media:
                # The limit is for one direction, so requests and answers of the peer count together.
                need(sum(1 for k in self.open if len(k) == 3) < MAX_UNDER_WAY, 'flow', 'too many messages under way', 8)
            packet.flags &= ~MORE
            self.open[key] = packet
            packet.payload = bytearray(packet.payload)
            return None
        need(packet.sequence == first.sequence, 'sequence', 'a unit inside another', 8)
        need(not packet.flags & (KEY | DAMAGED | END), 'flags', 'KEY, DAMAGED or END inside a unit', 4)
        first.payload += packet.payload
        need(len(first.payload) <= (MAX_UNIT if media else MAX_CONTROL), 'length', 'message too long', 12)
        if packet.flags & MORE:
            return None
        del self.open[key]
        first.payload = bytes(first.payload)
        return first


# ---- §6.2 to §6.7 session messages ----

def is_whole(value, low=0):
    return type(value) is int and low <= value < 1 << 53


def is_label(value):
    return isinstance(value, str) and 1 <= len(value.encode()) <= 128 and not re.search(r'[\x00-\x1f\x7f]', value)


def is_bytes32(value):
    return isinstance(value, str) and re.fullmatch('[A-Za-z0-9_-]{43}', value) and encode64(decode64(value)) == value


def is_features(value):
    return isinstance(value, list) and len(value) <= 32 and all(map(is_label, value))


def is_role(value):
    return value in ROLES


def is_text(value):
    return isinstance(value, str)


WHO = {'role': is_role, 'identity': is_label}
MEMBERS = {  # a default in second place: may be left out
    'hello': {'versions': lambda v: isinstance(v, list) and 1 <= len(v) <= 32 and all(map(is_whole, v)), **WHO, 'software': is_label,
              'features': is_features, 'nonce': is_bytes32, 'time': is_whole},
    'challenge': {**WHO, 'nonce': is_bytes32},
    'proof': {'proof': is_bytes32},
    'welcome': {'version': lambda v: v == 1, 'session': is_label, 'epoch': lambda v: is_whole(v, 1), **WHO, 'software': is_label,
                'features': is_features, 'limits': lambda v: isinstance(v, dict), 'time': is_whole,
                'binding': lambda v: v in ('tls-exporter', 'none'), 'proof': (is_bytes32, None)},
    'ping': {'id': is_whole, 'time': is_whole},
    'pong': {'id': is_whole, 'time': is_whole},
    'ack': {'bytes': is_whole},
    'window': {'sequence': lambda v: is_whole(v, 1), 'response': lambda v: isinstance(v, bool),
               'credit': lambda v: is_whole(v, 1) and v <= 16 << 20},
    'goodbye': {'code': is_label, 'text': (is_text, ''), 'at': (is_whole, None), 'retryAfterMs': (is_whole, None)},
}


def decode_session(payload):
    try:
        read = json.loads(payload.decode('utf-8'))
    except ValueError as fault:
        raise Broken('message', str(fault)) from None
    need(isinstance(read, dict) and isinstance(read.get('t'), str), 'message', 'no object with t')
    if read['t'] not in MEMBERS:
        return {'t': 'unknown', 'word': read['t']}
    message = {'t': read['t']}
    for name, rule in MEMBERS[read['t']].items():
        check, *default = rule if isinstance(rule, tuple) else (rule,)
        if name not in read and default:
            if default[0] is not None:
                message[name] = default[0]
            continue
        need(name in read and check(read[name]), 'message', f'{read["t"]}.{name}')
        message[name] = read[name]
    return message


def proof_input(role, identity, dialler_nonce, acceptor_nonce, exporter=b''):
    return b'hmp/1\0' + role.encode() + b'\0' + identity.encode() + b'\0' + dialler_nonce + acceptor_nonce + exporter  # §7.2


def prove(key, *rest):
    return hmac.digest(key, proof_input(*rest), 'sha256')


# ---- §8.2 requests and answers, §9.2 units ----

@dataclasses.dataclass
class Http:
    start: tuple  # (method, target) or (status, reason)
    fields: list
    body: bytes

    def field(self, name):
        return next((value for key, value in self.fields if key.lower() == name.lower()), None)


def decode_http(data, is_answer, goes_on=False):
    head, end, body = data.partition(b'\r\n\r\n')
    need(end, 'http.head', 'no end of the header')
    start, *lines = head.decode('latin-1').split('\r\n')
    need(len(start) <= MAX_HTTP_START, 'http.start-line', 'too long')
    token = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
    if is_answer:
        match = re.fullmatch(r'HTTP/1\.1 ([2-5]\d\d) ([\t\x20-\x7e\x80-\xff]*)', start)
        need(match, 'http.start-line', start)
        first = int(match[1]), match[2]
    else:
        match = re.fullmatch(rf'({token}) (\S+) HTTP/1\.1', start)
        need(match, 'http.start-line', start)
        need(re.fullmatch(r'/[\x21\x22\x24-\x7e]*', match[2]), 'http.target', match[2])
        first = match[1], match[2]
    need(len(head) - len(start) <= MAX_HTTP_HEAD, 'http.header-bytes', str(len(head)))
    need(len(lines) <= MAX_HTTP_FIELDS, 'http.header-count', str(len(lines)))
    fields = []
    for line in lines:
        name, colon, value = line.partition(':')
        need(colon, 'http.header-line', line)
        need(re.fullmatch(token, name), 'http.header-name', name)
        need(re.fullmatch(r'[\t\x20-\x7e\x80-\xff]*', value), 'http.header-value', line)
        need(name.lower() not in FORBIDDEN, 'http.forbidden-field', name)
        fields.append([name, value.strip(' \t')])
    message = Http(first, fields, body)
    if message.field('HMP-Streamed') == '1':
        need(goes_on and not body, 'http.streamed', 'the first packet is not the head alone with MORE')
        return message
    lengths = [value for name, value in fields if name.lower() == 'content-length']
    need(len(lengths) <= 1 and all(re.fullmatch(r'\d{1,15}', value) for value in lengths), 'http.length', str(lengths))
    need(len(body) == int((lengths or ['0'])[0]), 'http.length', f'{len(body)} bytes of content')
    return message


def encode_http(start, fields=(), body=b''):
    fields = [*fields, ('Content-Length', len(body))] if body or not start.endswith('204 No Content') else fields
    return '\r\n'.join([start, *(f'{name}: {value}' for name, value in fields), '', '']).encode() + body


def is_rtcp(packet):
    return 192 <= packet[1] <= 223  # RFC 5761 §4


def split_unit(payload):
    """RTP and RTCP packets of a unit, each after its length in 16 bits."""
    packets, at = [], 0
    while at < len(payload):
        need(at + 2 <= len(payload), 'message', 'half a length')
        (length,) = struct.unpack_from('>H', payload, at)
        packet = payload[at + 2:at + 2 + length]
        if length == 0:
            at += 2
            continue
        need(len(packet) == length >= 8 and packet[0] >> 6 == 2, 'message', 'no RTP in its frame')
        packets.append(packet)
        at += 2 + length
    rtp = [packet for packet in packets if not is_rtcp(packet)]
    need(rtp and all(len(packet) >= 12 for packet in rtp), 'message', 'no RTP packet')
    return packets, rtp


# ---- §2.2 the WebSocket carrier (RFC 6455, the server's side) ----

class WebSocket:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    async def upgrade(self):
        head = (await self.reader.readuntil(b'\r\n\r\n')).decode('latin-1').split('\r\n')
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(':') for line in head[1:-2])}
        need(head[0] == 'GET /api/v1/hmp HTTP/1.1', 'upgrade', head[0])
        need(fields.get('upgrade', '').lower() == 'websocket' and fields.get('sec-websocket-version') == '13', 'upgrade')
        need('hmp.1' in re.split(r'\s*,\s*', fields.get('sec-websocket-protocol', '')), 'upgrade', 'no subprotocol hmp.1')
        need('permessage-deflate' not in fields.get('sec-websocket-extensions', ''), 'upgrade', 'permessage-deflate is offered')
        accept = base64.b64encode(hashlib.sha1((fields['sec-websocket-key'] + WEBSOCKET_GUID).encode()).digest()).decode()
        self.writer.write((f'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n'
                           f'Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: hmp.1\r\n\r\n').encode())

    def frame(self, opcode, data):
        size = len(data)
        length = bytes([size]) if size < 126 else struct.pack('>BH', 126, size) if size < 65536 else struct.pack('>BQ', 127, size)
        self.writer.write(bytes([0x80 | opcode]) + length + data)

    async def message(self):
        """The next binary message; None when the other side closed."""
        data, opcode = b'', 0
        while True:
            first, second = await self.reader.readexactly(2)
            need(first & 0x70 == 0 and second & 0x80, 'websocket', 'reserved bits, or a frame of a client without mask')
            length = second & 0x7F
            if length >= 126:
                length = int.from_bytes(await self.reader.readexactly(2 if length == 126 else 8), 'big')
            need(length <= 16 + MAX_PAYLOAD, 'length', f'WebSocket frame of {length} bytes')
            mask = await self.reader.readexactly(4)
            read = await self.reader.readexactly(length)
            pad = (mask * (length // 4 + 1))[:length]
            body = (int.from_bytes(read, 'big') ^ int.from_bytes(pad, 'big')).to_bytes(length, 'big')
            kind = first & 0x0F
            if kind == 8:
                self.close_code = int.from_bytes(body[:2], 'big') if body else None
                return None
            if kind == 9:
                self.frame(10, body)
            elif kind in (0, 1, 2):
                opcode = kind or opcode
                data += body
                if opcode == 1:
                    self.frame(8, struct.pack('>H', 1003))
                    raise Broken('websocket', 'a text message')
                need(len(data) <= 16 + MAX_PAYLOAD, 'length', 'WebSocket message too long')
                if first & 0x80:
                    return data


# ---- §6, §7 the session ----

class Session:
    """The acceptor's side of one session."""

    def __init__(self, socket, identity, key, saw):
        self.socket, self.identity, self.key, self.saw = socket, identity, key, saw
        saw['unitsAfterDelete'] = 0
        self.assembler, self.answers, self.units = Assembler(), {}, asyncio.Queue()
        self.events, self.pongs = asyncio.Queue(), asyncio.Queue()
        self.next_request, self.last_request, self.handle = 2, {MANAGEMENT: 0, EVENT: 0}, None
        self.handles = set()  # of all streams of this session: none is used again so soon (§9.3)
        self.consumed = self.acked = self.sent = self.told = 0
        self.heard = self.spoke = time.monotonic()

    def send(self, *packet):
        self.spoke = time.monotonic()
        data = encode_packet(*packet)
        self.sent += 0 if packet[0] == SESSION else len(data) - 16
        self.socket.frame(2, data)

    def say(self, **message):
        self.send(SESSION, 0, 0, 0, json.dumps(message).encode())

    def goodbye(self, code, text='', at=None):
        self.say(t='goodbye', code=code, text=text, **({} if at is None else {'at': at}))
        self.socket.frame(8, struct.pack('>H', 4001 + GOODBYES.index(code)))

    async def read(self):
        data = await self.socket.message()
        need(data is not None, 'closed', f'WebSocket closed with {getattr(self.socket, "close_code", None)}')
        self.heard = time.monotonic()
        message = self.assembler.push(data)
        # §6.4: pieces that were kept count too, so the payload of every packet but those of the session does.
        self.consumed += 0 if data[3] == SESSION else len(data) - 16
        self.saw['fragments'] = self.saw.get('fragments', 0) + bool(data[4] & MORE)
        return message

    async def login_message(self, wanted):
        packet = await self.read()
        need(self.assembler.offset <= MAX_SESSION, 'length', 'too much before welcome')
        need(packet and packet.type == SESSION, 'type', 'not a session packet before welcome')
        message = decode_session(packet.payload)
        need(message['t'] == wanted, 'closed' if message['t'] == 'goodbye' else 'message', str(message))
        return message

    async def login(self):
        hello = await self.login_message('hello')
        need(1 in hello['versions'], 'version', str(hello['versions']))
        self.saw.update(role=hello['role'], identity=hello['identity'], software=hello['software'])
        nonce, me = os.urandom(32), ('cms', 'witness')
        self.say(t='challenge', role=me[0], identity=me[1], nonce=encode64(nonce))
        nonces = decode64(hello['nonce']), nonce
        proof = decode64((await self.login_message('proof'))['proof'])
        # An unknown identity takes the same path, with a key that nobody has.
        key = self.key if hello['identity'] == self.identity else os.urandom(32)
        good = hmac.compare_digest(proof, prove(key, hello['role'], hello['identity'], *nonces))
        need(good and hello['role'] in ('device', 'agent'), 'login', 'not proved')
        self.say(t='welcome', version=1, session=str(uuid.uuid4()), epoch=int(time.time() * 1000), role=me[0], identity=me[1],
                 software='hmp-witness/1', features=[], limits={'control': MAX_CONTROL, 'unit': MAX_UNIT, 'streams': 1},
                 time=int(time.time() * 1000), binding='none', proof=encode64(prove(key, *me, *nonces)))

    async def run(self):
        while True:
            packet = await self.read()
            if packet is None:
                pass
            elif packet.type == SESSION:
                self.on_session(decode_session(packet.payload))
            elif packet.type in (VIDEO, AUDIO):
                need(packet.stream in self.handles, 'sequence', f'unknown handle {packet.stream}')
                if packet.stream == self.handle:
                    self.units.put_nowait(packet)
                else:  # after the answer to DELETE
                    self.saw['unitsAfterDelete'] += 1
            elif packet.flags & RESPONSE:
                need(packet.sequence % 2 == 0 and packet.sequence < self.next_request, 'sequence', 'never asked')
                on_answer = self.answers.pop(packet.sequence, None)
                if on_answer:
                    on_answer(packet)
            elif not packet.flags & CANCEL:
                self.on_request(packet)
            if self.consumed - self.acked >= 65536:
                self.ack()

    def ack(self):
        self.acked = self.consumed
        self.say(t='ack', bytes=self.acked)

    async def tick(self):
        while True:
            await asyncio.sleep(0.1)
            if self.consumed > self.acked:
                self.ack()
            if time.monotonic() - self.spoke >= 10:
                self.ping()
            need(time.monotonic() - self.heard < 30, 'idle')

    def ping(self):
        self.say(t='ping', id=1, time=int(time.time() * 1000))

    def on_session(self, message):
        kind = message['t']
        need(kind not in ('hello', 'challenge', 'proof', 'welcome'), 'message', kind)
        if kind == 'ping':
            self.say(t='pong', id=message['id'], time=int(time.time() * 1000))
            self.saw['pings'] = self.saw.get('pings', 0) + 1
        elif kind == 'pong':
            self.pongs.put_nowait(message['id'])
        elif kind == 'ack':
            need(self.told <= message['bytes'] <= self.sent, 'flow', f'ack of {message["bytes"]}, sent {self.sent}')
            self.told = self.saw['ackedBytes'] = message['bytes']
        need(kind != 'goodbye', 'closed', str(message))

    def on_request(self, packet):
        need(packet.sequence % 2 == 1 and packet.sequence > self.last_request[packet.type], 'sequence', str(packet.sequence), None)
        self.last_request[packet.type] = packet.sequence
        start, body, fields = 'HTTP/1.1 204 No Content', b'', []
        try:
            request = decode_http(packet.payload, False)
            method, target = request.start
            if (packet.type, method, target) == (EVENT, 'POST', '/HMP/events'):
                self.events.put_nowait(read_event(request))
            elif (method, target) != ('POST', f'/HMP/streams/{self.handle}/sdp'):
                raise Broken('resource.unknown', target)
        except Broken as fault:
            start = 'HTTP/1.1 ' + ('404 Not Found' if fault.code == 'resource.unknown' else '400 Bad Request')
            body = json.dumps({'code': fault.code, 'text': fault.text, 'retry': 'never'}).encode()
            fields = [('Content-Type', 'application/json')]
            self.saw.setdefault('refused', []).append(str(fault))
        self.send(packet.type, RESPONSE, 0, packet.sequence, encode_http(start, fields, body))

    async def request(self, method, target, fields=(), body=b''):
        sequence, self.next_request = self.next_request, self.next_request + 2
        answered = asyncio.get_running_loop().create_future()

        def on_answer(packet):
            need(packet.type == MANAGEMENT and not packet.flags & CANCEL, 'answer', f'{method} {target}: broken off')
            answer = decode_http(packet.payload, True)
            if (method, target, answer.start[0]) == ('POST', '/HMP/streams', 201):
                # Here and not where it is awaited: the first picture may come in the same breath.
                self.handle = json.loads(answer.body)['stream']
                need(self.handle not in self.handles, 'sequence', f'handle {self.handle} is used again')
                self.handles.add(self.handle)
            elif method == 'DELETE':
                self.handle, self.units = None, asyncio.Queue()
            if not answered.done():
                answered.set_result(answer)

        self.answers[sequence] = on_answer
        self.send(MANAGEMENT, 0, 0, sequence, encode_http(f'{method} {target} HTTP/1.1', fields, body))
        return await asyncio.wait_for(answered, 10)


def read_event(request):
    """§10: the key of an event, and what it says."""
    for name in ('HMP-Device', 'HMP-Spool', 'HMP-Event-Id'):
        need(request.field(name), 'event', f'no {name}')
    uuid.UUID(request.field('HMP-Spool'))
    need(re.fullmatch(r'\d{1,20}', request.field('HMP-Event-Id')), 'event', 'HMP-Event-Id is no number')
    kind, body = request.field('Content-Type') or '', request.body
    if kind.startswith('multipart/mixed'):
        part = email.message_from_bytes(b'Content-Type: ' + kind.encode() + b'\r\n\r\n' + body).get_payload()[0]
        kind, body = part.get_content_type(), part.get_payload(decode=True)
    if 'json' in kind:
        alert = json.loads(body)
        alert = alert.get('EventNotificationAlert', alert)
    else:
        alert = {child.tag.rpartition('}')[2]: child.text for child in ElementTree.fromstring(body)}
    return {'device': request.field('HMP-Device'), 'channel': request.field('HMP-Channel'), 'spool': request.field('HMP-Spool'),
            'id': request.field('HMP-Event-Id'), 'type': alert.get('eventType'), 'state': alert.get('eventState'),
            'description': alert.get('eventDescription')}


async def watch(session, count, sdp):
    """Takes `count` units of video and holds them to §9.2 and §9.3."""
    types = {int(word) for word in re.search(r'^m=video .*', sdp, re.M)[0].split()[3:]}
    seen = {'units': 0, 'keys': 0, 'bytes': 0, 'rtpPackets': 0, 'rtcpPackets': 0, 'counterGaps': 0, 'rtpGaps': 0, 'largestUnit': 0}
    counter = rtp_next = None
    while seen['units'] < count:
        unit = await asyncio.wait_for(session.units.get(), 10)
        need(unit.type == VIDEO and not unit.flags & END, 'stream', f'type {unit.type} flags {unit.flags}')
        if counter is None:
            need(unit.sequence == 0 and unit.flags & KEY, 'stream', 'the first unit is not number 0 with KEY')
        else:
            need(0 < (unit.sequence - counter) % 2**32 < 2**31, 'sequence', f'{unit.sequence} after {counter}')
            seen['counterGaps'] += unit.sequence != (counter + 1) % 2**32
            need(unit.sequence == (counter + 1) % 2**32 or unit.flags & KEY, 'sequence', 'no KEY after a gap')
        counter = unit.sequence
        packets, rtp = split_unit(unit.payload)
        need(len({packet[4:8] for packet in rtp}) == 1, 'stream', 'a unit with more than one RTP timestamp')
        need(not any(packet[1] & 0x80 for packet in rtp[:-1]), 'stream', 'the marker inside a unit')
        for packet in rtp:
            need(packet[1] & 0x7F in types, 'stream', f'payload type {packet[1] & 0x7F} is not in the SDP')
            (number,) = struct.unpack_from('>H', packet, 2)
            seen['rtpGaps'] += rtp_next is not None and number != rtp_next
            rtp_next = (number + 1) % 65536
        seen['units'] += 1
        seen['keys'] += bool(unit.flags & KEY)
        seen['bytes'] += len(unit.payload)
        seen['largestUnit'] = max(seen['largestUnit'], len(unit.payload))
        seen['rtpPackets'] += len(rtp)
        seen['rtcpPackets'] += len(packets) - len(rtp)
    return seen


async def open_stream(session, device, channel, profile):
    order = {'channel': channel, 'kind': 'live', 'profile': profile, 'media': ['video']}
    fields = [*device, ('Content-Type', 'application/json')]
    answer = await session.request('POST', '/HMP/streams', fields, json.dumps(order).encode())
    need(answer.start[0] == 201, 'stream', f'{answer.start} {answer.body!r}')
    stream = json.loads(answer.body)
    need(stream['stream'] % 2 == 1 and stream['direction'] == 'send', 'stream', str(stream))
    return stream['stream'], stream['sdp']


async def scenario(session, units, wanted_event):
    saw = session.saw
    session.ping()
    await asyncio.wait_for(session.pongs.get(), 10)
    saw['devices'] = json.loads((await session.request('GET', '/HMP/devices')).body)['devices']
    device = [('HMP-Device', saw['devices'][0]['id'])]
    answer = await session.request('GET', '/ISAPI/System/deviceInfo', device)
    saw['model'] = ElementTree.fromstring(answer.body).findtext('{*}model')

    channel = saw['devices'][0]['channels'][0]['id']
    handle, sdp = await open_stream(session, device, channel, 'main')
    saw['media'] = re.findall(r'^a=rtpmap:\d+ (\S+)', sdp, re.M)
    saw['video'] = await watch(session, units, sdp)
    saw['keyStatus'] = (await session.request('POST', f'/HMP/streams/{handle}/key')).start[0]

    print(json.dumps({'running': True}), flush=True)
    events = saw['events'] = []
    while not events or wanted_event not in (None, events[-1]['type']):
        events.append(await asyncio.wait_for(session.events.get(), 30))
        need(len({event['spool'] for event in events}) == 1, 'event', 'a new spool in the middle of a session')
        need(len(events) < 2 or int(events[-1]['id']) > int(events[-2]['id']), 'event', 'an id that does not grow')
    saw['event'] = events[-1]
    saw['deleteStatus'] = (await session.request('DELETE', f'/HMP/streams/{handle}')).start[0]
    # A second stream: begins anew with number 0 and KEY, and while it runs nothing may come for the first.
    second, sdp = await open_stream(session, device, channel, 'sub')
    saw['secondVideo'] = await watch(session, 10, sdp)
    await session.request('DELETE', f'/HMP/streams/{second}')
    saw['deleteAgainStatus'] = (await session.request('DELETE', f'/HMP/streams/{handle}')).start[0]
    refusal = await session.request('POST', f'/HMP/streams/{handle}/key')
    saw['unknownStream'] = [refusal.start[0], json.loads(refusal.body)['code']]
    refusal = await session.request('GET', '/HMP/nonsense')
    saw['unknownResource'] = [refusal.start[0], json.loads(refusal.body)['code']]

    key = [*device, ('Idempotency-Key', str(uuid.uuid4()))]
    answers = [await session.request('PUT', '/ISAPI/System/reboot', key) for _ in range(2)]
    saw['orderStatus'], saw['isRepeatTheSame'] = answers[0].start[0], answers[0].body == answers[1].body
    saw['consumedBytes'] = session.consumed


async def serve(options):
    done = asyncio.get_running_loop().create_future()
    saw = {}

    async def connection(reader, writer):
        socket = WebSocket(reader, writer)
        session = Session(socket, options.identity, decode64(options.device_key), saw)
        fault = None
        try:
            try:
                await asyncio.wait_for(socket.upgrade(), 5)
            except (OSError, EOFError, TimeoutError):  # it only came to look at the chain (§2.4)
                writer.close()
                return
            await asyncio.wait_for(session.login(), 5)
            work = [asyncio.create_task(part) for part in (scenario(session, options.units, options.event), session.run(), session.tick())]
            finished, rest = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            for task in finished:
                task.result()
            session.goodbye('shutdown')
        except (Broken, OSError, EOFError, TimeoutError) as error:
            fault = error
            if isinstance(error, Broken) and error.code in GOODBYES:
                session.goodbye(error.code, error.text, error.at)
        except Exception as error:  # what was not foreseen ends the run, too
            fault = error
        await writer.drain()
        writer.close()
        if not done.done():
            done.set_exception(fault) if fault else done.set_result(None)

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.minimum_version = ssl.TLSVersion.TLSv1_3
    tls.load_cert_chain(options.cert, options.key)
    tls.set_alpn_protocols(['http/1.1'])
    server = await asyncio.start_server(connection, '127.0.0.1', 0, ssl=tls)
    print(json.dumps({'port': server.sockets[0].getsockname()[1]}), flush=True)
    try:
        await asyncio.wait_for(done, 60)
    finally:
        server.close()
    print(json.dumps(saw), flush=True)


# ---- the vectors ----

def verify_vectors(folder):
    def load(name):
        return json.loads((pathlib.Path(folder) / f'{name}.json').read_text('utf-8'))

    def outcome(work):
        try:
            return work()
        except Broken as fault:
            return {'error': fault.code, **({} if fault.at is None else {'at': fault.at})}

    def messages(row):
        assembler, read = Assembler(), []
        fault = outcome(lambda: [read.append(dataclasses.asdict(m)) for m in map(assembler.push, map(bytes.fromhex, row['packets'])) if m])
        return {'messages': [{**m, 'payload': m['payload'].hex()} for m in read], **(fault if isinstance(fault, dict) else {})}

    def http(row):
        message = decode_http(row['text'].encode('latin-1'), row['kind'] == 'response', row.get('more', False))
        names = ('status', 'reason') if row['kind'] == 'response' else ('method', 'target')
        return {'meaning': {**dict(zip(names, message.start)), 'headers': message.fields, 'body': message.body.decode('latin-1')}}

    def packet(row):
        data = bytes.fromhex(row['bytes'])
        header = decode_header(data)
        need(encode_packet(*header[:4], data[16:]) == data, 'encode')
        return {'header': dict(zip(('type', 'flags', 'stream', 'sequence', 'length'), header)), 'payload': data[16:].hex()}

    def unit(row):
        packets, rtp = split_unit(bytes.fromhex(row['payload']))
        return {'packets': [p.hex() for p in packets], 'timestamp': struct.unpack_from('>I', rtp[0], 4)[0]}

    def proof(row):
        parts = (row['role'], row['identity'], decode64(row['diallerNonce']), decode64(row['acceptorNonce']), bytes.fromhex(row['exporter']))
        return {'input': proof_input(*parts).hex(), 'proof': encode64(prove(bytes.fromhex(row['key']), *parts))}

    readers = {'packets': packet, 'fragments': messages, 'session-messages': lambda row: {'message': decode_session(row['text'].encode())},
               'proofs': proof, 'requests': http, 'media': unit}
    counts, mismatches = {}, []
    for name, read in readers.items():
        file = load(name)
        rows = [row for part in ('good', 'bad', 'rows') for row in file.get(part, [])]
        counts[name] = len(rows)
        for row in rows:
            got = outcome(lambda: read(row))
            wanted = {key: value for key, value in row.items() if key in ('error', 'at') or key in got}
            if got != wanted:
                mismatches.append({'file': name, 'name': row['name'], 'wanted': wanted, 'got': got})
    print(json.dumps({'counts': counts, 'mismatches': mismatches}))
    return 1 if mismatches or not all(counts.values()) else 0


def main():
    if len(sys.argv) == 3 and sys.argv[1] == 'vectors':
        return verify_vectors(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ('--cert', '--key', '--identity', '--device-key'):
        parser.add_argument(name, required=True)
    parser.add_argument('--units', type=int, default=50, help='pictures to take')
    parser.add_argument('--event', help='wait for an event of this type; default: for any')
    asyncio.run(serve(parser.parse_args()))
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except (Broken, OSError, EOFError, TimeoutError) as fault:
        sys.exit(f'{type(fault).__name__} {fault}')
