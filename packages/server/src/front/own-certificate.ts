// SPDX-License-Identifier: Apache-2.0
/**
 * The owner's certificate for the console, from an authority that browsers know: read from two files of PEM (RFC 7468), held
 * against each other and against the clock, and read again when they change. What is wrong with a new one leaves the old one in force.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { createSecureContext, type SecureContext } from 'node:tls'
import { type Clock, Refusal } from '@openhmp/protocol/base'

/** Certificates of a chain. */
export const MAX_CHAIN = 8
/** A file of PEM; one that is larger is not read. */
export const MAX_PEM_BYTES = 256 * 1024
/** It is told that the end comes when so many days are left. */
export const WARN_DAYS: readonly number[] = [30, 14, 7]
const LOOK_MS = 60_000
const DAY_MS = 86_400_000

/** Where it is. */
export interface CertificateFiles {
  /** The server's certificate first, then those between it and the authority. */
  readonly certificate: string
  readonly key: string
}

/** One that fits together. */
export interface OwnCertificate {
  readonly context: SecureContext
  /** As they stand in it: `DNS:cms.example.org`. */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly notAfter: number
  readonly fingerprint: string
  /** Whether it is good for this host name. */
  covers(name: string): boolean
}

const refuse = (code: string, text: string, cause?: unknown): Refusal =>
  new Refusal('unavailable', code, text, ...(cause === undefined ? [] : [{ cause }]))

const readPem = async (file: string): Promise<string> => {
  try {
    if ((await stat(file)).size > MAX_PEM_BYTES) throw refuse('tls.file', `${file} is too large for a file of PEM`)
    return await readFile(file, 'latin1')
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    const { code = 'error' } = cause as NodeJS.ErrnoException
    const why = { ENOENT: 'is not there', EACCES: 'may not be read by this user' }[code] ?? `cannot be read (${code})`
    throw refuse('tls.file', `${file} ${why}`, cause)
  }
}

const chainIn = (pem: string, file: string): X509Certificate[] => {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw refuse('tls.certificate', `${file} holds no certificate in PEM`)
  if (blocks.length > MAX_CHAIN) throw refuse('tls.chain', `${file} holds more than ${MAX_CHAIN} certificates`)
  let chain: X509Certificate[]
  try {
    chain = blocks.map((block) => new X509Certificate(block))
  } catch (cause) {
    throw refuse('tls.certificate', `${file} holds something that is no certificate`, cause)
  }
  for (const [i, one] of chain.entries()) {
    const next = chain[i + 1]
    if (next && !(one.checkIssued(next) && one.verify(next.publicKey)))
      throw refuse(
        'tls.chain',
        `${file}: certificate ${i + 2} (${nameOf(next)}) has not signed certificate ${i + 1} (${nameOf(one)}): the server's comes first, then the one that signed it`,
      )
  }
  return chain
}

const nameOf = ({ subject }: X509Certificate): string => (subject ?? '').split('\n').at(-1) || 'without a name'

