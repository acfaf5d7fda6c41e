// SPDX-License-Identifier: Apache-2.0
/**
 * This server's own certification authority and its server certificate (RFC 5280, P-256), made at the first start. Devices
 * pin the authority by its SHA-256; the server's certificate is renewed under it by itself.
 */
import 'reflect-metadata' // @peculiar/x509's dependency container asks for it when it is loaded
import { randomBytes, webcrypto } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { Refusal } from '@openhmp/protocol/base'
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509'

const DAY_MS = 24 * 60 * 60_000
const AUTHORITY_DAYS = 3650
const LEAF_DAYS = 397
/** A server certificate is made anew when it has less than this to live. */
export const RENEW_BEFORE_DAYS = 60
/** Clocks of devices run behind. */
const SLACK_MS = DAY_MS
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** What a TLS server shows: PEM. `cert` is the chain with the authority last (hmp.md §2.4). */
export interface ServerCertificate {
  readonly key: string
  readonly cert: string
  /** End of its life, milliseconds since 1970. */
  readonly notAfter: number
}

/** The authority, and the certificate under it. */
export interface Authority {
  readonly caPem: string
  /** SHA-256 of the authority's certificate in DER: 64 hex digits, lower case. */
  readonly fingerprint: string
  readonly certificate: ServerCertificate
  /**
   * Signs a device's request (PKCS #10, RFC 2986) for the host under which we reach it; what else the request wants is not
   * granted. Throws `Refusal` `tls.request`, `tls.own-name`.
   */
  issue(request: string, host: string, nowMs: number): Promise<IssuedCertificate>
}

/** A certificate for somebody else: PEM. */
export interface IssuedCertificate {
  readonly pem: string
  /** SHA-256, 64 hex digits. */
  readonly fingerprint: string
  /** Milliseconds since 1970. */
  readonly notAfter: number
}

/** What an authority is loaded with. */
export interface AuthorityOptions {
  readonly dataDir: string
  /** Names and addresses beyond localhost, the loopbacks and the host's own name. */
  readonly names?: readonly string[]
  readonly nowMs: number
}

export const pemOf = async (key: webcrypto.CryptoKey): Promise<string> => {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}

export const keyOf = (pem: string): Promise<webcrypto.CryptoKey> => {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign'])
}

export const generate = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>

/** Positive and of 16 bytes. */
export const serialNumber = (): string => `4${randomBytes(16).toString('hex').slice(1)}`

const makeAuthority = async (nowMs: number): Promise<{ ca: X509Certificate; key: webcrypto.CryptoKey }> => {
  const keys = await generate()
  const ca = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: `CN=OpenHMP ${hostname().replace(/[^A-Za-z0-9.-]/g, '')} ${randomBytes(3).toString('hex')}`,
    notBefore: new Date(nowMs - SLACK_MS),
    notAfter: new Date(nowMs + AUTHORITY_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { ca, key: keys.privateKey }
}

interface Signer {
  readonly ca: X509Certificate
  readonly key: webcrypto.CryptoKey
}

const makeLeaf = async (
  signer: Signer,
  names: readonly string[],
  nowMs: number,
): Promise<{ key: string; cert: string }> => {
  const keys = await generate()
  const leaf = await sign(signer, { subject: 'CN=OpenHMP server', publicKey: keys.publicKey, names, nowMs })
  return { key: await pemOf(keys.privateKey), cert: leaf.toString('pem') }
}

const sign = async (
  { ca, key }: Signer,
  leaf: {
    readonly subject: string
    readonly publicKey: webcrypto.CryptoKey
    readonly names: readonly string[]
    readonly nowMs: number
  },
): Promise<X509Certificate> => {
  const { subject, publicKey, names, nowMs } = leaf
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([SERVER_AUTH]),
    new SubjectAlternativeNameExtension(
      names.map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
    ),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(ca),
  ]
  const notAfter = Math.min(nowMs + LEAF_DAYS * DAY_MS, ca.notAfter.getTime())
  return X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject,
    issuer: ca.subject,
    notBefore: new Date(nowMs - SLACK_MS),
    notAfter: new Date(notAfter),
    signingAlgorithm: ALGORITHM,
    publicKey,
    signingKey: key,
    extensions,
  })
}

