// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import { type Account, authorizationFor, DigestAuthorization } from './authorization.ts'
import { type Challenge, chooseChallenge, type DigestChallenge, type Hash, parseChallenges } from './challenge.ts'
import { MAX_AUTH_LENGTH, MAX_CHALLENGES, parseAuthFields, quote } from './fields.ts'
import { DigestVerifier, MAX_NONCES, type VerifierOptions } from './verifier.ts'

const nodeNames = { MD5: 'md5', 'SHA-256': 'sha256', 'SHA-512-256': 'sha512-256' } as const
const hash: Hash = (name, text) => createHash(nodeNames[name]).update(text).digest('hex')

const account = (username: string, password: string, cnonce = ''): Account => ({
  username,
  password,
  hash,
  cnonce: () => cnonce,
})
const digest = (header: string): DigestChallenge => {
  const [challenge] = parseChallenges(header)
  if (challenge?.scheme !== 'digest') throw new Error('no digest challenge')
  return challenge
}
const response = (header: string): string => /response="([0-9a-f]+)"/.exec(header)?.[1] ?? ''

describe('challenges', () => {
  const plain = {
    scheme: 'digest',
    algorithm: 'MD5',
    isSession: false,
    opaque: undefined,
    isStale: false,
    hasUserhash: false,
  }
  it.each<[string, string, Partial<DigestChallenge>[]]>([
    [
      'of an older camera',
      'Digest qop="auth", realm="IP Camera(83813)", nonce="4d5755", stale="FALSE"',
      [
        {
          ...plain,
          realm: 'IP Camera(83813)',
          nonce: '4d5755',
          hasQop: true,
          algorithmText: undefined,
        } as Partial<DigestChallenge>,
      ],
    ],
    [
      'without qop',
      'Digest realm="IP Camera(C1)", nonce="a0f8", stale="FALSE"',
      [{ ...plain, hasQop: false } as Partial<DigestChallenge>],
    ],
    [
      'with quoted SHA-256',
      'Digest realm="r", nonce="n", algorithm="SHA-256", stale="TRUE"',
      [{ algorithm: 'SHA-256', algorithmText: '"SHA-256"', isStale: true }],
    ],
    [
      'two in one header',
      'Digest realm="a, b=c", nonce="n1", qop="auth-int, auth", algorithm=SHA-256, Digest realm="r", nonce="n2", algorithm=MD5-sess',
      [
        { realm: 'a, b=c', nonce: 'n1', hasQop: true },
        { nonce: 'n2', isSession: true, algorithmText: 'MD5-sess' },
      ],
    ],
    ['without commas', 'Digest realm="r" nonce="n" random="cmFuZA=="', [{ realm: 'r', nonce: 'n' }]],
    ['with escapes', 'Digest realm="a\\"b\\\\", nonce="n"', [{ realm: 'a"b\\' }]],
    ['with an open quote', 'Digest nonce="n", realm="r', [{ realm: 'r' }]],
    ['SHA256 misspelt', 'Digest nonce="n", algorithm=sha256', [{ algorithm: 'SHA-256' }]],
    [
      'with userhash',
      'Digest nonce="n", userhash=true, algorithm=SHA-512-256',
      [{ hasUserhash: true, algorithm: 'SHA-512-256' }],
    ],
  ])('reads one %s', (_, header, meaning) => {
    expect(parseChallenges(header)).toMatchObject(meaning)
  })

  it('reads several headers, and leaves out what cannot be met', () => {
    const headers = [
      'Digest realm="r", nonce="n"',
      'Basic realm="IP Camera"',
      'Digest realm="r", nonce="n", algorithm=SHA-1',
      'Digest realm="r", nonce="n", qop="auth-int"',
      'Digest realm="r"',
      'Negotiate YWJj==, NTLM',
      'Bearer realm="x"',
      '',
    ]
    expect(parseChallenges(headers).map((one) => one.scheme)).toEqual(['digest', 'basic'])
  })

  it('chooses the strongest, and Basic only where it is allowed', () => {
    const all = parseChallenges([
      'Basic realm="r"',
      'Digest nonce="1"',
      'Digest nonce="2", algorithm=SHA-256',
      'Digest nonce="3"',
    ])
    const chosen = (challenges: Challenge[], allowBasic = false) => chooseChallenge(challenges, { allowBasic })
    expect(chosen(all)).toMatchObject({ nonce: '2' })
    expect(chosen(all.slice(0, 2), true)).toMatchObject({ nonce: '1' })
    expect(chosen(all.slice(0, 1))).toBeUndefined()
    expect(chosen(all.slice(0, 1), true)).toEqual({ scheme: 'basic', realm: 'r' })
    expect(chooseChallenge(all.slice(1, 2), { allowBasic: false, weakest: 'SHA-256' })).toBeUndefined()
  })

  it.each([
    ['digest.size', `Basic realm="${'x'.repeat(MAX_AUTH_LENGTH)}"`],
    ['digest.count', 'Basic, '.repeat(MAX_CHALLENGES + 1)],
  ])('refuses with %s', (code, header) => {
    expect(() => parseChallenges(header)).toThrow(expect.objectContaining({ code, name: 'WireError' }))
  })

  it('gives challenges or a WireError for any header', () => {
    const piece = fc.constantFrom(
      'Digest ',
      'Basic ',
      'realm=',
      'nonce="n"',
      ',',
      '"',
      '=',
      ' ',
      '\\',
      'qop=auth',
      'YWJj==',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 5 })), { maxLength: 30 }), (pieces) => {
        try {
          parseChallenges(pieces.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })

  it('reads back whatever it quotes', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseAuthFields(`Digest a=${quote(text)}, b=c`)[0]?.parameters.get('a')?.value).toBe(text)
      }),
    )
  })
})

