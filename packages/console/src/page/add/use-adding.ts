// SPDX-License-Identifier: Apache-2.0
/** First a look at the device, then adding it: the two steps that the forms share. */
import { notifications } from '@mantine/notifications'
import { AddDevice, type NewDevice, ProbeDevice } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { noteDevice } from '../../api/note-devices.ts'

export const useAdding = () => {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const probe = useMutation({ mutationFn: (body: NewDevice) => call(ProbeDevice, { body }) })
  const add = useMutation({
    mutationFn: (body: NewDevice) => call(AddDevice, { body }),
    onSuccess: ({ device }) => {
      noteDevice(device)
      notifications.show({ color: 'signal', message: t('add.added', { name: device.name }) })
      void navigate({ to: '/devices/$id', params: { id: device.id } })
    },
  })
  return { probe, add }
}

/** Empty fields are left out, as the contract has it. */
export const orNothing = (text: string): string | undefined => (text.trim() === '' ? undefined : text.trim())
