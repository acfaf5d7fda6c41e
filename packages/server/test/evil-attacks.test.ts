// SPDX-License-Identifier: Apache-2.0
/** Attacks by devices: hostile ones beside a good one. The server stays up, the good one is not disturbed, the page says why. */
import { EVILS, type EvilName } from '@openhmp/emulator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { account, emulate } from './emulated.ts'
import { type House, makePlace, openHouse, type Place, until, type Watched } from './harness.ts'

type By = 'http' | 'https' | 'rtsp'

/** What each device's state says that it saw; RTSP ones are added by their RTSP address. */
const seen: Readonly<Record<Exclude<EvilName, 'names'>, { readonly by: By; readonly code: RegExp }>> = {
  entities: { by: 'http', code: /^isapi\.not-isapi$/ },
  endless: { by: 'http', code: /^http\.size$/ },
  header: { by: 'http', code: /^isapi\.not-isapi$/ },
  length: { by: 'http', code: /^(http\.size|link\.\w+)$/ },
  redirect: { by: 'http', code: /^isapi\.redirect$/ },
  elsewhere: { by: 'http', code: /^isapi\.redirect$/ },
  basic: { by: 'http', code: /^isapi\.login-scheme$/ },
  downgrade: { by: 'http', code: /^digest\.downgrade$/ },
  channels: { by: 'http', code: /^isapi\.channels$/ },
  alerts: { by: 'http', code: /^(multipart|alert|link|event|http)[\w.-]*$/ },
  certificate: { by: 'https', code: /^tls\.pin$/ },
  rtsp: { by: 'rtsp', code: /^(rtsp|http|link)\.[\w-]+$/ },
  sdp: { by: 'rtsp', code: /^(rtsp|sdp|http)\.[\w-]+$/ },
}
const evils = Object.keys(EVILS) as EvilName[]

let place: Place
let house: House
let emulator: Awaited<ReturnType<typeof emulate>>
let honest: Awaited<ReturnType<typeof emulate>>
let good: string
let watched: Watched
const ids = new Map<EvilName, string>()
let startBytes = 0

beforeAll(async () => {
  place = makePlace()
  // Hostile ones are not even added: they were good, and somebody has put another in their place.
  honest = await emulate({ cameras: evils.length + 1, httpsPort: 0 })
  const fault = evils.map((name, i) => `${i}:evil-${name}`).join(',')
  emulator = await emulate({ cameras: evils.length, httpsPort: 0, fault })
  house = await openHouse(place)
  startBytes = process.memoryUsage().rss
  const addressOf = (device: (typeof honest.devices)[number], by: By): string => {
    if (by === 'rtsp') return `rtsp://127.0.0.1:${new URL(device.rtspUrl).port}/Streaming/Channels/101`
    return by === 'https' ? device.httpsUrl! : device.httpUrl
  }
  const add = async (i: number, by: By) => {
    const device = honest.devices[i]!
    const address = addressOf(device, by)
    const rtspPort = Number(new URL(device.rtspUrl).port)
    const wish = by === 'rtsp' ? ({ kind: 'rtsp', transport: 'tcp' } as const) : ({ kind: 'isapi', rtspPort } as const)
    return (await house.add({ ...wish, ...account, address })).device.id
  }
  good = await add(0, 'http')
  watched = await (await house.view()).open(good)
  for (const [i, name] of evils.entries()) {
    const by = name === 'names' ? 'http' : seen[name].by
    const id = await add(i + 1, by)
    ids.set(name, id)
    const { status } = await house.call('PATCH', `/devices/${id}`, { address: addressOf(emulator.devices[i]!, by) })
    if (status !== 200) throw new Error(`${name}: the change was answered ${status}`)
  }
}, 30_000)
afterAll(async () => {
  await house?.[Symbol.asyncDispose]()
  await honest?.[Symbol.asyncDispose]()
  await emulator?.[Symbol.asyncDispose]()
  place?.[Symbol.dispose]()
})

interface Shown {
  readonly state: { readonly state: string; readonly cause: { readonly code: string; readonly text: string } | null }
  readonly model: string | null
}
const shown = async (id: string): Promise<Shown> => (await house.call<Shown>('GET', `/devices/${id}`)).body

describe('hostile devices', () => {
  it.each(Object.entries(seen))('%s: the state says what was seen', async (name, { code }) => {
    let last: Shown | undefined
    await until(
      async () => {
        last = await shown(ids.get(name as EvilName)!)
        return code.test(last.state.cause?.code ?? '')
      },
      12_000,
      name,
    ).catch((error: Error) => {
      throw new Error(`${error.message}: ${JSON.stringify(last?.state)}`)
    })
    expect(last!.state.cause!.text.length).toBeLessThan(600)
  })

  it('names: are kept as they are, and are nothing but text', async () => {
    const id = ids.get('names')!
    await until(async () => /<script>/.test((await shown(id)).model ?? ''), 12_000, 'its information').catch(
      async (error: Error) => {
        throw new Error(`${error.message}: ${JSON.stringify(await shown(id))}`)
      },
    )
    const { headers } = await house.call('GET', `/devices/${id}`)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  it('do not disturb the good one: its picture and its events go on', async () => {
    await watched.count(watched.units.length + 25, 15_000)
    const feed = house.follow()
    honest.raise(0, { type: 'VMD', state: 'active', description: 'Motion alarm', channel: 1 })
    await feed.until((message) => message.what === 'event', 15_000)
    expect((await shown(good)).state).toEqual(expect.objectContaining({ state: 'online', cause: null }))
  })

  it('cost the server little memory, and are no fault of its own', async () => {
    expect(process.memoryUsage().rss - startBytes).toBeLessThan(400 * 1024 * 1024)
    expect(house.errors).toEqual([])
  })
})
