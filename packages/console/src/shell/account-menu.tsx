// SPDX-License-Identifier: Apache-2.0
/** Who is signed in, how the page looks, what it speaks, the demo site, and the way out. */
import { Avatar, Menu, SegmentedControl, Text, UnstyledButton, useMantineColorScheme } from '@mantine/core'
import { SignOut } from '@openhmp/contract'
import { IconDeviceDesktop, IconLanguage, IconLogout, IconMoon, IconPlayerStop, IconSun } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { queries } from '../api/client.ts'
import { liveFeed } from '../api/live-feed.ts'
import { sessionQuery } from '../api/queries.ts'
import { rememberSession } from '../api/signed-in.ts'
import { useDemo } from '../part/demo.ts'
import { type Language, languages, speak } from '../text/language.ts'
import css from './account-menu.module.css'

export function AccountMenu() {
  const { t, i18n } = useTranslation()
  const user = useQuery(sessionQuery).data
  const navigate = useNavigate()
  const demo = useDemo()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const leave = useMutation({
    mutationFn: () => call(SignOut, {}),
    onSettled: () => {
      rememberSession(false)
      liveFeed.close()
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'system' })
      void navigate({ to: '/signin' })
    },
  })
  if (!user) return null
  return (
    <Menu position="right-end" width={252} withArrow arrowPosition="side" closeOnItemClick={false}>
      <Menu.Target>
        <UnstyledButton className={css['button']} aria-label={`${t('nav.account')}: ${user.name}`}>
          <Avatar size={38} radius="xl" color="signal" variant="light">
            {user.name.slice(0, 1).toUpperCase()}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={css['who']}>
          <Text size="xs" c="dimmed">
            {t('nav.signedInAs')}
          </Text>
          <Text fw={600} truncate>
            {user.name}
          </Text>
        </div>
        <Menu.Divider />
        <Menu.Label>{t('nav.scheme')}</Menu.Label>
        <div className={css['choice']}>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label={t('nav.scheme')}
            value={colorScheme}
            onChange={(value) => setColorScheme(value as typeof colorScheme)}
            data={[
              { value: 'auto', label: <Choice icon={<IconDeviceDesktop size={16} />} text={t('nav.schemeAuto')} /> },
              { value: 'dark', label: <Choice icon={<IconMoon size={16} />} text={t('nav.schemeDark')} /> },
              { value: 'light', label: <Choice icon={<IconSun size={16} />} text={t('nav.schemeLight')} /> },
            ]}
          />
        </div>
        <Menu.Label>{t('nav.language')}</Menu.Label>
        {(Object.keys(languages) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            leftSection={<IconLanguage size={16} />}
            aria-current={i18n.language === language ? 'true' : undefined}
            className={css['language']}
            onClick={() => void speak(language, true)}
          >
            {languages[language]}
          </Menu.Item>
        ))}
        {demo.isRunning && (
          <>
            <Menu.Divider />
            <Menu.Item leftSection={<IconPlayerStop size={16} />} closeMenuOnClick onClick={demo.stop}>
              {t('demo.stop')}
            </Menu.Item>
          </>
        )}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} closeMenuOnClick onClick={() => leave.mutate()}>
          {t('nav.signOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function Choice({ icon, text }: { icon: React.ReactNode; text: string }) {
  return (
    <span className={css['icon']} title={text}>
      {icon}
      <span className={css['hidden']}>{text}</span>
    </span>
  )
}
