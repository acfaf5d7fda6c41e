// SPDX-License-Identifier: Apache-2.0
/**
 * Which events of a device reach a CMS, and the mending of those that do not: an event whose trigger lacks `center`
 * ("Notify Surveillance Center") never leaves the device. Firmware takes the mending in one of three ways; all are tried.
 */
import { PeerError } from '@openhmp/protocol/base'
import {
  type EventTrigger,
  eventTriggersOf,
  isLinkedToCenter,
  linkToCenter,
  readEventTrigger,
  readEventTriggers,
} from '@openhmp/protocol/isapi'
import { copyOf, find, formatXml, textAt, type XmlElement } from '@openhmp/protocol/xml'
import type { IsapiDoor } from './resource.ts'

/** Events that people miss when they do not come; the rest may well be switched off on purpose. */
const WANTED = ['vmd', 'videoloss', 'io', 'tamperdetection', 'shelteralarm', 'linedetection', 'fielddetection']
/** What is asked for one by one where the list is broken: types of each channel, and of alarm inputs. */
const CHANNEL_IDS = ['VMD', 'tamper', 'videoloss', 'linedetection', 'fielddetection']
const MAX_ASKED_INPUTS = 4

const PATH = '/ISAPI/Event/triggers'

/** Which triggers are meant. */
export interface LinkOptions {
  /** Event types, letter case aside; default: those that people miss. */
  readonly kinds?: readonly string[]
  /** Default: all that the device lists, or channel 1 where it lists none. */
  readonly channels?: readonly number[]
  readonly signal?: AbortSignal
}

/** One trigger, and what was done. */
export interface EventLink {
  readonly id: string
  readonly eventType: string
  readonly channel: number | undefined
  /** `linked` before; `mended` now; `unlinked` and only looked at; `refused`: the device did not do it. */
  readonly state: 'linked' | 'mended' | 'unlinked' | 'refused'
  /** As the device tells them now. */
  readonly methods: readonly string[]
  /** Why it was refused. */
  readonly reason?: { readonly code: string; readonly text: string }
}

/**
 * The triggers of a device. Rejects as `getXml` does.
 *
 * Tolerates: firmware (V5.4.7) that answers the list with an error and each trigger well.
 */
export const readTriggers = async (door: IsapiDoor, options: LinkOptions = {}): Promise<EventTrigger[]> => {
  let broken: unknown
  try {
    return readEventTriggers(await door.getXml(PATH, options))
  } catch (error) {
    if (!isNo(error)) throw error
    broken = error
  }
  const { channels = [1] } = options
  const found: EventTrigger[] = []
  for (const id of [
    ...channels.flatMap((channel) => CHANNEL_IDS.map((type) => `${type}-${channel}`)),
    ...Array.from({ length: MAX_ASKED_INPUTS }, (_, i) => `IO-${i + 1}`),
  ]) {
    const one = await orNo(async () => readEventTrigger(await door.getXml(`${PATH}/${id}`, options)))
    if (one) found.push(one)
    else if (id === 'IO-1') break // without a first alarm input there is no second
  }
  if (found.length === 0) throw broken
  return found
}

/** Ids of the wanted events that never leave the device. */
export const readUnlinkedEvents = async (door: IsapiDoor, options: LinkOptions = {}): Promise<readonly string[]> =>
  (await readEventLinks(door, options)).filter(({ state }) => state === 'unlinked').map(({ id }) => id)

/** The links of the wanted events, nothing changed. */
export const readEventLinks = async (door: IsapiDoor, options: LinkOptions = {}): Promise<EventLink[]> =>
  wantedOf(await readTriggers(door, options), options).map((one) => linkOf(one, 'unlinked'))

/**
 * Adds `center` where it is missing, and reads again: what counts is what the device says then. Rejects when the device is
 * not reached or refuses the account; a refused trigger is told in its row.
 */
