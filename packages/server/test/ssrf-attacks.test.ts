// SPDX-License-Identifier: Apache-2.0
/** Attacks by addresses: whatever form one is written in, nothing that this server calls with gets to where it must not. */
import { type AddressInfo, createServer, type Server } from 'node:net'
import { activateDevice, IsapiClient, openRtsp, shownCertificate, systemClock } from '@openhmp/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reachOf } from '../src/fleet/reach.ts'
import { checkedAddress } from '../src/fleet/wish.ts'
import { mailSender } from '../src/rule/mail.ts'
import { MqttLink } from '../src/rule/mqtt.ts'
import { post } from '../src/rule/post.ts'

type Parts = readonly [number, number, number, number]

const v4Targets: Readonly<Record<string, Parts>> = {
  'this machine': [127, 0, 0, 1],
  'this machine by another number': [127, 255, 255, 254],
  'metadata of a cloud': [169, 254, 169, 254],
  'this network': [0, 0, 0, 0],
  multicast: [224, 0, 0, 1],
  reserved: [240, 0, 0, 1],
  broadcast: [255, 255, 255, 255],
  'metadata of another cloud': [100, 100, 100, 200],
}
const whole = (p: Parts): number => ((p[0] * 256 + p[1]) * 256 + p[2]) * 256 + p[3]
const hex = (n: number): string => n.toString(16)
const groups = ([a, b, c, d]: Parts): string => `${hex(a * 256 + b)}:${hex(c * 256 + d)}`

const v4Forms: Readonly<Record<string, (p: Parts) => string>> = {
  dotted: (p) => p.join('.'),
  decimal: (p) => String(whole(p)),
  hexadecimal: (p) => `0x${hex(whole(p))}`,
  'octal parts': (p) => p.map((n) => `0${n.toString(8)}`).join('.'),
  'hexadecimal parts': (p) => p.map((n) => `0x${hex(n)}`).join('.'),
  'three parts': ([a, b, c, d]) => `${a}.${b}.${c * 256 + d}`,
  'two parts': ([a, b, c, d]) => `${a}.${(b * 256 + c) * 256 + d}`,
  'mixed parts': ([a, b, c, d]) => `0x${hex(a)}.0${b.toString(8)}.${c}.${d}`,
}
const v6Forms: Readonly<Record<string, (p: Parts) => string>> = {
  mapped: (p) => `[::ffff:${p.join('.')}]`,
  'mapped in groups': (p) => `[::ffff:${groups(p)}]`,
  'mapped at length': (p) => `[0:0:0:0:0:FFFF:${groups(p)}]`,
  'behind NAT64': (p) => `[64:ff9b::${groups(p)}]`,
  'behind a local NAT64': (p) => `[64:ff9b:1::${groups(p)}]`,
  '6to4': (p) => `[2002:${groups(p)}::1]`,
}
const v6Alone = ['::', '::1', '0:0:0:0:0:0:0:1', '::127.0.0.1', 'fe80::1', 'febf::1', 'ff02::1', 'ff0e::1', '2001::1']
/** Only where a URL is read. */
const written: Readonly<Record<string, string>> = {
  'a name of this machine': 'localhost',
  'the name in capitals': 'LOCALHOST',
  'full-width digits': '１２７.0.0.1',
  'digits in circles': '①②⑦.0.0.1',
  'full stops of Chinese': '127。0。0。1',
  'a dot behind': '127.0.0.1.',
  'an account before it': 'camera.example@127.0.0.1',
  'a percent sign': '%31%32%37.0.0.1',
}

const forms: (readonly [name: string, host: string])[] = [
  ...Object.entries(v4Targets).flatMap(([what, parts]) =>
    Object.entries(v4Forms).map(([form, write]) => [`${what}, ${form}`, write(parts)] as const),
  ),
  ...Object.entries(v4Targets).flatMap(([what, parts]) =>
    Object.entries(v6Forms).map(([form, write]) => [`${what}, ${form}`, write(parts)] as const),
  ),
  ...v6Alone.map((host) => [`version 6, ${host}`, `[${host}]`] as const),
  ['version 6, metadata', '[fd00:ec2::254]'],
  ...Object.entries(written),
]

const reach = { allowLoopback: false }
const clock = systemClock
const credentials = { username: 'u', password: 'p' }
const { signal } = new AbortController()
const bare = (host: string): string => host.replace(/^\[|\]$/g, '')
const message = { id: 'i', attempt: 1, rule: { id: 'r', name: 'r' }, told: [] }
let trap: Server
let at = 0
let calls = 0

beforeAll(async () => {
  trap = createServer((socket) => {
    calls++
    socket.destroy()
  })
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve))
  at = (trap.address() as AddressInfo).port
})
afterAll(() => new Promise<void>((resolve) => trap.close(() => resolve())))

const mail = {
  kind: 'email',
  security: 'none',
  userName: null,
  from: 'a@x.example',
  to: ['b@x.example'],
  ca: null,
} as const
const mqtt = { kind: 'mqtt', isTls: false, userName: null, ca: null, topic: 't', discovery: null } as const
const nothing = async () => undefined

