// SPDX-License-Identifier: Apache-2.0
/** The certificate of a device that is reached over TLS: what it shows now beside what is trusted. */
import { parseRtspUrl, shownCertificate } from '@openhmp/client'
import type { DeviceCertificate } from '@openhmp/contract'
import { type Clock, Refusal } from '@openhmp/protocol/base'
import type { KnownDevice } from './device-row.ts'
import { type ReachOptions, reachOf } from './reach.ts'

const HTTPS_PORT = 443

/** Asks the device, without a login. Throws `Refusal` `tls.none`, `address.*`; rejects with `LinkError`. */
export const certificateOf = async (
  { address, options, isDemo }: KnownDevice,
  doors: ReachOptions & { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<DeviceCertificate> => {
  const place = placeOf(address)
  if (!place) throw new Refusal('conflict', 'tls.none', 'this device is reached without TLS and shows no certificate')
  const reach = reachOf({ ...doors, allowLoopback: doors.allowLoopback || isDemo })
  const { fingerprint, subject, issuer, validFromMs, validToMs } = await shownCertificate(place.host, place.port, {
    clock: doors.clock,
    signal: doors.signal,
    reach,
  })
  return {
    pinned: options.certificate ?? null,
    shown: fingerprint,
    subject,
    issuer,
    validFrom: new Date(validFromMs).toISOString(),
    validTo: new Date(validToMs).toISOString(),
  }
}

const placeOf = (address: string): { readonly host: string; readonly port: number } | undefined => {
  if (address.startsWith('rtsps:')) return parseRtspUrl(address)
  if (!address.startsWith('https:')) return undefined
  const url = new URL(address)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? HTTPS_PORT : Number(url.port) }
}
