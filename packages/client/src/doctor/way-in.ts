// SPDX-License-Identifier: Apache-2.0
/** From the cable to the account: can it be reached, does it speak ISAPI, does it let us in, may we do something there. */
import { HmpError, LinkError, PeerError } from '@openhmp/protocol/base'
import { type ShownCertificate, shownCertificate } from '../certificate.ts'
import { openSocket } from '../socket.ts'
import { good, wrong } from './finding.ts'
import type { Look, Patient } from './patient.ts'

const DAY_MS = 24 * 60 * 60_000
/** A certificate that ends sooner is worth a word. */
const SOON_MS = 30 * DAY_MS

const reached: Readonly<Record<string, string>> = {
  'link.refused': 'check the port; the device may be restarting, or its web service may be switched off',
  'link.timeout': 'check power, cable, address and firewalls: nothing at this address answers',
  'link.unreachable': 'check address, mask and gateway: there is no way to this network from here',
  'link.name': 'check the name, or give the address in numbers',
}

/** TCP to the device's port. */
export const lookReachable: Look = async ({ host, port, clock, signal }) => {
  const fromMs = clock.monotonic()
  try {
    const socket = await openSocket({ host, port, clock, signal })
    socket.on('error', () => {}) // it is closed at once
    socket.destroy()
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    const advice = reached[error.code] ?? 'check cable, address and port'
    return { findings: [wrong('reachable', 'bad', { code: error.code, text: error.message, advice })], isEnd: true }
  }
  return { findings: [good('reachable', `answers within ${Math.round(clock.monotonic() - fromMs)} ms`)] }
}

/** The certificate: the pinned one, valid today. */
export const lookTls: Look = async ({ host, port, isTls, tls, clock, signal }) => {
  if (!isTls) {
    const advice = 'use its https:// address when it has one; HTTPS is switched on under Network > Advanced'
    return { findings: [wrong('tls', 'warning', { code: 'tls.none', text: 'is spoken to without TLS', advice })] }
  }
  try {
    const trust = tls?.pin === undefined ? {} : { tls: { pin: tls.pin } }
    const shown = await shownCertificate(host, port, { clock, signal, ...trust })
    return { findings: [certificateFinding(shown, clock.now())] }
  } catch (error) {
    if (!(error instanceof LinkError)) throw error
    const advice =
      error.code === 'tls.pin'
        ? 'if the device was replaced, reset or updated, accept the new certificate; if not, someone stands in between'
        : 'look at the device over http:// and make it a new certificate, or update its firmware'
    return { findings: [wrong('tls', 'bad', { code: error.code, text: error.message, advice })], isEnd: true }
  }
}

const certificateFinding = (shown: ShownCertificate, nowMs: number) => {
  const { validFromMs: from, validToMs: to, protocol } = shown
  const advice = 'make the device a new certificate, or have it signed by the CMS'
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
  if (nowMs > to)
    return wrong('tls', 'warning', { code: 'tls.expired', text: `its certificate ended on ${day(to)}`, advice })
  if (nowMs < from)
    return wrong('tls', 'warning', { code: 'tls.early', text: `its certificate begins on ${day(from)}`, advice })
  if (to - nowMs < SOON_MS)
    return wrong('tls', 'warning', { code: 'tls.ends-soon', text: `its certificate ends on ${day(to)}`, advice })
  return good('tls', `${protocol}, certificate good until ${day(to)}`)
}

/** Whether there is a device at all, whether it is set up, and whether the account is right: one request, one login. */
export const lookLogin: Look = async (patient) => {
  const { isapi, signal } = patient
  try {
    // First, as its answer alone tells of a lock; devices that do not have it have taken the account by saying so.
    await isapi.userCheck({ signal }).catch((error: unknown) => {
      if (!(error instanceof PeerError) || error.retry === 'after-login') throw error
    })
    patient.info = await isapi.deviceInfo({ signal })
  } catch (error) {
    patient.signal.throwIfAborted()
    if (!(error instanceof HmpError)) throw error
    return { findings: [refusalFinding(error)], isEnd: true }
  }
  const { model, firmwareVersion } = patient.info
  return {
    findings: [
      good('isapi', `${model}, firmware ${firmwareVersion}`),
      good('activated', 'is activated'),
      good('login', `takes the account ${patient.credentials.username}`),
    ],
  }
}

const refusalFinding = (error: HmpError) => {
  const { code, message: text } = error
  if (code === 'isapi.not-activated')
    return wrong('activated', 'bad', { code, text, advice: 'activate it: hmp device activate ADDRESS' })
  if (code === 'isapi.locked')
    return wrong('login', 'bad', {
      code: 'isapi.locked',
      text,
      advice: 'wait for the lock to end (30 minutes), and then try once',
    })
  if (code === 'login.blocked') return wrong('login', 'bad', { code, text, advice: 'correct the password first' })
  if (
    error instanceof PeerError &&
    (error.retry === 'after-login' || code === 'isapi.login-scheme' || code === 'digest.downgrade')
  )
    return wrong('login', 'bad', {
      code,
      text,
      advice: 'check user and password; no other try was made, so that the account is not locked',
    })
  if (error instanceof LinkError)
    return wrong('isapi', 'bad', {
      code,
      text,
      advice: 'it takes connections and does not answer: restart it, and check the port',
    })
  return wrong('isapi', 'bad', { code, text, advice: 'what answers there is no such device: check address and port' })
}

/** What only an administrator may read. */
export const lookRights: Look = async ({ isapi, signal, credentials }) => {
  const path = '/ISAPI/Security/adminAccesses'
  try {
    await isapi.getXml(path, { signal })
    return { findings: [good('rights', `${credentials.username} may read settings`)] }
  } catch (error) {
    return {
      findings: failedAs(signal, error, (code, text) =>
        code === 'isapi.forbidden'
          ? wrong('rights', 'warning', {
              code,
              text: `${credentials.username} may not read settings`,
              advice: 'use an administrator or operator with rights to remote parameter settings',
            })
          : good('rights', `the device does not tell rights (${text})`),
      ),
    }
  }
}

/** Weak by what the device itself says of it. */
export const lookPassword: Look = async ({ isapi, signal }) => {
  try {
    const { isRiskPassword } = await isapi.userCheck({ signal })
    return {
      findings: isRiskPassword
        ? [
            wrong('password', 'warning', {
              code: 'password.weak',
              text: 'the device calls this password weak',
              advice: 'set a longer one, with several kinds of characters',
            }),
          ]
        : [good('password', 'the device has nothing against the password')],
    }
  } catch (error) {
    return { findings: failedAs(signal, error, () => good('password', 'the device does not judge passwords')) }
  }
}

/** A "no" as a finding; our own faults and the signal's reason are thrown again. */
export const failedAs = <T>(signal: AbortSignal, error: unknown, finding: (code: string, text: string) => T): T[] => {
  signal.throwIfAborted()
  if (!(error instanceof HmpError)) throw error
  return [finding(error.code, error.message)]
}

/** The port that an address names, or the usual one. */
export const portOf = (address: string): Pick<Patient, 'port' | 'isTls'> => {
  const url = new URL(/^https?:\/\//i.test(address) ? address : `http://${address}`)
  const isTls = url.protocol === 'https:'
  return { isTls, port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port) }
}
