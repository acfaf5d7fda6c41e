// SPDX-License-Identifier: Apache-2.0
/** Who is signed in, how the page looks, what it speaks, the demo site, and the way out. */
import { Avatar, Button, Divider, Popover, SegmentedControl, Stack, Text, UnstyledButton } from '@mantine/core'
import { SignOut } from '@openhmp/contract'
import { IconLogout, IconPlayerStop, IconUserCog } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../api/call.ts'
import { queries } from '../api/client.ts'
import { liveFeed } from '../api/live-feed.ts'
import { sessionQuery } from '../api/queries.ts'
import { rememberSession } from '../api/signed-in.ts'
import { useDemo } from '../part/demo.ts'
import { LinkButton } from '../part/link-button.tsx'
import { type Language, languages, speak } from '../text/language.ts'
import css from './account-menu.module.css'
import { SchemeChoice } from './scheme-choice.tsx'

export function AccountMenu() {
  const { t, i18n } = useTranslation()
  const user = useQuery(sessionQuery).data
  const navigate = useNavigate()
  const demo = useDemo()
  const leave = useMutation({
    mutationFn: () => call(SignOut, {}),
    onSettled: async () => {
      rememberSession(false)
      liveFeed.close()
      await navigate({ to: '/signin' })
      // Once no page is left that would ask again.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'system' })
    },
  })
  if (!user) return null
  const label = `${t('nav.account')}: ${user.name}`
  return (
    <Popover
      position="right-end"
      width={268}
      withArrow
      arrowPosition="side"
      trapFocus
      returnFocus
      shadow="lg"
      radius="lg"
    >
      <Popover.Target>
        <UnstyledButton className={css['button']} aria-label={label}>
          <Avatar size={38} radius="xl" color="signal" variant="light">
            {user.name.slice(0, 1).toUpperCase()}
          </Avatar>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>
        <Stack gap="sm">
          <div>
            <Text size="xs" c="dimmed">
              {t('nav.signedInAs')}
            </Text>
            <Text fw={600} truncate>
              {user.name}
            </Text>
          </div>
          <Divider />
          <SchemeChoice />
          <div>
            <Text size="xs" c="dimmed" mb={4}>
              {t('nav.language')}
            </Text>
            <SegmentedControl
              fullWidth
              size="xs"
              aria-label={t('nav.language')}
              value={i18n.language}
              onChange={(language) => void speak(language as Language, true)}
              data={Object.entries(languages).map(([value, name]) => ({ value, label: name }))}
            />
          </div>
          <Divider />
          {user.wall === undefined && (
            <LinkButton to="/account" {...plain} leftSection={<IconUserCog size={16} />}>
              {t('account.title')}
            </LinkButton>
          )}
          {demo.isRunning && (
            <Button {...plain} leftSection={<IconPlayerStop size={16} />} loading={demo.isStopping} onClick={demo.stop}>
              {t('demo.stop')}
            </Button>
          )}
          <Button {...plain} leftSection={<IconLogout size={16} />} onClick={() => leave.mutate()}>
            {t('nav.signOut')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}

const plain = { variant: 'default', size: 'sm', justify: 'flex-start', fullWidth: true } as const
