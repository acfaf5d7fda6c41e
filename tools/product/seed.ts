// SPDX-License-Identifier: Apache-2.0
/**
 * A database full of devices, for the product to be started on: written through the store, none of them there. They dial in,
 * so nothing is tried; what they are and where is spread as in a large site.
 */
import { randomUUID } from 'node:crypto'
import type { DeviceInformation } from '@openhmp/contract'
import { systemClock } from '@openhmp/server'
import { Store } from '../../packages/server/src/store/store.ts'

const sites = [
  'Harbour',
  'Depot North',
  'Depot South',
  'Airport',
  'Town hall',
  'Station',
  'Mill',
  'Stadium',
  'Clinic',
  '',
]
const places = ['Gate', 'Yard', 'Hall', 'Dock', 'Car park', 'Stairs', 'Roof', 'Corridor', 'Ramp', 'Fence']
const models = ['C-2143', 'C-2143', 'C-2386', 'P-4425', 'C-2645', 'N-7716']
const versions = ['V5.7.15 build 230313', 'V5.7.15 build 230313', 'V5.5.82 build 190909', 'V5.2.0 build 150417']
const tagSets = [
  ['outdoor'],
  ['outdoor', 'night'],
  ['indoor'],
  [],
  ['indoor', 'entrance', 'public'],
  ['outdoor', 'gate'],
]
/** Devices of one statement: bounded by SQLite's number of parameters. */
const ROWS_AT_ONCE = 500

const pick = <T>(list: readonly T[], i: number): T => list[i % list.length]!

const informationOf = (i: number): DeviceInformation => {
  const model = pick(models, i * 7 + (i >> 4))
  const channelCount = model.startsWith('N') ? 16 : 1
  const name = `${pick(places, i * 3)} ${i + 1}`
  return {
    model,
    serialNumber: `${model}-${String(1_000_000 + i)}`,
    firmwareVersion: pick(versions, i * 5 + (i >> 3)),
    deviceType: channelCount > 1 ? 'NVR' : 'IPCamera',
    macAddress: `02:00:00:${[i >> 16, (i >> 8) & 255, i & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`,
    name,
    channels: Array.from({ length: channelCount }, (_, c) => ({
      id: c + 1,
      name: `Camera ${c + 1}`,
      streams: (['main', 'sub'] as const).map((profile, n) => ({
        ...{ id: (c + 1) * 100 + n + 1, profile, codec: 'h264', width: n ? 640 : 1920, height: n ? 360 : 1080 },
        ...{ frameRate: 25, bitrateKbps: n ? 512 : 4096, audioCodec: null },
      })),
    })),
  }
}

/** Fills the database in `dataDir`; the product must not be running on it. */
export const seedDevices = async (dataDir: string, count: number): Promise<void> => {
  const now = () => systemClock.now()
  const fail = (error: unknown) => {
    throw error
  }
  await using store = await Store.open({ dataDir, now, onCrash: fail })
  const rows = Array.from({ length: count }, (_, i) => {
    const information = informationOf(i)
    return {
      ...{ id: randomUUID(), name: information.name, kind: 'hmp' as const, address: `device-${i + 1}` },
      ...{ userName: null, secret: null, optionsJson: '{}', informationJson: JSON.stringify(information) },
      ...{ epoch: 0, isDemo: 0, addedAt: now() - (count - i) * 60_000, site: pick(sites, i * 11 + (i >> 5)) || null },
      ...{ tagsJson: JSON.stringify(pick(tagSets, i * 13 + (i >> 2))), group: i % 9 === 0 ? `Pair ${i >> 4}` : null },
    }
  })
  const inserts = []
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE)
    inserts.push(store.db.insertInto('device').values(rows.slice(at, at + ROWS_AT_ONCE)))
  await store.write(inserts)
}
