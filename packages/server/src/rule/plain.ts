// SPDX-License-Identifier: Apache-2.0
/** What went wrong with a target, in one line for people: errors of sockets, TLS, brokers and mail servers. */

const MAX_CHARACTERS = 300

const byItself = (where: string) => `the certificate of ${where} is signed by itself: give it as the authority`
const unknownAuthority = (where: string) => `the authority of ${where} is not known here: give its certificate`

/** By the code of Node's sockets and TLS, or the words that libraries make of it. `where` is host and port. */
const words: readonly (readonly [RegExp, (where: string) => string])[] = [
  [/ECONNREFUSED/, (where) => `nobody listens at ${where}`],
  [/ECONNRESET|socket hang up/, (where) => `${where} has cut the connection`],
  [/EHOSTUNREACH|ENETUNREACH/, (where) => `there is no way to ${where}`],
  [/ENOTFOUND|EDNS/, (where) => `${where}: the name is not known`],
  [/EAI_AGAIN/, (where) => `${where}: the name server does not answer`],
  [/ETIMEDOUT|connack timeout|Greeting never received/, (where) => `${where} does not answer`],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID|Hostname\/IP does not match/,
    (where) => `the certificate of ${where} is for another name`,
  ],
  [/SELF_SIGNED_CERT_IN_CHAIN|self-signed certificate in certificate chain/, unknownAuthority],
  [/DEPTH_ZERO_SELF_SIGNED_CERT|self-signed certificate/, byItself],
  [/UNABLE_TO_|unable to (verify|get)/, unknownAuthority],
  [/CERT_HAS_EXPIRED|certificate has expired/, (where) => `the certificate of ${where} has expired`],
  [/ERR_SSL_WRONG_VERSION_NUMBER|wrong version number/, (where) => `${where} speaks no TLS at this port`],
]

/** The line. */
export const plainly = (error: unknown, where: string): string => {
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown[] }
  const said = [error, cause, errors?.[0]]
    .map((one) => `${(one as { code?: unknown } | undefined)?.code} ${one instanceof Error ? one.message : ''}`)
    .join(' ')
  const known = words.find(([pattern]) => pattern.test(said))
  if (known) return known[1](where)
  const text = error instanceof Error && error.message !== '' ? error.message : String(code ?? error)
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_CHARACTERS)
}
