// SPDX-License-Identifier: Apache-2.0
/** How grave an alarm is: by shape and colour. */
import type { Severity } from '@openhmp/contract'
import { IconAlertOctagonFilled, IconAlertTriangleFilled, IconInfoCircleFilled } from '@tabler/icons-react'
import css from './severity-mark.module.css'

const icons = { critical: IconAlertOctagonFilled, high: IconAlertTriangleFilled, low: IconInfoCircleFilled } as const

/** Without words: they stand beside it. */
export function SeverityMark({ severity, size = 18 }: { severity: Severity; size?: number }) {
  const Icon = icons[severity]
  return <Icon size={size} aria-hidden="true" className={css['mark']} data-severity={severity} />
}
