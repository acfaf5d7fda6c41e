// SPDX-License-Identifier: Apache-2.0
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
