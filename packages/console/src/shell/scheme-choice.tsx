// SPDX-License-Identifier: Apache-2.0
/** Dark, light, or as the system has it. */
import { SegmentedControl, Text, useMantineColorScheme } from '@mantine/core'
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import css from './account-menu.module.css'

const schemes = [
  { value: 'auto', icon: IconDeviceDesktop, key: 'schemeAuto' },
  { value: 'dark', icon: IconMoon, key: 'schemeDark' },
  { value: 'light', icon: IconSun, key: 'schemeLight' },
] as const

export function SchemeChoice() {
  const { t } = useTranslation()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <div>
      <Text size="xs" c="dimmed" mb={4}>
        {t('nav.scheme')}
      </Text>
      <SegmentedControl
        fullWidth
        size="xs"
        aria-label={t('nav.scheme')}
        value={colorScheme}
        onChange={(value) => setColorScheme(value as typeof colorScheme)}
        data={schemes.map(({ value, icon: Icon, key }) => ({
          value,
          label: (
            <span className={css['choice']}>
              <Icon size={15} aria-hidden="true" />
              {t(`nav.${key}`)}
            </span>
          ),
        }))}
      />
    </div>
  )
}
