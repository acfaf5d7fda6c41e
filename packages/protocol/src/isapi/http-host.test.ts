// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { httpHostsResource } from './http-host.ts'

it('a place changes where it stands, and the others and what we do not know stay', () => {
  const place = (id: number, host: string) =>
    `<HttpHostNotification version="2.0"><id>${id}</id><url>/</url><protocolType>HTTP</protocolType><addressingFormatType>ipaddress</addressingFormatType><ipAddress>${host}</ipAddress><portNo>80</portNo><userName/><httpAuthenticationMethod>MD5digest</httpAuthenticationMethod><Extensions><x>1</x></Extensions></HttpHostNotification>`
  const list = (second: string) =>
    `<HttpHostNotificationList xmlns="urn:x">${place(1, '192.0.2.1')}${second}</HttpHostNotificationList>`
  const document = parseXml(list(place(2, '0.0.0.0')))
  const { read, write, path } = httpHostsResource()
  expect(path).toBe('/ISAPI/Event/notification/httpHosts')
  expect(read(document).map(({ host }) => host)).toEqual(['192.0.2.1', undefined])
  write!(document, { id: 2, host: 'cms.example', port: 8443, url: '/a?b=1&c=2', protocol: 'HTTPS' })
  expect(formatXml(document, { isFragment: true }).replace(/>\s+</g, '><').trim()).toBe(
    list(
      place(2, 'cms.example')
        .replace('<url>/<', '<url>/a?b=1&amp;c=2<')
        .replace('>HTTP<', '>HTTPS<')
        .replace('>ipaddress<', '>hostname<')
        .replaceAll('ipAddress>', 'hostName>')
        .replace('>80<', '>8443<')
        .replace('MD5digest', 'none'),
    ),
  )
  expect(httpHostsResource(2).read(parseXml(place(2, '::')))[0]).toMatchObject({ id: 2, host: undefined })
  expect(() => write!(document, { id: 3, host: 'x' })).toThrow('only 1, 2')
})
