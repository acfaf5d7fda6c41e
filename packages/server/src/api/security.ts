// SPDX-License-Identifier: Apache-2.0
/** Headers that tell browsers what this site never does, and the name of the session cookie. */
import type { FastifyReply } from 'fastify'

/** `__Host-` binds the cookie to this host, to TLS and to the whole path (RFC 6265bis §4.1.3). */
export const cookieName = (instance: string): string => `__Host-hmp-${instance}`

/** Of the cookie that ties a sign-in at another site to the browser that began it. */
export const markName = (instance: string): string => `${cookieName(instance)}-mark`

/** The policy of the console's page. Styles need the nonce (Mantine writes some); no script is inline. */
export const pagePolicy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' blob: data:",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    // What a library writes into the page goes through the console's own rules (console/src/trusted.ts).
    "require-trusted-types-for 'script'",
    'trusted-types default',
  ].join('; ')

/** For the console's files: a worker lives under the policy of its own script, and the player opens a socket from one. */
export const filePolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"

/** For everything that is no page. */
const nothingPolicy = "default-src 'none'; frame-ancestors 'none'"

/** What no page of this site asks a browser for; full screen, sound by itself and keys of passkeys are its own alone. */
const permissions = [
  ...['accelerometer', 'browsing-topics', 'camera', 'display-capture', 'encrypted-media', 'geolocation', 'gyroscope'],
  ...['hid', 'idle-detection', 'local-fonts', 'magnetometer', 'microphone', 'midi', 'payment', 'serial', 'usb'],
  ...['xr-spatial-tracking'],
]
  .map((name) => `${name}=()`)
  .concat(
    ['autoplay', 'fullscreen', 'publickey-credentials-create', 'publickey-credentials-get'].map(
      (name) => `${name}=(self)`,
    ),
  )
  .join(', ')

/** On every answer; the page replaces the policy by its own. */
export const setSecurityHeaders = (reply: FastifyReply): void => {
  reply.headers({
    'content-security-policy': nothingPolicy,
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': permissions,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'cache-control': 'no-store',
  })
}
