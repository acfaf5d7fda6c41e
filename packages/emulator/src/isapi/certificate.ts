// SPDX-License-Identifier: Apache-2.0
/** The certificate of HTTPS: what it is, a request for another, and taking it. Older firmware has none of it. */
import { X509Certificate } from 'node:crypto'
import { fromUtf8, utf8 } from '@openhmp/protocol/base'
import { element, textAt } from '@openhmp/protocol/xml'
import type { DeviceCore } from './core.ts'
import { document, get, type Route } from './route.ts'

/** The request that was made last, by device: it can be fetched until its certificate has come. */
const requests = new WeakMap<DeviceCore['certificate'], string>()
/** Longest name that a request may bear (RFC 5280, ub-common-name). */
const MAX_COMMON_NAME = 64

/** Paths of this part of the tree. */
export const certificateRoutes: readonly Route[] = [
  get('/Security/serverCertificate/certificate', ({ core }) => {
    if (!core.profile.hasCertificateRequest) return { status: 'notSupport' }
    const { subject, issuer, validFrom, validTo } = new X509Certificate(core.certificate.credentials.certificate)
    return document(core, 'Certificate', [
      element('subjectDN', subject),
      element('issuerDN', issuer),
      element('startDate', new Date(validFrom).toISOString()),
      element('endDate', new Date(validTo).toISOString()),
    ])
  }),
  {
    method: 'PUT',
    path: '/Security/serverCertificate/certSignReq',
    needs: 'Administrator',
    handle: ({ core, body }) => {
      if (!core.profile.hasCertificateRequest) return { status: 'notSupport' }
      const name = body && textAt(body, 'commonName')
      if (name === undefined || name.length > MAX_COMMON_NAME) return { status: 'badParameters' }
      requests.set(core.certificate, core.certificate.request(name))
      return { status: 'ok' }
    },
  },
  {
    method: 'GET',
    path: '/Security/serverCertificate/certSignReq',
    needs: 'Administrator',
    handle: ({ core }) => {
      const made = requests.get(core.certificate)
      return made === undefined ? { status: 'notSupport' } : { file: utf8(made) }
    },
  },
  {
    method: 'PUT',
    path: '/Security/serverCertificate/certificate',
    needs: 'Administrator',
    isRaw: true,
    handle: ({ core, bytes }) => {
      if (!core.profile.hasCertificateRequest) return { status: 'notSupport' }
      core.certificate.install(fromUtf8(bytes))
      requests.delete(core.certificate)
      return { status: 'ok' }
    },
  },
]
