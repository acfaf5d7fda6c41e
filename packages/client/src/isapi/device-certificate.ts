// SPDX-License-Identifier: Apache-2.0
/** The certificate that a device shows over HTTPS: a request for one of its own key, and the signed one put in. */
import { fromUtf8, PeerError } from '@openhmp/protocol/base'
import { isapiRoot } from '@openhmp/protocol/isapi'
import { childrenOf, element, formatXml, numberAt, textAt } from '@openhmp/protocol/xml'
import { confirmationOf, errorOfAnswer } from './answer.ts'
import type { IsapiDoor } from './resource.ts'

interface Asking {
  readonly signal?: AbortSignal
}

const REQUEST = '/ISAPI/Security/serverCertificate/certSignReq'
const CERTIFICATE = '/ISAPI/Security/serverCertificate/certificate'
/** Longest request that is read. */
const MAX_REQUEST_BYTES = 16 * 1024

/** Who a certificate is for. */
interface CertificateSubject {
  /** The name or address under which the device is reached. */
  readonly commonName: string
  readonly organization?: string | undefined
}

/**
 * Lets a device make a key and a request for its certificate (PKCS #10), which it gives in PEM; the key never leaves it.
 * Rejects with `PeerError` `isapi.not-supported` where the firmware has no such thing, `certificate.form`.
 */
export const requestCertificate = async (
  door: IsapiDoor,
  { commonName, organization }: CertificateSubject,
  options: Asking = {},
): Promise<string> => {
  const subject = isapiRoot('CertificateReq', [
    element('commonName', commonName),
    ...(organization === undefined ? [] : [element('organization', organization)]),
  ])
  await door.putXml(REQUEST, formatXml(subject), options)
  const answer = await door.get(REQUEST, { ...options, maxBytes: MAX_REQUEST_BYTES })
  const error = errorOfAnswer(answer, `${door.name}: GET ${REQUEST}`)
  if (error) throw error
  const text = fromUtf8(answer.bytes)
  const [pem] =
    /-----BEGIN (NEW )?CERTIFICATE REQUEST-----[\s\S]+-----END (NEW )?CERTIFICATE REQUEST-----/.exec(text) ?? []
  if (pem === undefined)
    throw new PeerError('certificate.form', `${door.name}: what the device gave is no request for a certificate`, {
      retry: 'never',
    })
  return pem
}

/** Puts in the certificate of the last request, PEM. New connections see it. Rejects with `PeerError` `isapi.*`. */
export const installCertificate = async (door: IsapiDoor, pem: string, options: Asking = {}): Promise<void> => {
  const answer = await door.put(CERTIFICATE, pem, { ...options, contentType: 'application/octet-stream' })
  confirmationOf(answer, `${door.name}: PUT ${CERTIFICATE}`)
}

/** The port where the device speaks HTTPS; undefined where it does not. */
export const readHttpsPort = async (door: IsapiDoor, options: Asking = {}): Promise<number | undefined> => {
  const root = await door.getXml('/ISAPI/Security/adminAccesses', options)
  const https = childrenOf(root, 'AdminAccessProtocol').find(
    (one) => textAt(one, 'protocol')?.toUpperCase() === 'HTTPS',
  )
  return textAt(https, 'enabled')?.toLowerCase() === 'false' ? undefined : numberAt(https, 'portNo')
}