describe('answers', () => {
  const rfc7616 =
    'Digest realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
  const mufasa = account('Mufasa', 'Circle of Life', 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ')

  it.each([
    ['MD5 (RFC 7616 §3.9.1)', `${rfc7616}, algorithm=MD5`, mufasa, '8ca523f5e9506fed4657c9700eebdbec'],
    [
      'SHA-256 (RFC 7616 §3.9.1)',
      `${rfc7616}, algorithm=SHA-256`,
      mufasa,
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    ],
    [
      'MD5 with qop (RFC 2617 §3.5)',
      'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
      account('Mufasa', 'Circle Of Life', '0a4f113b'),
      '6629fae49393a05397450978507c4ef1',
    ],
    [
      'MD5 without qop (RFC 2069 §2.4, as corrected)',
      'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"',
      account('Mufasa', 'CircleOfLife'),
      '1949323746fe6a43ef61f9606e7febea',
    ],
  ])('%s', (_, challenge, who, wanted) => {
    expect(response(authorizationFor(digest(challenge), who).header('GET', '/dir/index.html'))).toBe(wanted)
  })

  it('count their requests, repeat what must be repeated, and hash the name if asked', () => {
    const challenge = digest(
      'Digest realm="a\\"b", nonce="n", opaque="o", qop="auth", algorithm="SHA-256", userhash=true',
    )
    const authorization = new DigestAuthorization(challenge, account('user', 'p', 'c'))
    authorization.header('GET', '/')
    const header = authorization.header('GET', '/?a=b')
    for (const part of [
      'realm="a\\"b"',
      'uri="/?a=b"',
      'algorithm="SHA-256"',
      'opaque="o"',
      'qop=auth',
      'nc=00000002',
      'cnonce="c"',
    ])
      expect(header).toContain(part)
    expect(header).toContain(`username="${hash('SHA-256', 'user:a"b')}"`)
  })

  it('of RFC 2069 hold neither count nor cnonce', () => {
    const header = new DigestAuthorization(digest('Digest realm="r", nonce="n"'), account('u', 'p', 'c')).header(
      'GET',
      '/',
    )
    expect(header).not.toMatch(/nc=|cnonce|qop|algorithm/)
  })

  it('to Basic hold the account in base64', () => {
    const [challenge] = parseChallenges('Basic realm="r"')
    expect(authorizationFor(challenge!, account('Aladdin', 'open sesame')).header('GET', '/')).toBe(
      'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    )
  })
})

describe('verifier', () => {
  const lookup = (user: string) => (user === 'admin' ? 'secret' : undefined)
  const server = (options: Partial<VerifierOptions> = {}) => {
    let count = 0
    return new DigestVerifier({
      realm: 'IP Camera(1)',
      algorithms: ['MD5'],
      qop: true,
      hash,
      nonce: () => `nonce${count++}`,
      nonceLifeMs: 60_000,
      ...options,
    })
  }
  const client = (verifier: DigestVerifier, password = 'secret', username = 'admin', index = 0) =>
    authorizationFor(parseChallenges(verifier.challenge(0))[index]!, account(username, password, 'c'))

  it.each([
    ['MD5', true],
    ['MD5', false],
    ['SHA-256', true],
    ['SHA-256', false],
    ['SHA-512-256', true],
  ] as const)('takes %s, qop %s', (algorithm, qop) => {
    const verifier = server({ algorithms: [algorithm], qop })
    const who = client(verifier)
    for (const uri of ['/a?b=c', '/d'])
      expect(verifier.verify(who.header('GET', uri), 'GET', uri, lookup, 0)).toEqual({ ok: true, user: 'admin' })
  })

  it('takes the session variant', () => {
    const verifier = server()
    const [header = ''] = verifier.challenge(0)
    const who = authorizationFor(digest(`${header}, algorithm=MD5-sess`), account('admin', 'secret', 'c'))
    expect(verifier.verify(who.header('GET', '/'), 'GET', '/', lookup, 0)).toMatchObject({ ok: true })
  })

  it('offers several algorithms, and Basic if told so', () => {
    const verifier = server({ algorithms: ['MD5', 'SHA-256'], basic: true })
    expect(verifier.challenge(0, true)).toEqual([
      'Digest realm="IP Camera(1)", nonce="nonce0", qop="auth", algorithm=MD5, stale=true',
      'Digest realm="IP Camera(1)", nonce="nonce0", qop="auth", algorithm=SHA-256, stale=true',
      'Basic realm="IP Camera(1)"',
    ])
    const basic = client(verifier, 'secret', 'admin', 2).header('GET', '/')
    expect(verifier.verify(basic, 'GET', '/', lookup, 0)).toEqual({ ok: true, user: 'admin' })
    expect(verifier.verify('Basic YWRtaW46eA==', 'GET', '/', lookup, 0)).toEqual({ ok: false, reason: 'wrong' })
    expect(verifier.verify('Basic !', 'GET', '/', lookup, 0)).toEqual({ ok: false, reason: 'malformed' })
    expect(server().verify(basic, 'GET', '/', lookup, 0)).toEqual({ ok: false, reason: 'malformed' })
  })

  it('takes the path where the request line holds the URL', () => {
    const verifier = server()
    const header = client(verifier).header('GET', '/a?b=c')
    expect(verifier.verify(header, 'GET', 'rtsp://192.0.2.1:554/a?b=c', lookup, 0)).toMatchObject({ ok: true })
  })

  it('refuses', () => {
    const verifier = server()
    const refused = (header: string | undefined, uri = '/', method = 'GET', nowMs = 0) => {
      const verdict = verifier.verify(header, method, uri, lookup, nowMs)
      return verdict.ok ? 'ok' : verdict.reason
    }
    const good = client(verifier).header('GET', '/')
    expect(refused(undefined)).toBe('missing')
    expect(refused('nonsense')).toBe('malformed')
    expect(refused('x'.repeat(MAX_AUTH_LENGTH + 1))).toBe('malformed')
    expect(refused(good, '/other')).toBe('malformed')
    expect(refused(good.replace('IP Camera(1)', 'IP Camera(2)'))).toBe('malformed')
    expect(refused(good.replace('nc=00000001', 'nc=1'))).toBe('malformed')
    expect(refused(`${good}, algorithm=SHA-256`)).toBe('malformed')
    expect(refused(client(server({ qop: false })).header('GET', '/'))).toBe('malformed')
    expect(refused(good, '/', 'PUT')).toBe('wrong')
    expect(refused(client(verifier, 'guess').header('GET', '/'))).toBe('wrong')
    expect(refused(client(verifier, '', 'nobody').header('GET', '/'))).toBe('wrong')
    expect(refused(good, '/', 'GET', 60_001)).toBe('stale')
    expect(refused(client(server({ nonce: () => 'other' })).header('GET', '/'))).toBe('stale')
    expect(refused(good)).toBe('ok')
    expect(refused(good)).toBe('replay')
  })

  it('remembers a limited number of nonces, none past its life', () => {
    const verifier = server()
    const old = client(verifier)
    for (let i = 0; i < MAX_NONCES; i++) verifier.challenge(1)
    expect(verifier.verify(old.header('GET', '/'), 'GET', '/', lookup, 1)).toEqual({ ok: false, reason: 'stale' })
  })

  it('never throws for any header', () => {
    const verifier = server({ basic: true })
    const good = client(verifier).header('GET', '/')
    fc.assert(
      fc.property(fc.nat(good.length), fc.nat(20), fc.string({ maxLength: 8 }), (at, cut, put) => {
        verifier.verify(good.slice(0, at) + put + good.slice(at + cut), 'GET', '/', lookup, 0)
      }),
    )
  })
})
