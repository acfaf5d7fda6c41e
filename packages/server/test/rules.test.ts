// SPDX-License-Identifier: Apache-2.0
/** Rules through the whole server: an event at a device, and a receiver that is told, signed, once, also over a restart. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Delivery, Firing, NotifyTarget, Rule } from '@openhmp/contract'
import { startEmulator } from '@openhmp/emulator'
import { expect, it } from 'vitest'
import { systemClock } from '../src/index.ts'
import { account } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

interface Added {
  target: NotifyTarget
  secret: string
}

/** Takes what comes, or says no while it is told to. */
class Receiver implements AsyncDisposable {
  readonly got: { headers: IncomingHttpHeaders; body: string }[] = []
  isBroken = false
  readonly #server = createServer(async (request, response) => {
    let body = ''
    for await (const part of request.setEncoding('utf8')) body += part
    if (!this.isBroken) this.got.push({ headers: request.headers, body })
    response.writeHead(this.isBroken ? 503 : 204).end()
  })

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/alarm`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

it('a receiver is told of what a rule means, signed, and of nothing twice', async () => {
  using place = makePlace()
  await using receiver = new Receiver()
  const url = await receiver.open()
  await using emulator = await startEmulator({
    ...{ cameras: 1, recorders: 0, httpPort: 0, rtspPort: 0, clock: systemClock },
    ...{ user: account.userName, password: account.password },
  })
  let secret = ''
  let rule: Rule
  let target: NotifyTarget
  {
    await using house = await openHouse(place)
    const { device } = await house.add({ kind: 'isapi', address: emulator.devices[0]!.httpUrl, ...account })
    await awaitState(house, device.id, 'online')
    const wish = {
      name: 'Tampering',
      when: { kinds: ['tamper'], moments: ['began', 'ended'] },
    }
    const way = { kind: 'webhook', url }
    const added = await house.call<Added>('POST', '/targets', { name: 'Guard room', way })
    ;({ target, secret } = added.body)
    expect((await house.call<{ isTaken: boolean }>('POST', `/targets/${target.id}/test`)).body.isTaken).toBe(true)
    const deeds = [{ kind: 'tell', target: target.id }, { kind: 'bookmark' }]
    rule = (await house.call<Rule>('POST', '/rules', { ...wish, deeds })).body
    receiver.got.length = 0

    const alarm = { type: 'shelteralarm', channel: 1, description: 'covered' } as const
    emulator.raise(0, { ...alarm, state: 'active' })
    emulator.raise(0, { type: 'linedetection', channel: 1, description: 'x', state: 'active' })
    await until(() => receiver.got.length === 1, 5000, 'the first message')
    emulator.raise(0, { ...alarm, state: 'inactive' })
    await until(() => receiver.got.length === 2, 10_000, 'the second message')
    const [began, ended] = receiver.got.map(({ body }) => JSON.parse(body))
    expect(began).toMatchObject({
      moment: 'began',
      rule: { name: 'Tampering' },
      event: { kind: 'tamper', state: 'active' },
    })
    expect(ended).toMatchObject({ moment: 'ended', event: { id: began.event.id, state: 'inactive' } })
    for (const { headers, body } of receiver.got) {
      const [, t, v1] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['hmp-signature']))!
      expect(v1).toBe(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'))
      expect(headers['hmp-delivery']).toBe(JSON.parse(body).id)
    }
    const replayed = await house.call<{ fired: number }>('POST', '/rules/replay', { when: { kinds: ['tamper'] } })
    expect(replayed.body.fired).toBe(1)
    const { firings } = (await house.call<{ firings: Firing[] }>('GET', '/firings')).body
    expect(firings).toMatchObject([
      { moment: 'ended', kind: 'tamper', outcomes: [{ target: 'Guard room', state: 'sent' }] },
      { moment: 'began', kind: 'tamper', outcomes: [{ target: 'Guard room', state: 'sent' }] },
    ])
    const bookmarks = await house.call<{ bookmarks: object[] }>('GET', '/bookmarks')
    expect(bookmarks.body.bookmarks).toMatchObject([{ event: began.event.id, by: 'Tampering' }])

    // The receiver is broken when the next one comes, and the server is stopped.
    receiver.isBroken = true
    emulator.raise(0, { ...alarm, state: 'active' })
    await until(async () => {
      const { deliveries } = (await house.call<{ deliveries: Delivery[] }>('GET', '/deliveries?state=waiting')).body
      return deliveries.some(({ attempts, text }) => attempts === 1 && text === 'it answers 503')
    }, 5000)
    expect(house.errors).toEqual([])
  }
  receiver.isBroken = false
  await using house = await openHouse(place)
  expect((await house.call<{ rules: Rule[] }>('GET', '/rules')).body.rules).toEqual([rule])
  const { deliveries } = (await house.call<{ deliveries: Delivery[] }>('GET', '/deliveries?state=waiting')).body
  expect((await house.call('POST', `/deliveries/${deliveries[0]!.id}/retry`)).status).toBe(200)
  await until(() => receiver.got.length === 3, 10_000, 'what was waiting')
  expect(receiver.got[2]!.headers['hmp-attempt']).toBe('2')
  const [told] = (await house.call<{ targets: NotifyTarget[] }>('GET', '/targets')).body.targets
  expect(told).toMatchObject({ id: target.id, hasPassword: true, waiting: 0, dead: 0, problem: null })
  expect(JSON.stringify(told)).not.toContain(secret)
  expect((await house.call('DELETE', `/targets/${target.id}`)).body.code).toBe('target.used')
  expect((await house.call('DELETE', `/rules/${rule.id}`)).status).toBe(204)
  expect((await house.call('DELETE', `/targets/${target.id}`)).status).toBe(204)
  const forbidden = { name: 'x', way: { kind: 'webhook', url: 'http://169.254.169.254/' } }
  expect((await house.call('POST', '/targets', forbidden)).body.code).toBe('address.forbidden')
}, 40_000)
