// SPDX-License-Identifier: Apache-2.0
/** What a broker holds of each camera, and what its state is by the events that are stored. */
import { sql } from 'kysely'
import type { KnownDevice } from '../fleet/device-row.ts'
import type { Store } from '../store/store.ts'
import type { SensorBook } from './mqtt.ts'
import type { Sensor, SensorState } from './mqtt-topics.ts'

/** Things of one broker: kinds of events of cameras. */
const MAX_SENSORS = 20_000

/** What people call the camera of a sensor; undefined when its device was removed. */
export const cameraOf = (known: KnownDevice | undefined, channel: number): ReturnType<SensorBook['describe']> => {
  if (!known) return undefined
  const channels = known.information?.channels ?? []
  const own = channels.length > 1 ? channels.find(({ id }) => id === channel)?.name : undefined
  return { name: own === undefined ? known.name : `${known.name}, ${own}`, model: known.information?.model ?? null }
}

/** The book of one target. */
export const sensorBookOf = (store: Store, targetId: string, describe: SensorBook['describe']): SensorBook => {
  const { db } = store
  const at = ({ device, channel, kind }: Sensor) => ({ targetId, deviceId: device, channel, kind })
  return {
    describe,
    all: async () => {
      const rows = await db.selectFrom('mqttSensor').selectAll().where('targetId', '=', targetId).execute()
      return rows.map(({ deviceId, channel, kind }) => ({ device: deviceId, channel, kind }))
    },
    add: async (sensor) => {
      const { count } = await db
        .selectFrom('mqttSensor')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('targetId', '=', targetId)
        .executeTakeFirstOrThrow()
      if (Number(count) >= MAX_SENSORS) return false
      const insert = db
        .insertInto('mqttSensor')
        .values(at(sensor))
        .onConflict((on) => on.doNothing())
      const [result] = await store.write([insert])
      return result!.changes > 0
    },
    forget: async (sensor) => {
      const { deviceId, channel, kind } = at(sensor)
      await db
        .deleteFrom('mqttSensor')
        .where((on) => on.and({ targetId, deviceId, channel, kind }))
        .execute()
    },
    stateOf: (sensor) => stateOf(store, sensor),
  }
}

/**
 * ON while one goes on; of those that do not, the newest tells. The pluses keep SQLite from an index of its own choice:
 * see event/search.ts.
 */
const stateOf = async ({ db }: Store, { device, channel, kind }: Sensor): Promise<SensorState> => {
  const channelOrNone = channel === 0 ? null : channel
  const active = await sql<{ id: string }>`select "id" from "event" where "state" = 'active' and "state" <> 'inactive'
    and +"deviceId" = ${device} and +"kind" = ${kind} and +"channel" is ${channelOrNone} limit 1`.execute(db)
  if (active.rows.length > 0) return 'ON'
  const newest = await sql<{ state: string }>`select "state" from "event" where "deviceId" = ${device}
    and +"kind" = ${kind} and +"channel" is ${channelOrNone} order by "time" desc, "id" desc limit 1`.execute(db)
  return newest.rows[0]?.state === 'unknown' ? 'unknown' : 'OFF'
}