const keyIn = (pem: string, file: string): KeyObject => {
  if (/ENCRYPTED/.test(pem))
    throw refuse('tls.key-locked', `the key in ${file} is locked with a passphrase: openssl pkey unlocks it`)
  try {
    return createPrivateKey(pem)
  } catch (cause) {
    throw refuse('tls.key', `${file} holds no private key in PEM`, cause)
  }
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** Reads and checks it. Rejects with `Refusal` `tls.file|certificate|chain|key|key-locked|key-other|names|expired|early|weak`. */
export const readOwnCertificate = async (files: CertificateFiles, nowMs: number): Promise<OwnCertificate> => {
  const [cert, keyPem] = [await readPem(files.certificate), await readPem(files.key)]
  const chain = chainIn(cert, files.certificate)
  const leaf = chain[0]!
  const key = keyIn(keyPem, files.key)
  if (!leaf.checkPrivateKey(key))
    throw refuse('tls.key-other', `the key in ${files.key} belongs to another certificate than ${files.certificate}`)
  const names = (leaf.subjectAltName ?? '').split(', ').filter(Boolean)
  if (names.length === 0)
    throw refuse('tls.names', `${files.certificate} has no name in subjectAltName: no browser takes it`)
  const [notBefore, notAfter] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()]
  if (notAfter <= nowMs) throw refuse('tls.expired', `${files.certificate} has ended on ${day(notAfter)}`)
  if (notBefore > nowMs)
    throw refuse('tls.early', `${files.certificate} begins on ${day(notBefore)}; is this machine's clock right?`)
  for (const [i, one] of chain.entries())
    if (i > 0 && one.validToDate.getTime() <= nowMs)
      throw refuse('tls.expired', `${files.certificate}: certificate ${i + 1} (${nameOf(one)}) has ended`)
  let context: SecureContext
  try {
    context = createSecureContext({ cert, key: keyPem, minVersion: 'TLSv1.3' })
  } catch (cause) {
    throw refuse('tls.weak', `TLS does not take ${files.certificate}: ${(cause as Error).message}`, cause)
  }
  return {
    ...{ context, names, notAfter, fingerprint: leaf.fingerprint256 },
    covers: (name) => leaf.checkHost(name, { subject: 'never' }) !== undefined,
  }
}

interface Parts {
  readonly files: CertificateFiles
  readonly clock: Clock
  /** Another one is in force. */
  changed(certificate: OwnCertificate): void
  /** So many days are left; told once for each of WARN_DAYS. */
  ends(days: number, certificate: OwnCertificate): void
  onError(error: unknown): void
}

/** Holds the certificate, and looks after its files until disposed. */
export class CertificateWatch implements AsyncDisposable {
  readonly #parts: Parts
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #current: OwnCertificate
  #seen: string
  #told = Number.POSITIVE_INFINITY

  private constructor(parts: Parts, current: OwnCertificate, seen: string) {
    this.#parts = parts
    this.#current = current
    this.#seen = seen
    this.#running = this.#run()
  }

  /** Rejects as `readOwnCertificate`. */
  static async open(parts: Parts): Promise<CertificateWatch> {
    const seen = await marksOf(parts.files)
    return new CertificateWatch(parts, await readOwnCertificate(parts.files, parts.clock.now()), seen)
  }

  get current(): OwnCertificate {
    return this.#current
  }

  /** Whole days that are left of it. */
  get daysLeft(): number {
    return Math.floor((this.#current.notAfter - this.#parts.clock.now()) / DAY_MS)
  }

  /** Reads it again now. Rejects as `readOwnCertificate`; then the old one stays. */
  async reload(): Promise<void> {
    this.#seen = await marksOf(this.#parts.files)
    const read = await readOwnCertificate(this.#parts.files, this.#parts.clock.now())
    if (read.fingerprint === this.#current.fingerprint) return
    this.#current = read
    this.#told = Number.POSITIVE_INFINITY
    this.#parts.changed(read)
  }

  async #run(): Promise<void> {
    const { clock, files, onError } = this.#parts
    const { signal } = this.#stop
    while (!signal.aborted) {
      this.#warn()
      await clock.sleep(LOOK_MS, { signal }).catch(() => {}) // aborted: the loop ends
      if (signal.aborted) return
      if ((await marksOf(files)) !== this.#seen) await this.reload().catch(onError)
    }
  }

  #warn(): void {
    const due = WARN_DAYS.filter((days) => this.daysLeft < days).at(-1)
    if (due === undefined || due >= this.#told) return
    this.#told = due
    this.#parts.ends(this.daysLeft, this.#current)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

/** What shows that a file is another. */
const marksOf = async ({ certificate, key }: CertificateFiles): Promise<string> => {
  const marks = [certificate, key].map((file) =>
    stat(file).then(
      ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
      () => 'none',
    ),
  )
  return (await Promise.all(marks)).join()
}
