// SPDX-License-Identifier: Apache-2.0
/**
 * A certificate of our own authority for a device's HTTPS: the device makes key and request, we sign, it takes it, and
 * once it is shown and a login over it was taken, it is what we trust. Until then the former pin stays:
 *
 *   signed --kept--> put in --shown, proven--> pinned
 *
 * A run that was cut off looks first whether the device shows what was signed for it.
 */
import { installCertificate, readHttpsPort, requestCertificate, shownCertificate } from '@openhmp/client'
import { type Clock, HmpError, LinkError, Refusal } from '@openhmp/protocol/base'
import { type DeviceAddress, parseDeviceAddress } from '../fleet/address.ts'
import type { KnownDevice } from '../fleet/device-row.ts'
import type { Change, Fleet } from '../fleet/fleet.ts'
import { checkHost, type ReachOptions } from '../fleet/reach.ts'
import { proveLogin } from '../fleet/two-passwords.ts'
import type { Authority } from '../front/authority.ts'
import { type JobKind, type JobTarget, SkipDevice, type Task } from '../job/kind.ts'

const ANSWER_MS = 15_000
/** Devices restart their HTTPS with a new certificate: it is looked for so long. */
const SHOW_MS = 60_000
const AGAIN_MS = 1000

/** What the job wants to know. */
export interface CertificateSpec {
  /** Devices that are reached without TLS are reached over HTTPS from then on. */
  readonly moveToHttps: boolean
}

/** What the disk knows: which certificate was signed. */
export interface CertificateMemo {
  readonly fingerprint: string
  readonly notAfter: number
  readonly port: number
}

/** What is shown of a device that is done. */
export interface CertificateResult {
  readonly fingerprint: string
  readonly validTo: string
  readonly address: string
}

interface Parts extends ReachOptions {
  readonly fleet: Pick<Fleet, 'changing' | 'settled'>
  readonly authority: Pick<Authority, 'caPem' | 'issue'>
  readonly clock: Clock
  /** For the record. */
  onChanged(device: string, fingerprint: string): Promise<void>
}

/** The kind `certificate`. */
export class CertificateJob implements JobKind<CertificateSpec, CertificateMemo, CertificateResult> {
  readonly kind = 'certificate'
  readonly needs = 'device.account'
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async run({ known }: JobTarget, spec: CertificateSpec, task: Task<CertificateMemo>): Promise<CertificateResult> {
    const { fleet, onChanged } = this.#parts
    if (known.kind !== 'isapi') throw new SkipDevice('certificate.none', 'it is not reached over HTTP')
    await fleet.settled(known.id, task.signal)
    const { host, port } = parseDeviceAddress(known.address)
    const { allowLoopback } = this.#parts
    await checkHost(host, { ...this.#parts, allowLoopback: allowLoopback || known.isDemo }, port)
    const result = await fleet.changing(known.id, (change) => this.#change(change, spec, task))
    await onChanged(known.id, result.fingerprint)
    return result
  }

  async #change(change: Change, spec: CertificateSpec, task: Task<CertificateMemo>): Promise<CertificateResult> {
    const { known } = change
    const place = parseDeviceAddress(known.address)
    let memo = task.memo
    if (!memo || !(await this.#shows(place, memo, task.signal).catch(() => false)))
      memo = await this.#renew(change, place, task)
    task.progress(0.6, 'waiting for the certificate')
    await this.#awaitShown(place, memo, task)
    const isPlain = !known.address.startsWith('https:')
    const host = place.host.includes(':') ? `[${place.host}]` : place.host
    const address = isPlain ? `https://${host}:${memo.port}` : known.address
    const next: KnownDevice = { ...known, address, options: { ...known.options, certificate: memo.fingerprint } }
    task.progress(0.8, 'proving HTTPS')
    await using gear = change.open(next)
    await proveLogin(gear, brief(task.signal))
    const isMoved = !isPlain || spec.moveToHttps
    if (isMoved) await change.keep({ address: next.address, options: next.options })
    return {
      fingerprint: memo.fingerprint,
      validTo: new Date(memo.notAfter).toISOString(),
      address: isMoved ? address : known.address,
    }
  }

  async #renew({ known, open }: Change, place: DeviceAddress, task: Task<CertificateMemo>): Promise<CertificateMemo> {
    const { authority, clock } = this.#parts
    await using gear = open(await this.#reached(known, place, task.signal))
    const { door } = gear
    if (!door) throw new Refusal('conflict', 'device.plain', 'this device has no settings')
    task.progress(0.1, 'asking for a request')
    const port = known.address.startsWith('https:')
      ? place.port
      : await readHttpsPort(door, { signal: brief(task.signal) })
    if (port === undefined) throw new SkipDevice('certificate.no-https', 'it speaks no HTTPS')
    const subject = { commonName: place.host }
    const request = await requestCertificate(door, subject, { signal: brief(task.signal) }).catch(asSkip)
    const { pem, fingerprint, notAfter } = await authority.issue(request, place.host, clock.now())
    const memo = { fingerprint, notAfter, port }
    await task.remember(memo)
    task.progress(0.4, 'putting the certificate in')
    try {
      await installCertificate(door, pem, { signal: brief(task.signal) })
    } catch (error) {
      task.signal.throwIfAborted()
      // What it shows decides: some close the line instead of answering.
      if (!(error instanceof LinkError)) throw error
      task.log(`no clear answer to the certificate: ${error.message}`)
    }
    return memo
  }

  /**
   * As the device can be reached now: one that was given a certificate of ours by a job that was cancelled right then shows
   * another than the one that is pinned, and the authority vouches for it.
   */
  async #reached(known: KnownDevice, { host, port }: DeviceAddress, signal: AbortSignal): Promise<KnownDevice> {
    if (!known.address.startsWith('https:')) return known
    const { clock, authority } = this.#parts
    const tls = { ca: authority.caPem }
    const shown = await shownCertificate(host, port, { clock, signal: brief(signal), tls }).catch(() => undefined)
    return shown ? { ...known, options: { ...known.options, certificate: shown.fingerprint } } : known
  }

  /** The device shows it, and it is good for our authority and its address. */
  async #shows({ host }: DeviceAddress, { port, fingerprint }: CertificateMemo, signal: AbortSignal): Promise<boolean> {
    const { clock, authority } = this.#parts
    const tls = { ca: authority.caPem }
    return (await shownCertificate(host, port, { clock, signal: brief(signal), tls })).fingerprint === fingerprint
  }

  async #awaitShown(place: DeviceAddress, memo: CertificateMemo, task: Task<CertificateMemo>): Promise<void> {
    const { clock } = this.#parts
    const endMs = clock.monotonic() + SHOW_MS
    for (;;) {
      let why = 'it shows another one'
      try {
        if (await this.#shows(place, memo, task.signal)) return
      } catch (error) {
        task.signal.throwIfAborted()
        why = (error as Error).message
      }
      if (clock.monotonic() >= endMs)
        throw new Refusal('unavailable', 'certificate.unseen', `the device does not show its new certificate: ${why}`)
      await clock.sleep(AGAIN_MS, { signal: task.signal })
    }
  }
}

const asSkip = (error: unknown): never => {
  if (error instanceof HmpError && error.code === 'isapi.not-supported')
    throw new SkipDevice('certificate.unsupported', 'its firmware makes no requests for certificates')
  throw error
}

const brief = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])
