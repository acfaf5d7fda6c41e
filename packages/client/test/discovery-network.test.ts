// SPDX-License-Identifier: Apache-2.0
/**
 * Multicast over a cable: two network namespaces with a veth pair between, emulated devices at one end, the search at the
 * other. Once in one network; once with devices whose address does not fit in, which are heard by their answers to all.
 */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const pathOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
/** Root has them; others where the kernel lets users have their own. */
const [unshare, ...alone] = process.getuid?.() === 0 ? ['unshare', '--net'] : ['unshare', '--map-root-user', '--net']
const cable = 'unshare --net true && ip link add hmp0 type veth peer name hmp1'

/** Not every machine gives a test networks of its own, and none can be installed: so this is told, and no failure. */
const hasNetworks = ((): boolean => {
  const tried = spawnSync(unshare!, [...alone, 'bash', '-c', cable], { encoding: 'utf8' })
  if (tried.status === 0) return true
  const why = tried.error?.message ?? tried.stderr.trim().split('\n').at(-1)
  process.stderr.write(`not run: this machine gives no network namespaces with a cable between (${why})\n`)
  return false
})()

interface Found {
  readonly address: string
  readonly methods: readonly string[]
}

const searched = async (FAR: string, NEAR: string): Promise<Found[]> => {
  const command = { NODE: process.execPath, HMP: pathOf('../../cli/bin/hmp.mjs') }
  const child = spawn(unshare!, [...alone, 'bash', pathOf('two-networks.sh')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...command, FAR, NEAR, HMP_CONFIG: '', HMP_DEVICE_PASSWORD: 'Camera12345' },
  })
  const [text, words] = [child.stdout, child.stderr].map(async (stream) => {
    let all = ''
    for await (const part of stream.setEncoding('utf8')) all += part
    return all
  })
  const status = await new Promise((resolve) => child.once('close', resolve))
  if (status !== 0) throw new Error(`it ended with ${status}: ${await words}`)
  return (JSON.parse((await text)!) as { found: Found[] }).found
}

describe.runIf(hasNetworks)('a search over a cable', { timeout: 60_000 }, () => {
  it('finds devices of this network by both ways', async () => {
    const found = await searched('10.77.0.2', '10.77.0.1')
    expect(found.map(({ address, methods }) => [address, methods.toSorted()])).toEqual([
      ['10.77.0.2', ['sadp', 'wsDiscovery']],
      ['10.77.0.2', ['sadp', 'wsDiscovery']],
    ])
  })

  it('finds devices that have an address of another network', async () => {
    const found = await searched('192.168.254.64', '10.77.0.1')
    expect(found.map(({ address, methods }) => [address, methods])).toEqual([
      ['192.168.254.64', ['sadp']],
      ['192.168.254.64', ['sadp']],
    ])
  })
})
