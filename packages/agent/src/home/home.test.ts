// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatDialToken } from '@openhmp/protocol/hmp'
import { describe, expect, it } from 'vitest'
import { AgentHome, MAX_DEVICES } from './home.ts'

const place = () => {
  const root = mkdtempSync(join(tmpdir(), 'hmp-agent-'))
  const [data, key] = [join(root, 'data'), join(root, 'keys', 'agent.key')]
  return {
    ...{ root, data, key },
    open: () => new AgentHome(data, key),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}
const token = formatDialToken({ identity: 'site-1', key: new Uint8Array(32).fill(7), caFingerprint: 'ab'.repeat(32) })
const { signal } = new AbortController()
const gate = { id: 'gate', address: '192.0.2.7', userName: 'admin', password: 'Canary-9876' }

describe("an agent's home", () => {
  it('writes a key down before a certificate is asked for it, sealed; who came by key has nothing to renew', async () => {
    using here = place()
    const home = here.open()
    const key = home.nextKey()
    expect(here.open().nextKey()).toBe(key)
    expect(readFileSync(join(here.data, 'agent.json'), 'utf8')).not.toMatch(/PRIVATE KEY/)
    await home.join(token, 'cms:8443', signal)
    const held = { identity: 'site-1', role: 'agent', key, certificate: 'PEM', notAfter: 2, renewAfter: 1 } as const
    home.renewed(held)
    expect(home.link!.renewed).toBeUndefined()
    expect(home.nextKey()).not.toBe(key)
  })

  it('keeps link and devices, their secrets sealed', async () => {
    using here = place()
    const home = here.open()
    await home.join(token, 'https://cms.example:8443', signal)
    home.addDevice(gate)
    home.pin('gate', 'cd'.repeat(32))
    const again = here.open()
    expect(again.link).toMatchObject({ url: 'hmps://cms.example:8443', identity: 'site-1' })
    expect([...again.link!.key!]).toEqual(new Array(32).fill(7))
    expect(again.devices).toEqual([{ ...gate, certificate: 'cd'.repeat(32) }])
    const text = readFileSync(join(here.data, 'agent.json'), 'utf8')
    expect(text).not.toContain('Canary-9876')
    expect(text).not.toContain(Buffer.alloc(32, 7).toString('base64url'))
    expect([statSync(here.key).mode & 0o777, statSync(join(here.data, 'agent.json')).mode & 0o777]).toEqual([
      0o600, 0o600,
    ])
    again.removeDevice('gate')
    expect(here.open().devices).toEqual([])
    expect(() => again.removeDevice('gate')).toThrow(/no device gate/)
  })

  it('opens nothing with another key, without one, or for another address', () => {
    using here = place()
    const home = here.open()
    home.addDevice(gate)
    const path = join(here.data, 'agent.json')
    const text = readFileSync(path, 'utf8')
    writeFileSync(path, text.replace('192.0.2.7', '198.51.100.1'))
    expect(() => here.open().devices).toThrow(/does not open/)
    writeFileSync(path, text)
    rmSync(here.key)
    expect(here.open).toThrow(/is missing/)
    writeFileSync(here.key, Buffer.alloc(32, 1).toString('base64'))
    expect(() => here.open().devices).toThrow(/does not open/)
    writeFileSync(here.key, 'short')
    expect(here.open).toThrow(/does not hold 32 bytes/)
    expect(() => new AgentHome(here.data, join(here.data, 'key'))).toThrow(/must not lie in the data folder/)
  })

  it.each(['ftp://x', 'https://', 'https://user:secret@cms', 'wss://u@cms'])('does not dial %s', async (url) => {
    using here = place()
    await expect(here.open().join(token, url, signal)).rejects.toThrow(/no address/)
  })

  it('refuses what is no token, no id, a broken file, and too much', async () => {
    using here = place()
    const home = here.open()
    await expect(home.join('hmp1:x', 'cms:8443', signal)).rejects.toThrow(/a token looks like/)
    await expect(home.join(token, undefined, signal)).rejects.toThrow(/does not say where/)
    await expect(home.join('hmp1j:x', undefined, signal)).rejects.toThrow(/a join token looks like/)
    expect((await home.join(token, 'cms:8443', signal)).url).toBe('hmps://cms:8443')
    for (const id of ['', 'a/b', '../x', 'a b', 'x'.repeat(65)]) expect(() => home.addDevice({ ...gate, id })).toThrow()
    for (let i = 0; i < MAX_DEVICES; i++) home.addDevice({ ...gate, id: `c${i}` })
    expect(() => home.addDevice({ ...gate, id: 'one-more' })).toThrow(/and no more/)
    home.addDevice({ ...gate, id: 'c0', address: '192.0.2.8' }) // an old one may change
    writeFileSync(join(here.data, 'agent.json'), '{"devices":[{"id":"../x"}]}')
    expect(here.open).toThrow(/is broken/)
  })
})
