// SPDX-License-Identifier: Apache-2.0
/** Where an ISAPI device is. */
import { isIP } from 'node:net'
import { Refusal } from '@openhmp/protocol/base'
import { addressOf } from '../socket.ts'

/** An address taken apart. */
export interface IsapiTarget {
  readonly isTls: boolean
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** `host:port`, for people. */
  readonly name: string
}

/** Reads `host`, `host:port` or `http(s)://host:port`. Throws `Refusal` `address.form`; a password in it is not repeated. */
export const parseIsapiAddress = (text: string): IsapiTarget => {
  const trimmed = text.trim()
  const isBare = !/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)
  const bracketed = isBare && isIP(trimmed) === 6 ? `[${trimmed}]` : trimmed
  const url = URL.parse(isBare ? `http://${bracketed}` : bracketed)
  const isPlain = url?.username === '' && url.password === '' && url.pathname === '/' && url.search === ''
  if (!url || !/^https?:$/.test(url.protocol) || url.hostname === '' || !isPlain) {
    const shown = JSON.stringify(trimmed.replace(/\/\/[^/]*@|^[^/]*@/, '//***@').slice(0, 100))
    throw new Refusal(
      'invalid',
      'address.form',
      `${shown} is no address: write host, host:port or https://host, without an account`,
    )
  }
  return targetOf(url)
}

/** Of a URL with `http:` or `https:`. */
export const targetOf = (url: URL): IsapiTarget => {
  const isTls = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  return { isTls, host, port, name: addressOf(host, port) }
}