export const linkEvents = async (door: IsapiDoor, options: LinkOptions = {}): Promise<EventLink[]> => {
  const before = wantedOf(await readTriggers(door, options), options)
  let now = before
  const reasons = new Map<string, PeerError>()
  for (const way of [linkTriggers, linkNotifications, linkList]) {
    const missing = now.filter((one) => !isLinkedToCenter(one))
    if (missing.length === 0) break
    await way(door, missing, reasons, options)
    now = wantedOf(await readTriggers(door, options), options)
  }
  return now.map((one) => {
    const former = before.find(({ id, channel }) => id === one.id && channel === one.channel)
    if (former && isLinkedToCenter(former)) return linkOf(one, 'refused')
    if (isLinkedToCenter(one)) return { ...linkOf(one, 'refused'), state: 'mended' }
    const error = reasons.get(one.id)
    const reason = error
      ? { code: error.code, text: error.message }
      : { code: 'setting.ignored', text: 'the device said yes and left it as it was' }
    return { ...linkOf(one, 'refused'), reason }
  })
}

type Way = (
  door: IsapiDoor,
  missing: readonly EventTrigger[],
  reasons: Map<string, PeerError>,
  options: LinkOptions,
) => Promise<void>

/** Each trigger whole, as it was read. */
const linkTriggers: Way = (door, missing, reasons, options) =>
  each(missing, reasons, async ({ id }) => {
    const path = `${PATH}/${id}`
    const document = copyOf(await door.getXml(path, options))
    linkToCenter(document)
    await door.putXml(path, formatXml(document), options)
  })

/** The notifications of each trigger alone. */
const linkNotifications: Way = (door, missing, reasons, options) =>
  each(missing, reasons, async ({ id }) => {
    const trigger = await door.getXml(`${PATH}/${id}`, options)
    const list = find(trigger, 'EventTriggerNotificationList')
    const document: XmlElement = list
      ? { ...copyOf(list), attributes: trigger.attributes }
      : { name: 'EventTriggerNotificationList', attributes: trigger.attributes, children: [], text: '' }
    linkToCenter(document)
    await door.putXml(`${PATH}/${id}/notifications`, formatXml(document), options)
  })

/** The list of all. */
const linkList: Way = async (door, missing, reasons, options) => {
  try {
    const document = copyOf(await door.getXml(PATH, options))
    for (const one of eventTriggersOf(document))
      if (missing.some(({ id }) => id === textAt(one, 'id'))) linkToCenter(one)
    await door.putXml(PATH, formatXml(document), options)
  } catch (error) {
    if (!isNo(error)) throw error
    for (const { id } of missing) keep(reasons, id, error)
  }
}

const each = async (
  missing: readonly EventTrigger[],
  reasons: Map<string, PeerError>,
  link: (one: EventTrigger) => Promise<void>,
): Promise<void> => {
  for (const one of missing) {
    try {
      await link(one)
    } catch (error) {
      if (!isNo(error)) throw error
      keep(reasons, one.id, error)
      if (error.code === 'isapi.not-supported') return // nor will it take the others in this way
    }
  }
}

/** A reason that is about the trigger says more than one about the way. */
const keep = (reasons: Map<string, PeerError>, id: string, error: PeerError): void => {
  const known = reasons.get(id)
  if (!known || known.code === 'isapi.not-supported') reasons.set(id, error)
}

const linkOf = (trigger: EventTrigger, otherwise: EventLink['state']): EventLink => {
  const { id, eventType, channel, methods } = trigger
  return { id, eventType, channel, state: isLinkedToCenter(trigger) ? 'linked' : otherwise, methods }
}

const wantedOf = (triggers: readonly EventTrigger[], { kinds = WANTED, channels }: LinkOptions): EventTrigger[] => {
  const words = kinds.map((one) => one.toLowerCase())
  return triggers
    .filter(({ eventType }) => words.includes(eventType.toLowerCase()))
    .filter(({ channel }) => channels === undefined || channel === undefined || channels.includes(channel))
}

/** A "no" to this request; a refused account concerns all of them. */
const isNo = (error: unknown): error is PeerError => error instanceof PeerError && error.retry !== 'after-login'

const orNo = async <T>(ask: () => Promise<T>): Promise<T | undefined> => {
  try {
    return await ask()
  } catch (error) {
    if (isNo(error)) return undefined
    throw error
  }
}
