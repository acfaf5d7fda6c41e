// SPDX-License-Identifier: Apache-2.0
/**
 * Lists of a document that grow and shrink when they are written: points, time blocks, links of a trigger. Each is kept
 * as one value, a row a member; what a member may hold beside the columns is forgotten, as devices do.
 */
import { childrenOf, element, setText, textAt, type XmlElement } from '@openhmp/protocol/xml'

/** Longest value, in characters: a week of eight time blocks a day, and some. */
export const MAX_PACKED_LENGTH = 1024

interface Packing {
  /** Name of a member. */
  readonly row: string
  readonly columns: readonly { readonly path: string; readonly pattern: RegExp; readonly isOptional?: boolean }[]
  readonly maxRows: number
}

const point = (row: string): Packing => ({
  row,
  columns: ['positionX', 'positionY'].map((path) => ({ path, pattern: /^(1000|\d{1,3})$/ })),
  maxRows: 10,
})
const time = /^([01]\d|2[0-3]):[0-5]\d(:00)?$|^24:00(:00)?$/

const packings: Readonly<Record<string, Packing>> = {
  RegionCoordinatesList: point('RegionCoordinates'),
  CoordinatesList: point('Coordinates'),
  EventTriggerNotificationList: {
    row: 'EventTriggerNotification',
    columns: [
      { path: 'id', pattern: /^[\w-]{1,32}$/ },
      { path: 'notificationMethod', pattern: /^(center|record|email|FTP|IO|beep|whiteLightOut|monitorAlarm)$/ },
      { path: 'notificationRecurrence', pattern: /^(beginning|beginningandend|recurring)$/, isOptional: true },
      { path: 'videoInputID', pattern: /^\d{1,3}$/, isOptional: true },
      { path: 'outputIOPortID', pattern: /^\d{1,3}$/, isOptional: true },
    ],
    maxRows: 16,
  },
  TimeBlockList: {
    row: 'TimeBlock',
    columns: [
      { path: 'dayOfWeek', pattern: /^[1-7]$/ },
      { path: 'TimeRange/beginTime', pattern: time },
      { path: 'TimeRange/endTime', pattern: time },
    ],
    maxRows: 56,
  },
}

/** True for a list that is kept as one value. */
export const isPacked = (part: XmlElement): boolean => Object.hasOwn(packings, part.name)

/** The list as one value; undefined when a member is none that a device takes, or they are too many. */
export function pack(name: string, list: XmlElement): string | undefined {
  const { row, columns, maxRows } = packings[name]!
  const rows = childrenOf(list, row)
  if (rows.length > maxRows) return undefined
  const packed: string[] = []
  for (const one of rows) {
    const cells = columns.map(({ path, pattern, isOptional }) => {
      const text = textAt(one, path)
      return text === undefined ? (isOptional ? '' : undefined) : pattern.test(text) ? text : undefined
    })
    if (cells.includes(undefined)) return undefined
    packed.push(cells.join(','))
  }
  const value = packed.join(';')
  return value.length > MAX_PACKED_LENGTH ? undefined : value
}

/** Members from one value. */
export function unpack(name: string, value: string): XmlElement[] {
  const { row, columns } = packings[name]!
  if (value === '') return []
  return value.split(';').map((text) => {
    const one = element(row, [])
    for (const [i, cell] of text.split(',').entries()) if (cell !== '') setText(one, columns[i]!.path, cell)
    return one
  })
}
