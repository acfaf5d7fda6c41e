// SPDX-License-Identifier: Apache-2.0
/** The login of RTSP as these cameras ask for it; every result is told to the device, whose lock counts them. */
import { DigestVerifier, type HashName, type Verdict } from '@openhmp/protocol/digest'
import type { RtspVerifier } from '@openhmp/protocol/rtsp'
import type { DeviceFace } from '../device/api.ts'
import type { Profile } from '../device/profile.ts'

/** How a device asks for a login. */
export interface LoginStyle {
  /** One challenge each. Cameras since 5.6 let their owner choose MD5, SHA-256 or both. */
  readonly algorithms: readonly HashName[]
  /** Cameras ask without over RTSP (RFC 2069), with over HTTP. */
  readonly qop: boolean
  readonly basic: boolean
}

/** What a camera out of the box asks for. */
export const defaultLogin: LoginStyle = { algorithms: ['MD5'], qop: false, basic: false }

/** As the device's owner set it for HTTP. MD5 comes last: of several challenges ffmpeg answers the last, and knows no other hash. */
export const rtspLogin = (profile: Pick<Profile, 'algorithms' | 'hasBasic'>): LoginStyle => ({
  algorithms: profile.algorithms.toSorted((a, b) => Number(a === 'MD5') - Number(b === 'MD5')),
  qop: false,
  basic: profile.hasBasic,
})

const NONCE_LIFE_MS = 600_000

/** A verifier for one device. `nonce` gives unforeseeable text. */
export const deviceVerifier = (
  device: DeviceFace,
  style: LoginStyle,
  crypto: { readonly hash: (name: HashName, text: string) => string; readonly nonce: () => string },
): RtspVerifier => {
  const verifier = new DigestVerifier({ ...style, ...crypto, realm: device.identity.realm, nonceLifeMs: NONCE_LIFE_MS })
  return {
    challenge: (nowMs, isStale) => verifier.challenge(nowMs, isStale).map(asTheyWrite),
    verify: (authorization, method, uri, lookup, nowMs): Verdict => {
      let asked: string | undefined
      const verdict = verifier.verify(
        authorization,
        method,
        uri,
        (user) => {
          asked = user
          return lookup(user)
        },
        nowMs,
      )
      if (verdict.ok) device.loginResult(verdict.user, true)
      else if (verdict.reason === 'wrong') device.loginResult(asked, false)
      return verdict
    },
  }
}

/** Quotes where RFC 7616 has none, and the flag in upper case. */
const asTheyWrite = (header: string): string =>
  header
    .replace(/algorithm=([\w-]+)/, 'algorithm="$1"')
    .replace(/stale=(\w+)/, (_, flag: string) => `stale="${flag.toUpperCase()}"`)
