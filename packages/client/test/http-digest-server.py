# SPDX-License-Identifier: Apache-2.0
"""A small camera for tests: HTTP login by the letter of RFC 7616, RFC 2617 and RFC 7617, with Python's library alone.

Prints one line of JSON, {way: port}, then serves until standard input ends. Each way of logging in has a port:

  md5 sha256 both   qop="auth", with these hashes
  sess              MD5-sess
  rfc2069           no qop, no algorithm
  stale             a nonce is good for two requests, then stale="TRUE"
  tied              a nonce is good for the URL it was given for; any other is refused without a word of stale
  basic             Basic alone
  open              no login

GET /count tells, without login: answered logins that were right, and wrong.
"""

import base64
import hashlib
import json
import re
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

USER, PASSWORD = sys.argv[1], sys.argv[2]
REALM = 'IP Camera(83813)'
WAYS = ['md5', 'sha256', 'both', 'sess', 'rfc2069', 'stale', 'tied', 'basic', 'open']
HASHES = {'MD5': hashlib.md5, 'MD5-sess': hashlib.md5, 'SHA-256': hashlib.sha256}


class Way:
    def __init__(self, name):
        self.name = name
        self.lock = threading.Lock()
        self.nonces = {}  # nonce: [url it was given for, highest nc, uses]
        self.right = 0
        self.wrong = 0
        self.algorithms = {'sha256': ['SHA-256'], 'both': ['MD5', 'SHA-256'], 'sess': ['MD5-sess']}.get(name, ['MD5'])

    def challenges(self, url, stale):
        if self.name == 'basic':
            return ['Basic realm="%s"' % REALM]
        nonce = secrets.token_hex(20)
        with self.lock:
            self.nonces[nonce] = [url, 0, 0]
        made = []
        for algorithm in self.algorithms:
            parts = ['realm="%s"' % REALM, 'nonce="%s"' % nonce]
            if self.name != 'rfc2069':
                parts.insert(0, 'qop="auth"')
                parts.append('algorithm=%s' % algorithm)
                parts.append('opaque="a,b=\\"c\\""')
            parts.append('stale="%s"' % ('TRUE' if stale else 'FALSE'))
            made.append('Digest ' + ', '.join(parts))
        return made

    def check(self, method, url, header):
        """'ok', 'missing', 'wrong' or 'stale'."""
        if self.name == 'open':
            return 'ok'
        if header is None:
            return 'missing'
        if self.name == 'basic':
            expected = base64.b64encode(('%s:%s' % (USER, PASSWORD)).encode()).decode()
            return 'ok' if header == 'Basic ' + expected else 'wrong'
        if not header.startswith('Digest '):
            return 'wrong'
        fields = {}
        for name, quoted, bare in re.findall(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))', header[7:]):
            fields[name] = re.sub(r'\\(.)', r'\1', quoted) if quoted else bare
        algorithm = fields.get('algorithm', 'MD5')
        if algorithm not in self.algorithms or fields.get('uri') != url or fields.get('realm') != REALM:
            return 'wrong'
        hasher = HASHES[algorithm]

        def h(text):
            return hasher(text.encode()).hexdigest()

        a1 = h('%s:%s:%s' % (USER, REALM, PASSWORD))
        if algorithm.endswith('-sess'):
            a1 = h('%s:%s:%s' % (a1, fields['nonce'], fields['cnonce']))
        a2 = h('%s:%s' % (method, url))
        if self.name == 'rfc2069':
            if 'qop' in fields or 'nc' in fields:
                return 'wrong'
            expected = h('%s:%s:%s' % (a1, fields['nonce'], a2))
        else:
            if fields.get('opaque') != 'a,b="c"' or fields.get('qop') != 'auth' or len(fields.get('nc', '')) != 8:
                return 'wrong'
            expected = h(':'.join([a1, fields['nonce'], fields['nc'], fields['cnonce'], 'auth', a2]))
        if fields.get('username') != USER or fields.get('response') != expected:
            return 'wrong'
        with self.lock:
            known = self.nonces.get(fields['nonce'])
            if known is None:
                return 'stale'
            if self.name == 'tied' and known[0] != url:
                return 'wrong'
            known[2] += 1
            if self.name == 'stale' and known[2] > 2:
                return 'stale'
            if self.name != 'rfc2069':
                count = int(fields['nc'], 16)
                if count <= known[1]:
                    return 'stale'
                known[1] = count
        return 'ok'


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version = 'App-webs/'
    sys_version = ''
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body, headers=()):
        data = body.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def serve(self):
        way = self.server.way
        length = int(self.headers.get('Content-Length') or 0)
        body = self.rfile.read(length).decode()
        if self.path == '/count':
            self.answer(200, 'application/json', json.dumps({'right': way.right, 'wrong': way.wrong}))
            return
        verdict = way.check(self.command, self.path, self.headers.get('Authorization'))
        with way.lock:
            way.right += verdict == 'ok'
            way.wrong += verdict == 'wrong'
        if verdict != 'ok':
            page = '<!DOCTYPE html><html><head><title>Document Error: Unauthorized</title></head></html>'
            challenges = way.challenges(self.path, verdict == 'stale')
            self.answer(401, 'text/html', page, [('WWW-Authenticate', one) for one in challenges])
            return
        text = '<Echo><method>%s</method><path>%s</path><body>%s</body></Echo>'
        path = self.path.replace('&', '&amp;')
        self.answer(200, 'application/xml', text % (self.command, path, body))

    do_GET = do_PUT = do_POST = do_DELETE = serve


ports = {}
for name in WAYS:
    server = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    server.daemon_threads = True
    server.way = Way(name)
    ports[name] = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps(ports), flush=True)
sys.stdin.read()
