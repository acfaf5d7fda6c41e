// SPDX-License-Identifier: Apache-2.0
/** What can be done with the chosen devices, by whoever may. What takes time becomes a job, and its page is opened. */
import { ActionIcon, Button, Group, Modal, Text, Tooltip } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { CheckDevices, type Device, type Job, PlanDesired, RebootDevices, RemoveDevices } from '@openhmp/contract'
import { IconListCheck, IconPower, type IconProps, IconRefresh, IconTags, IconTrash, IconX } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ComponentType, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { noteDevices } from '../../api/note-devices.ts'
import { sessionQuery } from '../../api/queries.ts'
import { Problem } from '../../part/problem.tsx'
import css from './devices.module.css'
import { LabelsDialog } from './labels-dialog.tsx'

interface Props {
  devices: readonly Device[]
  all: readonly Device[]
  /** Of the chosen ones, those that the filters hide. */
  hiddenCount: number
  onNone: () => void
}

export function Deeds({ devices, all, hiddenCount, onNone }: Props) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const isShort = useMediaQuery('(max-width: 1100px)', false, { getInitialValueInEffect: false })
  const permissions = useQuery(sessionQuery).data?.everywhere ?? []
  const mayConfigure = permissions.includes('device.configure')
  const mayReboot = permissions.includes('device.reboot')
  const [open, setOpen] = useState<'labels' | 'reboot' | 'remove'>()
  const count = devices.length
  const ids = devices.map(({ id }) => id)
  const toJob = (job: Job) => navigate({ to: '/fleet/$id', params: { id: job.id } })
  const close = () => setOpen(undefined)

  const check = useMutation({ mutationFn: () => call(CheckDevices, { body: { devices: ids } }), onSuccess: toJob })
  const plan = useMutation({ mutationFn: () => call(PlanDesired, { body: { devices: ids } }), onSuccess: toJob })
  const reboot = useMutation({ mutationFn: () => call(RebootDevices, { body: { devices: ids } }), onSuccess: toJob })
  const remove = useMutation({
    mutationFn: () => call(RemoveDevices, { body: { devices: ids } }),
    onSuccess: ({ removed }) => {
      noteDevices(new Map(ids.map((id) => [id, null])))
      notifications.show({ message: t('devices.removed', { count: removed }) })
      close()
      onNone()
    },
  })
  const button = (
    label: string,
    Icon: ComponentType<IconProps>,
    onClick: () => void,
    isBusy = false,
    color?: string,
  ) =>
    isShort ? (
      <Tooltip label={label} key={label}>
        <ActionIcon variant="default" size="lg" aria-label={label} loading={isBusy} onClick={onClick}>
          <Icon size={18} {...(color ? { color } : {})} />
        </ActionIcon>
      </Tooltip>
    ) : (
      <Button
        key={label}
        variant="default"
        size="sm"
        leftSection={<Icon size={18} {...(color ? { color } : {})} />}
        loading={isBusy}
        onClick={onClick}
      >
        {label}
      </Button>
    )
  const error = check.error ?? plan.error
  return (
    <>
      {error && (
        <div className={css['deedError']}>
          <Problem error={error} />
        </div>
      )}
      <div className={css['deeds']} role="toolbar" aria-label={t('devices.deeds')}>
        <span className={css['deedCount']} role="status">
          {t('devices.chosen', { count })}
          {hiddenCount > 0 && (
            <span className={css['hidden']}>{t('devices.chosenHidden', { count: hiddenCount })}</span>
          )}
        </span>
        <span className={css['deedButtons']}>
          {mayConfigure && button(t('devices.labels'), IconTags, () => setOpen('labels'))}
          {mayConfigure && button(t('device.refresh'), IconRefresh, () => check.mutate(), check.isPending)}
          {button(t('devices.plan'), IconListCheck, () => plan.mutate(), plan.isPending)}
          {mayReboot && button(t('device.reboot'), IconPower, () => setOpen('reboot'))}
          {mayConfigure &&
            button(t('device.remove'), IconTrash, () => setOpen('remove'), false, 'var(--mantine-color-error)')}
        </span>
        <Tooltip label={t('devices.chooseNone')}>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label={t('devices.chooseNone')} onClick={onNone}>
            <IconX size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
      {open === 'labels' && <LabelsDialog devices={devices} all={all} onClose={close} />}
      <Sure
        isOpen={open === 'reboot'}
        title={t('devices.rebootTitle', { count })}
        text={t('devices.rebootText')}
        action={t('devices.rebootConfirm', { count })}
        names={devices}
        mutation={reboot}
        onClose={close}
      />
      <Sure
        isOpen={open === 'remove'}
        title={t('devices.removeTitle', { count })}
        text={t('devices.removeText')}
        action={t('devices.removeConfirm', { count })}
        names={devices}
        mutation={remove}
        onClose={close}
      />
    </>
  )
}

/** Names that are told before it is done. */
const NAMED = 8

interface SureProps {
  isOpen: boolean
  title: string
  text: string
  action: string
  names: readonly Device[]
  mutation: { mutate: () => void; isPending: boolean; error: Error | null }
  onClose: () => void
}

function Sure({ isOpen, title, text, action, names, mutation, onClose }: SureProps) {
  const { t } = useTranslation()
  const more = names.length - NAMED
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <Text mb="xs">{text}</Text>
      <Text size="sm" c="dimmed" mb="md">
        {names
          .slice(0, NAMED)
          .map(({ name }) => name)
          .join(', ')}
        {more > 0 && ` ${t('devices.andMore', { count: more })}`}
      </Text>
      {mutation.error && <Problem error={mutation.error} />}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button color="red.8" loading={mutation.isPending} onClick={() => mutation.mutate()}>
          {action}
        </Button>
      </Group>
    </Modal>
  )
}
