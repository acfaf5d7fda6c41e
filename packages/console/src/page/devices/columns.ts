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

/** In rem. The name takes what is left, and never less than this. */
export const widths: Readonly<Record<Column, number>> = {
  name: 17,
  state: 11,
  health: 7,
  site: 9,
  tags: 10.5,
  group: 8,
  model: 11,
  firmware: 11.5,
  address: 12.5,
  kind: 8.5,
  channels: 6.5,
  clock: 7,
  serial: 14,
  mac: 10,
  since: 6.5,
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