/** Everything that calls an address which somebody gives. `byName`: takes a host, no URL. */
const sinks: Readonly<Record<string, { byName?: true; call(host: string): Promise<unknown> }>> = {
  'a device that is added': { call: (host) => checkedAddress('isapi', `${host}:${at}`, reach) },
  'one that is added over TLS': { call: (host) => checkedAddress('isapi', `https://${host}:${at}`, reach) },
  'a picture that is added': { call: (host) => checkedAddress('rtsp', `rtsp://${host}:${at}/live`, reach) },
  'the link to a device': {
    call: async (host) => {
      await using client = new IsapiClient({ address: `${host}:${at}`, credentials, clock, reach: reachOf(reach) })
      await client.deviceInfo()
    },
  },
  'its activation': {
    call: (host) => activateDevice(`${host}:${at}`, 'Strong-pass-1', { clock, reach: reachOf(reach) }),
  },
  'a webhook': { call: (host) => post(`http://${host}:${at}/x`, { headers: {}, body: '', reach, signal }) },
  'a webhook over TLS': { call: (host) => post(`https://${host}:${at}/x`, { headers: {}, body: '', reach, signal }) },
  'its pictures': {
    byName: true,
    call: (host) =>
      openRtsp({
        ...{ url: `rtsp://${host}:${at}/live`, transport: 'tcp', clock, signal, reach: reachOf(reach) },
        onUnit: () => {},
      }),
  },
  'its certificate': {
    byName: true,
    call: (host) => shownCertificate(bare(host), at, { clock, signal, reach: reachOf(reach) }),
  },
  'a mail server': {
    byName: true,
    call: (host) =>
      mailSender(
        { ...mail, host: bare(host), port: at, to: [...mail.to] },
        { password: undefined, pictureOf: nothing, reach },
      ).send(message, signal),
  },
  'a broker': {
    byName: true,
    call: async (host) => {
      const sensors = { all: async () => [] } as never
      const parts = { clientId: 'c', password: undefined, sensors, reach, onError: () => {} }
      await using link = new MqttLink({ ...mqtt, host: bare(host), port: at }, parts)
      await link.send(message, signal)
    },
  },
}

const words =
  /is this server itself|no address that a device|is no address|no rtsp:\/\/ address|own fields|no path|Invalid URL/

describe(`${forms.length} forms of address`, () => {
  it('are enough, and each once', () => {
    expect(new Set(forms.map(([, host]) => host)).size).toBe(forms.length)
    expect(forms.length).toBeGreaterThanOrEqual(120)
  })

  it.each(Object.entries(sinks))('get nowhere as %s', async (_, { byName, call }) => {
    const got: string[] = []
    for (const [name, host] of forms) {
      if (byName && Object.values(written).includes(host) && host !== 'localhost') continue
      const said = await call(host).then(
        () => 'it was called',
        (error: Error) => error.message,
      )
      if (!words.test(said)) got.push(`${name} (${host}): ${said}`)
    }
    expect(got).toEqual([])
    expect(calls).toBe(0)
  })
})

describe('the listeners of this server', () => {
  it('are no devices, though the machine itself may be one', async () => {
    const site = { allowLoopback: true, ownPorts: () => [8443] }
    await expect(checkedAddress('isapi', 'https://127.0.0.1:8443', site)).rejects.toThrow(/its own port 8443/)
    await expect(checkedAddress('isapi', 'https://[::ffff:7f00:1]:8443', site)).rejects.toThrow(/its own port/)
    await expect(checkedAddress('rtsp', 'rtsp://localhost:8443/x', site)).rejects.toThrow(/its own port/)
    await expect(checkedAddress('isapi', 'http://127.0.0.1:8080', site)).resolves.toMatchObject({ port: 8080 })
    expect(() => reachOf(site)('127.0.0.1', 8443)).toThrow(/its own port/)
  })
})

describe('addresses that parsers read in different ways', () => {
  it.each([
    'http://good.example\\@192.0.2.1',
    'http://good.example#@192.0.2.1',
    'http://192.0.2.1\t.example',
    'http://192.0.2.1\u0000.example',
    'http://good.example/..//192.0.2.1',
    'http://good.example?@192.0.2.1',
    'http://[fe80::1%25eth0]',
    'fe80::1%eth0',
    'http://[::ffff:192.0.2.1',
    'http://192.0.2.1:99999',
    'http://192.0.2.256',
    'http://3221225985',
    'http://0300.0.2.1',
    'gopher://192.0.2.1',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'http://',
    `http://${'a'.repeat(3000)}`,
  ])('%j is none', async (text) => {
    await expect(checkedAddress('isapi', text, reach)).rejects.toMatchObject({ code: 'address.form' })
    if (text.includes('good.example')) return // RTSP addresses have a path; the name is asked for, and not here
    const rtsp = checkedAddress('rtsp', text.replace(/^http/, 'rtsp'), reach)
    await expect(rtsp).rejects.toMatchObject({ code: 'address.form' })
  })
})
