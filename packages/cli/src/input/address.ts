// SPDX-License-Identifier: Apache-2.0
/** A device's address as people write it: `192.0.2.7`, `camera.example:8080`, `https://192.0.2.7`, `rtsp://192.0.2.7/main`. */
import { UsageError } from '../output/failure.ts'

export interface DeviceAddress {
  /** Whole URL without user and password. */
  readonly url: string
  readonly scheme: 'http' | 'https' | 'rtsp' | 'rtsps'
  readonly host: string
  readonly port: number
  /** The user, when the address names one. */
  readonly user?: string
}

const PORTS: Readonly<Record<string, number>> = { http: 80, https: 443, rtsp: 554, rtsps: 322 }

/** Takes an address apart. Throws UsageError; a password in it is refused, since every user of a machine can read it there. */
export function parseAddress(text: string): DeviceAddress {
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const url = URL.parse(withScheme)
  const scheme = url?.protocol.slice(0, -1) ?? ''
  const port = PORTS[scheme]
  if (!url || port === undefined || url.hostname === '')
    throw new UsageError(`${JSON.stringify(text.replace(/\/\/[^@]*@/, '//***@'))} is no address of a device`)
  if (url.password !== '')
    throw new UsageError('a password on the command line can be read by others; put it into HMP_DEVICE_PASSWORD')
  const user = decoded(url.username)
  return {
    url: withScheme.replace(/^([a-z+.-]+:\/\/)[^/?#]*@/i, '$1'),
    scheme: scheme as DeviceAddress['scheme'],
    host: url.hostname,
    port: url.port === '' ? port : Number(url.port),
    ...(user === '' ? {} : { user }),
  }
}

/** A name with a bare percent sign stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
