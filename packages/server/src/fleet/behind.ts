// SPDX-License-Identifier: Apache-2.0
/** What an agent says of itself and its site (docs/protocol/hmp.md §11), beside what is known of it here. */
import type { ListBehind, Output } from '@openhmp/contract'
import { fromUtf8, LinkError, Refusal } from '@openhmp/protocol/base'
import type { HmpSession } from '@openhmp/protocol/session'
import { listDevices } from './agent-list.ts'
import type { KnownDevice } from './device-row.ts'
import type { Fleet } from './fleet.ts'
import { hmpPlaceOf, type Presence } from './presence.ts'

type Behind = Output<(typeof ListBehind)['answer']>

const ANSWER_MS = 10_000
/** Found things that are passed on. */
const MAX_FOUND = 512

/** Asks. Rejects with `Refusal` `agent.none` for what is no agent, `LinkError` `hmp.offline`. */
export const behind = async (agent: KnownDevice, fleet: Fleet, presence: Presence): Promise<Behind> => {
  const session = agent.kind === 'hmp' ? presence.find(agent.address) : undefined
  const isBehind = hmpPlaceOf(agent.address).device !== undefined
  if (agent.kind !== 'hmp' || isBehind || (session && session.peer?.role !== 'agent'))
    throw new Refusal('conflict', 'agent.none', 'this is no agent')
  if (!session) throw new LinkError('hmp.offline', 'the agent has not dialled in', { address: agent.address })
  const [listed, own] = await Promise.all([listDevices(session), toldBy(session)])
  const devices = listed.map(({ id, state, cause, information: { name, model } }) => {
    const identity = `${agent.address}/${id}`
    const device = (fleet.byIdentity(identity)?.id ?? null) as Behind['devices'][number]['device']
    return { identity, name: name || id, model, state, cause, device }
  })
  return { devices, ...own }
}

const object = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const text = (value: unknown): string => (typeof value === 'string' ? value.slice(0, 200) : '')
const count = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) ? value : 0)

/** An agent that does not know the question has nothing to say. */
const toldBy = async (session: HmpSession): Promise<Pick<Behind, 'events' | 'found'>> => {
  const signal = AbortSignal.timeout(ANSWER_MS)
  const { status, body } = await session.request({ method: 'GET', target: '/HMP/agent' }, { signal })
  let told: Record<string, unknown> = {}
  try {
    if (status === 200) told = object(JSON.parse(fromUtf8(body)))
  } catch {
    // No JSON: nothing is known.
  }
  const events = told['events'] === undefined ? undefined : object(told['events'])
  const found = Array.isArray(told['found']) ? told['found'].slice(0, MAX_FOUND).map(object) : []
  return {
    events: events
      ? { waiting: count(events['waiting']), lost: count(events['lost']), refused: count(events['refused']) }
      : null,
    found: found.map(({ address, httpPort, model, serialNumber, macAddress, isActivated }) => ({
      ...{ address: text(address), model: text(model), serialNumber: text(serialNumber), macAddress: text(macAddress) },
      httpPort: count(httpPort) || null,
      isActivated: typeof isActivated === 'boolean' ? isActivated : null,
    })),
  }
}
