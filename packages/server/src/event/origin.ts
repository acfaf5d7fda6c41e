// SPDX-License-Identifier: Apache-2.0
/** Where an event comes from: the device, its channels and its clock, as far as they are known. */
import type { DeviceInformation } from '@openhmp/contract'
import { placeEvent } from '@openhmp/protocol/event'

/** Where an event comes from. */
export interface Origin {
  readonly id: string
  readonly name: string
  channelName(channel: number): string | undefined
  /** How far its clock is ahead of ours, as last measured. */
  readonly clockOffsetMs?: number | undefined
  /** The channel of a device that has but one: what its alarm inputs look at. */
  readonly soleChannel?: number | undefined
}

interface Known {
  readonly id: string
  readonly name: string
  readonly information?: DeviceInformation | undefined
}

export const originOf = ({ id, name, information }: Known, clockOffsetMs: number | undefined): Origin => {
  const channels = information?.channels ?? []
  const channelName = (channel: number) => channels.find((one) => one.id === channel)?.name
  return { id, name, channelName, soleChannel: channels.length === 1 ? channels[0]!.id : undefined, clockOffsetMs }
}

/** The event with the channel that it means, whatever way it came. */
export const inPlace = <E extends Parameters<typeof placeEvent>[0]>({ information }: Known, event: E): E => {
  const channels = information?.channels ?? []
  const proxied = channels.filter(({ isProxied }) => isProxied)
  return placeEvent(
    event,
    channels.map(({ id }) => id),
    proxied.map(({ id }) => id),
  )
}
