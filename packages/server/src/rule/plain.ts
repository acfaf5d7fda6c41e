// SPDX-License-Identifier: Apache-2.0
/** What went wrong with a target, in one line for people: errors of sockets, TLS, brokers and mail servers. */

const MAX_CHARACTERS = 300

/** By the code of Node's sockets and of nodemailer. `where` is host and port. */
const words: Readonly<Record<string, (where: string) => string>> = {
  ECONNREFUSED: (where) => `nobody listens at ${where}`,
  ECONNRESET: (where) => `${where} has cut the connection`,
  EHOSTUNREACH: (where) => `there is no way to ${where}`,
  ENETUNREACH: (where) => `there is no way to ${where}`,
  ENOTFOUND: (where) => `${where}: the name is not known`,
  EDNS: (where) => `${where}: the name is not known`,
  EAI_AGAIN: (where) => `${where}: the name server does not answer`,
  ETIMEDOUT: (where) => `${where} does not answer`,
  ERR_TLS_CERT_ALTNAME_INVALID: (where) => `the certificate of ${where} is for another name`,
  DEPTH_ZERO_SELF_SIGNED_CERT: (where) => `the certificate of ${where} is signed by itself: give it as the authority`,
  SELF_SIGNED_CERT_IN_CHAIN: (where) => `the authority of ${where} is not known here: give its certificate`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: (where) => `the authority of ${where} is not known here: give its certificate`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: (where) => `the authority of ${where} is not known here: give its certificate`,
  CERT_HAS_EXPIRED: (where) => `the certificate of ${where} has expired`,
}

/** The line. */
export const plainly = (error: unknown, where: string): string => {
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown[] }
  const known = [error, cause, errors?.[0]]
    .map((one) => (one as { code?: unknown } | undefined)?.code)
    .find((one) => typeof one === 'string' && Object.hasOwn(words, one))
  if (typeof known === 'string') return words[known]!(where)
  const text = error instanceof Error && error.message !== '' ? error.message : String(code ?? error)
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_CHARACTERS)
}