/** `own`: names that this server's own certificate may bear, which no device's may. */
const issue = async (
  signer: Signer,
  own: readonly string[],
  { request, host, nowMs }: { readonly request: string; readonly host: string; readonly nowMs: number },
): Promise<IssuedCertificate> => {
  // On the machine itself everybody has the same address; such devices may be added for tests alone.
  if (own.includes(host.toLowerCase()) && !isLoopback(host))
    throw new Refusal(
      'conflict',
      'tls.own-name',
      `${host} is this server's own name: no device gets a certificate for it`,
    )
  let publicKey: webcrypto.CryptoKey
  try {
    const asked = new Pkcs10CertificateRequest(request)
    if (!(await asked.verify())) throw new Error('its signature is wrong')
    publicKey = await asked.publicKey.export()
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Refusal('invalid', 'tls.request', `the device's request for a certificate is not good: ${why}`, { cause })
  }
  const subject = [{ CN: [host] }]
  const leaf = await sign(signer, { subject: new Name(subject).toString(), publicKey, names: [host], nowMs })
  const fingerprint = Buffer.from(await leaf.getThumbprint('SHA-256')).toString('hex')
  return { pem: `${leaf.toString('pem').trimEnd()}\n`, fingerprint, notAfter: leaf.notAfter.getTime() }
}

const isLoopback = (host: string): boolean => /^(127\.|::1$|localhost$)/.test(host)

const read = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Refusal('unavailable', 'tls.unreadable', `${file} cannot be read`, { cause })
  }
}

/** Whole or not at all, for its owner alone. */
const write = (file: string, text: string): void => {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

const namesIn = (leaf: X509Certificate): string[] =>
  leaf.getExtension(SubjectAlternativeNameExtension)?.names.items.map(({ value }) => value) ?? []

/** Loads or makes the authority, and renews the server's certificate when it is due or names have come. */
export const loadAuthority = async ({ dataDir, names = [], nowMs }: AuthorityOptions): Promise<Authority> => {
  const folder = join(dataDir, 'tls')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = (name: string) => join(folder, name)
  const caText = read(file('ca.pem'))
  const caKeyText = read(file('ca.key'))
  if ((caText === undefined) !== (caKeyText === undefined))
    throw new Refusal(
      'unavailable',
      'tls.incomplete',
      `of ${folder}/ca.pem and ca.key one is missing: put it back, or remove both`,
    )
  let authority: Signer
  if (caText !== undefined && caKeyText !== undefined)
    authority = { ca: new X509Certificate(caText), key: await keyOf(caKeyText) }
  else {
    authority = await makeAuthority(nowMs)
    write(file('ca.key'), await pemOf(authority.key))
    write(file('ca.pem'), authority.ca.toString('pem'))
  }
  const caPem = authority.ca.toString('pem')
  const wanted = [...new Set(['localhost', hostname().toLowerCase(), '127.0.0.1', '::1', ...names])]
  const old = read(file('server.pem'))
  const oldKey = read(file('server.key'))
  const leaf = old === undefined ? undefined : new X509Certificate(old)
  const isFit =
    leaf !== undefined &&
    oldKey !== undefined &&
    leaf.notAfter.getTime() - nowMs > RENEW_BEFORE_DAYS * DAY_MS &&
    wanted.every((name) => namesIn(leaf).includes(name)) &&
    (await leaf.verify({ publicKey: authority.ca, date: new Date(nowMs) }))
  let made = { key: oldKey!, cert: old! }
  if (!isFit) {
    made = await makeLeaf(authority, wanted, nowMs)
    write(file('server.key'), made.key)
    write(file('server.pem'), made.cert)
  }
  return {
    caPem,
    fingerprint: Buffer.from(await authority.ca.getThumbprint('SHA-256')).toString('hex'),
    certificate: {
      key: made.key,
      cert: `${made.cert.trimEnd()}\n${caPem}`,
      notAfter: new X509Certificate(made.cert).notAfter.getTime(),
    },
    issue: (request, host, nowMs) => issue(authority, wanted, { request, host, nowMs }),
  }
}
