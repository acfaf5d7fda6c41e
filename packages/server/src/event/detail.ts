// SPDX-License-Identifier: Apache-2.0
/** What a device knows of an event besides its kind, as it is kept: texts and lists have bounds. Pure. */
import type { Event } from '@openhmp/contract'
import type { DeviceEvent, EventFace } from '@openhmp/protocol/event'

/** Targets of one event that are kept. */
const MAX_TARGETS = 50
const MAX_WORD = 40
const MAX_NAME = 80

/** Null where it knows nothing. */
export const detailOf = (event: DeviceEvent): Event['detail'] => {
  const { region, regions = [], licensePlate, targets, temperature, face } = event
  const outlines = regions.filter(({ points }) => points.length > 0)
  const isNothing = region === undefined && licensePlate === undefined && targets.length === 0 && outlines.length === 0
  if (isNothing && temperature === undefined && face === undefined) return null
  return {
    region: region === undefined ? null : Math.trunc(region),
    licensePlate: licensePlate?.slice(0, MAX_WORD) ?? null,
    targets: targets
      .slice(0, MAX_TARGETS)
      .map(({ type, ...place }) => ({ ...place, type: type?.slice(0, MAX_WORD) ?? null })),
    ...(outlines.length === 0
      ? {}
      : {
          regions: outlines.map(({ id, points }) => ({
            id: id === undefined ? null : Math.trunc(id),
            points: points.map(({ x, y }) => ({ x, y })),
          })),
        }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(face === undefined ? {} : { face: faceOf(face) }),
  }
}

const faceOf = ({ name, similarity, age, gender }: EventFace) => ({
  name: name?.slice(0, MAX_NAME) ?? null,
  similarity: similarity ?? null,
  age: age?.slice(0, MAX_WORD) ?? null,
  gender: gender?.slice(0, MAX_WORD) ?? null,
})
