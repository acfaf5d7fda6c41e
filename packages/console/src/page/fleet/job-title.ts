// SPDX-License-Identifier: Apache-2.0
/** What a job is called: by its kind in the reader's language; by its own title where the kind says too little or is not known here. */
import type { Job } from '@openhmp/contract'
import type { TFunction } from 'i18next'

const kinds = ['plan', 'apply', 'undo', 'password', 'certificate', 'reboot', 'check', 'firmware'] as const

export const jobTitle = (t: TFunction, { kind, title }: Pick<Job, 'kind' | 'title'>): string => {
  const known = kinds.find((each) => each === kind)
  return known === undefined ? title : t(`fleet.kind_${known}`, { title })
}
