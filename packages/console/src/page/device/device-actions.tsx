// SPDX-License-Identifier: Apache-2.0
/** What can be done with a device, by whoever may: reboot, check now, rename, change, remove. */
import { Button, Group, Menu, Modal, Text, Tooltip } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type Device, type Order, RebootDevice, RefreshDevice, RemoveDevice } from '@openhmp/contract'
import { IconDots, IconPencil, IconPower, IconRefresh, IconTrash } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { mergeOrder } from '../../api/merge.ts'
import { noteDevice, noteDevices } from '../../api/note-devices.ts'
import { ordersQuery, sessionQuery } from '../../api/queries.ts'
import { Problem } from '../../part/problem.tsx'
import { EditDevice } from './edit-device.tsx'

export function DeviceActions({ device }: { device: Device }) {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const permissions = useQuery(sessionQuery).data?.permissions ?? []
  const mayConfigure = permissions.includes('device.configure')
  const mayReboot = permissions.includes('device.reboot')
  const [open, setOpen] = useState<'reboot' | 'remove' | 'edit'>()
  const close = () => setOpen(undefined)
  const params = { id: device.id }

  const reboot = useMutation({
    mutationFn: () => call(RebootDevice, { params }),
    onSuccess: (order) => {
      queries.setQueryData<Order[]>(ordersQuery(device.id).queryKey, (old) => mergeOrder(old ?? [], order))
      notifications.show({ message: t('device.rebootAsked') })
      close()
    },
  })
  const refresh = useMutation({
    mutationFn: () => call(RefreshDevice, { params }),
    onSuccess: (fresh) => {
      noteDevice(fresh)
      notifications.show({ message: t('device.refreshed') })
    },
  })
  const remove = useMutation({
    mutationFn: () => call(RemoveDevice, { params }),
    onSuccess: async () => {
      await navigate({ to: '/devices' })
      noteDevices(new Map([[device.id, null]]))
      notifications.show({ message: t('device.removed', { name: device.name }) })
    },
  })
  const isRestarting = device.state.state === 'restarting'
  return (
    <>
      {mayReboot && device.deviceType !== 'agent' && (
        <Tooltip label={t('device.rebootOnlyIsapi')} disabled={device.kind !== 'rtsp'}>
          <Button
            variant="default"
            leftSection={<IconPower size={18} />}
            disabled={device.kind === 'rtsp' || isRestarting}
            loading={isRestarting}
            onClick={() => {
              reboot.reset()
              setOpen('reboot')
            }}
          >
            {t('device.reboot')}
          </Button>
        </Tooltip>
      )}
      {mayConfigure && (
        <>
          <Button
            variant="default"
            leftSection={<IconRefresh size={18} />}
            loading={refresh.isPending}
            onClick={() => refresh.mutate()}
          >
            {t('device.refresh')}
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default" px="xs" aria-label={t('device.more')}>
                <IconDots size={18} />
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setOpen('edit')}>
                {t('device.edit')}
              </Menu.Item>
              <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={() => setOpen('remove')}>
                {t('device.remove')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </>
      )}
      {refresh.error && <Problem error={refresh.error} />}
      <Confirm
        isOpen={open === 'reboot'}
        title={t('device.rebootTitle', { name: device.name })}
        text={t('device.rebootText')}
        action={t('device.rebootConfirm')}
        isBusy={reboot.isPending}
        error={reboot.error}
        onClose={close}
        onConfirm={() => reboot.mutate()}
      />
      <Confirm
        isOpen={open === 'remove'}
        title={t('device.removeTitle', { name: device.name })}
        text={t('device.removeText')}
        action={t('device.remove')}
        isBusy={remove.isPending}
        error={remove.error}
        onClose={close}
        onConfirm={() => remove.mutate()}
      />
      {open === 'edit' && <EditDevice device={device} onClose={close} />}
    </>
  )
}

interface ConfirmProps {
  isOpen: boolean
  title: string
  text: string
  action: string
  isBusy: boolean
  error: unknown
  onClose: () => void
  onConfirm: () => void
}

function Confirm({ isOpen, title, text, action, isBusy, error, onClose, onConfirm }: ConfirmProps) {
  const { t } = useTranslation()
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <Text mb="md">{text}</Text>
      {error ? <Problem error={error} /> : null}
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose} data-autofocus>
          {t('common.cancel')}
        </Button>
        <Button color="red.8" loading={isBusy} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Modal>
  )
}
