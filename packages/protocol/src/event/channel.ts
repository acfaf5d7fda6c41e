// SPDX-License-Identifier: Apache-2.0
/** Channels of recorders: their alerts count in other ways than their lists. */
/** First number of IP channels in the alerts of recorders: 32 + proxy input. */
export const FIRST_IP_CHANNEL = 33

/**
 * The video input channel that an alert means. `channels` are those of the device, `proxied` those of them that are IP
 * cameras of a recorder, in the order of its InputProxy list. A number that is a channel is taken as it is; 33 and above
 * count through the proxied ones. Undefined when it fits neither.
 */
export const channelOfAlert = (
  given: number,
  channels: readonly number[],
  proxied: readonly number[],
): number | undefined => {
  if (channels.includes(given)) return given
  const index = given - FIRST_IP_CHANNEL
  if (index < 0) return undefined
  // By id first (input n is 32 + n), then by place: a hybrid recorder's first IP camera may be its channel 5.
  return proxied.find((channel) => channel === index + 1) ?? proxied[index]
}

/** From here on, an input of a recorder is that of one of its cameras: channel × 100 + number. */
const FIRST_CAMERA_INPUT = 101

/** An event with the channel that it means; one that fits no channel is left as it is. */
export const placeEvent = <E extends { readonly channel?: number | undefined; readonly input?: number | undefined }>(
  event: E,
  channels: readonly number[],
  proxied: readonly number[],
): E => {
  const { channel: given, input } = event
  const told = given ?? (input !== undefined && input >= FIRST_CAMERA_INPUT ? Math.floor(input / 100) : undefined)
  if (told === undefined) return event
  const channel = channelOfAlert(told, channels, proxied)
  return channel === undefined || channel === given ? event : { ...event, channel }
}
