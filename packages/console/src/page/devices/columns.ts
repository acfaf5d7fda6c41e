// SPDX-License-Identifier: Apache-2.0
/** The columns of the list of devices: what there is to choose from, and how wide each is. */

/** In the order in which they stand. `name` is always there. */
export const columns = [
  'name',
  'state',
  'health',
  'site',
  'tags',
  'group',
  'model',
  'firmware',
  'address',
  'kind',
  'channels',
  'clock',
  'serial',
  'mac',
  'since',
  'added',
] as const
export type Column = (typeof columns)[number]

/** What is shown until somebody chooses. */
export const usualColumns: readonly Column[] = ['name', 'state', 'health', 'site', 'tags', 'model', 'address', 'since']

/** In rem, the least of each; what is left over is shared out in the same measure, the name's twice. */
export const widths: Readonly<Record<Column, number>> = {
  name: 14,
  state: 11,
  health: 6,
  site: 7.5,
  tags: 9.5,
  group: 7,
  model: 9.5,
  firmware: 11.5,
  address: 10.5,
  kind: 8.5,
  channels: 6.5,
  clock: 6,
  serial: 13,
  mac: 9.5,
  since: 5.5,
  added: 10,
}

/** `name,state,site` as it stands in the address of the page; undefined where that is the usual choice. */
export const writeColumns = (shown: readonly Column[]): string | undefined =>
  shown.join() === usualColumns.join() ? undefined : shown.join()

/** Reads it; what is unknown is left out. */
export const readColumns = (text: string | undefined): readonly Column[] => {
  if (text === undefined) return usualColumns
  const named = text.split(',')
  return columns.filter((column) => column === 'name' || named.includes(column))
}
