// SPDX-License-Identifier: Apache-2.0
/** E-mail to a server that no one here wrote, read back by a reader that no one here wrote: the picture whole, faults plain. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Event, Firing, NotifyTarget } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { needs } from '../../../tools/needs.ts'
import { account, emulate } from './emulated.ts'
import { awaitState, makePlace, openHouse, until } from './harness.ts'

const PYTHON = '/usr/bin/python3'
const WAIT_MS = 20_000
const box = { userName: 'camera', password: 'right' } as const

interface Mail {
  id: string
  from: string
  to: string
  subject: string
  text: string
  files: { name: string; type: string; content: string }[]
}

/** Owns its process and folder until disposed. */
class MailServer implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hmp-mail-'))
  #child: ChildProcess | undefined

  async open(): Promise<number> {
    const file = (name: string) => join(this.folder, name)
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file('key.pem')]
    execFileSync('openssl', ['req', '-x509', '-days', '2', ...subject, ...key, '-out', file('cert.pem')], {
      stdio: 'ignore',
    })
    const script = join(import.meta.dirname, 'mail-server.py')
    const child = spawn(PYTHON, [script, this.folder, box.userName, box.password], {
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#child = child
    return new Promise((resolve, reject) => {
      child.stdout.once('data', (line: Buffer) => resolve(Number(String(line))))
      child.once('exit', () => reject(new Error('the mail server has not started')))
    })
  }

  get certificate(): string {
    return readFileSync(join(this.folder, 'cert.pem'), 'utf8')
  }

  get count(): number {
    return readdirSync(join(this.folder, 'box', 'new')).length
  }

  mails(): Mail[] {
    const script = join(import.meta.dirname, 'read-mail.py')
    return JSON.parse(execFileSync(PYTHON, [script, this.folder], { encoding: 'utf8' }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child
    if (child?.exitCode === null) {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGKILL')
      await gone
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

describe.runIf(needs('aiosmtpd') && needs('openssl'))('a mail server', { timeout: 60_000 }, () => {
  it('is told in one line what is wrong with it, and gets one message for many events with their pictures', async () => {
    using place = makePlace()
    await using server = new MailServer()
    const port = await server.open()
    await using emulator = await emulate()
    await using house = await openHouse(place)
    const { device } = await house.add({
      kind: 'isapi',
      name: '大门 Gate',
      address: emulator.devices[0]!.httpUrl,
      ...account,
    })
    await awaitState(house, device.id, 'online')

    const way = {
      ...{ kind: 'email', host: 'localhost', port, security: 'starttls', userName: box.userName },
      ...{ from: 'cms@example.com', to: ['guard@example.com', 'night@example.com'] },
    }
    const added = await house.call<{ target: NotifyTarget }>('POST', '/targets', {
      name: 'Guard',
      way,
      password: 'wrong',
    })
    const path = `/targets/${added.body.target.id}`
    const test = async () => (await house.call<{ isTaken: boolean; text: string }>('POST', `${path}/test`)).body
    expect(await test()).toEqual({
      isTaken: false,
      text: `the certificate of localhost:${port} is signed by itself: give it as the authority`,
    })
    const trusted = { ...way, ca: server.certificate }
    await house.call('PUT', path, { name: 'Guard', way: trusted })
    const refused = await test()
    expect(refused.isTaken).toBe(false)
    expect(refused.text).toMatch(/^localhost:\d+ refuses the user name or the password \(535 /)
    expect(refused.text).not.toContain('\n')
    await house.call('PUT', path, { name: 'Guard', way: trusted, password: box.password })
    expect(await test()).toMatchObject({ isTaken: true })
    expect(server.mails()).toMatchObject([{ subject: 'Guard: test', files: [] }])

    const when = { kinds: ['tamper', 'lineCrossing'] }
    const deeds = [{ kind: 'tell', target: added.body.target.id }]
    await house.call('POST', '/rules', { name: '入侵 Night', when, groupSeconds: 4, deeds })
    emulator.raise(0, { type: 'shelteralarm', channel: 1, description: 'covered', state: 'active' })
    emulator.raise(0, { type: 'linedetection', channel: 1, description: 'x', state: 'active' })
    await until(() => server.count === 2, WAIT_MS, 'the message')
    const mail = server.mails().find(({ files }) => files.length > 0)!
    expect(mail).toMatchObject({
      from: 'cms@example.com',
      to: 'guard@example.com, night@example.com',
      subject: '入侵 Night: 大门 Gate, Main gate (+1)',
    })
    expect(mail.text).toMatch(
      /tamper began - 大门 Gate, Main gate[\s\S]*lineCrossing began - 大门 Gate, Main gate[\s\S]*Rule: 入侵 Night/,
    )
    const { events } = (await house.call<{ events: Event[] }>('GET', '/events?kind=tamper,lineCrossing')).body
    const pictures = await Promise.all(events.map(({ id }) => house.call('GET', `/events/${id}/picture`)))
    const kept = pictures.filter(({ status }) => status === 200).map(({ bytes }) => bytes.toString('base64'))
    expect(kept.length).toBeGreaterThan(0)
    expect(mail.files.map(({ type }) => type)).toEqual(kept.map(() => 'image/jpeg'))
    expect(mail.files.map(({ content }) => content).toSorted()).toEqual(kept.toSorted())
    const { firings } = (await house.call<{ firings: Firing[] }>('GET', '/firings')).body
    expect(firings.map(({ isGrouped, outcomes }) => [isGrouped, outcomes.length])).toEqual([
      [true, 1],
      [true, 1],
    ])
    expect(mail.id).toBe(`<${firings[0]!.outcomes[0]!.id}@openhmp>`)
    expect(house.errors).toEqual([])
  })
})
