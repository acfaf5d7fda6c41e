// SPDX-License-Identifier: Apache-2.0
/**
 * Somebody who may do everything at one site asks for everything there is: no name, address, text or number of another site
 * comes back, in lists, counts, filters, feeds, or in the words of a refusal.
 */
import { Permission, routes } from '@openhmp/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { emulate } from './emulated.ts'
import { awaitState, type Feed, type House, makePlace, openHouse, until } from './harness.ts'

const PASSWORD = 'seven unrelated words here'
const account = { userName: 'admin', password: 'Camera12345' }
/** In every name of the other site. */
const CANARY = 'canary'

const stack = new AsyncDisposableStack()
let house: House
let cookie: string
let feed: Feed
let north: string
let south: string
/** Of what belongs to the other site. */
const theirs: Record<string, string> = {}
/** Of the other camera, as it says itself. */
const marks: string[] = []

const done = async (method: string, path: string, body?: unknown) => {
  const answer = await house.call<Record<string, never>>(method, path, body)
  expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(300)
  return answer.body as Record<string, unknown>
}

beforeAll(async () => {
  const emulator = stack.use(await emulate({ cameras: 2, password: account.password }))
  house = stack.use(await openHouse(stack.use(makePlace())))
  const added: string[] = []
  for (const { httpUrl } of emulator.devices) {
    const { device } = await house.add({ kind: 'isapi', address: httpUrl, ...account })
    await awaitState(house, device.id, 'online')
    added.push(device.id)
  }
  ;[north, south] = added as [string, string]
  await done('PATCH', `/devices/${north}`, { name: 'Gate', site: 'North', tags: ['own'] })
  const labels = { name: `${CANARY}-device`, site: `${CANARY}-site`, tags: [`${CANARY}-tag`], group: `${CANARY}-group` }
  await done('PATCH', `/devices/${south}`, labels)
  const shown = await done('GET', `/devices/${south}`)
  const { serialNumber, macAddress, address } = shown as Record<string, string>
  marks.push(CANARY, serialNumber!, macAddress!, address!.replace(/^https?:\/\//, ''))
  await done('POST', '/roles', { name: `${CANARY}-role`, permissions: ['device.view'] })
  await done('POST', '/people', { name: `${CANARY}-person`, password: PASSWORD, grants: [] })
  const at = { kind: 'webhook', url: `https://192.0.2.1/${CANARY}` }
  theirs['target'] = String((await done('POST', '/targets', { name: `${CANARY}-target`, way: at }))['id'])
  theirs['job'] = String((await done('POST', '/devices/check', { devices: [south] }))['id'])
  const role = await done('POST', '/roles', { name: 'Everything', permissions: Permission.options })
  const grants = [{ role: role['id'], scope: { kind: 'site', site: 'North' }, hours: [] }]
  await done('POST', '/people', { name: 'Nora', password: PASSWORD, mustChangePassword: false, grants })
  cookie = await house.enter('Nora', PASSWORD)
  feed = stack.use(house.follow(cookie))
  using all = house.follow()
  const isOf = (device: string) => (message: unknown) => {
    const { what, alarm } = message as { what: string; alarm?: { event: { device: string } } }
    return what === 'alarm' && alarm?.event.device === device
  }
  // Theirs first: once ours has come, theirs would have, too.
  for (const [i, device] of [
    [1, south],
    [0, north],
  ] as const) {
    await until(() => emulator.device(i).events.listeners > 0, 15_000, 'who listens for events')
    emulator.raise(i, { type: 'shelteralarm', state: 'active', description: 'covered', channel: 1 })
    const { alarm } = (await all.until(isOf(device), 15_000)) as unknown as {
      alarm: { id: string; event: { id: string } }
    }
    if (device === south) Object.assign(theirs, { alarm: alarm.id, event: alarm.event.id })
  }
  await done('POST', `/alarms/${theirs['alarm']}/comments`, { text: `${CANARY}-comment` })
  await until(
    () => feed.messages.some(({ message }) => JSON.stringify(message).includes(north)),
    15_000,
    'our own event',
  )
}, 60_000)
afterAll(() => stack.disposeAsync())

const leaks = (text: string): string[] => marks.filter((mark) => text.toLowerCase().includes(mark.toLowerCase()))
/** What goes on for ever, and what asks the camera for a picture. */
const LEFT_OUT = /\/live$|\/(picture|snapshot)$/
const queries: Readonly<Record<string, string>> = {
  '/events/summary': 'from=2020-01-01T00:00:00Z&to=2040-01-01T00:00:00Z',
  '/events/export': 'format=csv',
  '/audit/export': 'format=csv',
}

describe('another site', () => {
  const reading = routes.filter(({ method, path }) => method === 'GET' && !LEFT_OUT.test(path))

  it('is there: whoever may see everything finds all of it', async () => {
    const { bytes } = await house.call('GET', '/devices')
    expect(leaks(bytes.toString()).length).toBe(marks.length)
  })

  it.each(reading.map(({ path }) => path))('is in no answer of GET %s', async (path) => {
    const query = queries[path] === undefined ? '' : `?${queries[path]}`
    const ids = path.includes(':id') ? [south, north, ...Object.values(theirs)] : ['']
    for (const id of ids) {
      const asked = path.replace(':id', id).replace(':channel', '1').replaceAll(/:\w+/g, id) + query
      const { bytes, status } = await house.as(cookie, 'GET', asked)
      expect(leaks(bytes.toString()), `${asked}: ${status} ${bytes.toString().slice(0, 2000)}`).toEqual([])
      if (id !== north && path.startsWith('/devices/:id')) expect(status, asked).toBeGreaterThanOrEqual(400)
    }
  })

  it.each([
    'device=SOUTH',
    `site=${CANARY}-site`,
    `tag=${CANARY}-tag`,
    `text=${CANARY}`,
    `search=${CANARY}`,
    `q=${CANARY}`,
  ])('is not found by a filter: %s', async (filter) => {
    for (const path of ['/devices', '/events', '/alarms', '/orders', '/gaps', '/alarms/counts']) {
      const { bytes } = await house.as(cookie, 'GET', `${path}?${filter.replace('SOUTH', south)}`)
      const text = bytes.toString().replaceAll(new RegExp(`"at":"[^"]*"|"text":"[^"]*${CANARY}[^"]*"`, 'g'), '')
      expect(leaks(text), `${path}?${filter}: ${text.slice(0, 500)}`).toEqual([])
    }
  })

  it('is not told of while it changes', async () => {
    await done('PATCH', `/devices/${south}`, { name: `${CANARY}-renamed` })
    await done('PATCH', `/devices/${north}`, { name: 'Gate again' })
    await until(
      () => feed.messages.some(({ message }) => JSON.stringify(message).includes('Gate again')),
      15_000,
      'our own change',
    )
    expect(leaks(JSON.stringify(feed.messages))).toEqual([])
  })
})
