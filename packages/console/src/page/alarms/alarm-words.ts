// SPDX-License-Identifier: Apache-2.0
import type { Alarm } from '@openhmp/contract'
import { useTranslation } from 'react-i18next'
import { problemText } from '../../text/problem.ts'

/** Why nobody knows whether it goes on; undefined while that is known. */
export const useUnknownWords = () => {
  const { t, i18n } = useTranslation()
  return ({ event, unknownBecause }: Pick<Alarm, 'event' | 'unknownBecause'>): string | undefined => {
    if (event.state !== 'unknown') return undefined
    if (unknownBecause === null) return t('events.unknownHelp')
    const { code, text } = unknownBecause
    return t('alarms.unknownBecause', { cause: problemText(i18n.language, code, text) })
  }
}
