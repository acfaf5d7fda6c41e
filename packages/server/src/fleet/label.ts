// SPDX-License-Identifier: Apache-2.0
/** Site, group and tags of a device after a change of many. Pure. */
import type { LabelDevices, Output } from '@openhmp/contract'
import { Refusal } from '@openhmp/protocol/base'
import type { KnownDevice } from './device-row.ts'

/** What is left out stays. */
export type LabelChange = Omit<Output<(typeof LabelDevices)['body']>, 'devices'>

/** Tags of one device. */
const MAX_TAGS = 30

/** The labels that a device has then. Throws `Refusal` `labels.many` for more tags than a device takes. */
export const labelled = (
  { name, site, group, tags }: Pick<KnownDevice, 'name' | 'site' | 'group' | 'tags'>,
  change: LabelChange,
): Pick<KnownDevice, 'site' | 'group' | 'tags'> => {
  const kept = tags.filter((tag) => !change.removeTags.includes(tag))
  const next = [...new Set([...kept, ...change.addTags])]
  if (next.length > MAX_TAGS)
    throw new Refusal(
      'invalid',
      'labels.many',
      `${name} would have ${next.length} tags, and a device takes ${MAX_TAGS}`,
    )
  return {
    site: change.site === undefined ? site : change.site,
    group: change.group === undefined ? group : change.group,
    tags: next,
  }
}
