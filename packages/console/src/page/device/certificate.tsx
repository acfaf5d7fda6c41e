// SPDX-License-Identifier: Apache-2.0
/** A device whose certificate changed is told nothing until somebody has looked at the new one and accepts it. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { AcceptDeviceCertificate, type Device, type DeviceCertificate, GetDeviceCertificate } from '@openhmp/contract'
import { IconCertificate } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { noteDevice } from '../../api/note-devices.ts'
import { sessionQuery } from '../../api/queries.ts'
import { Problem } from '../../part/problem.tsx'
import { useFormat } from '../../part/time.tsx'
import css from './device.module.css'

export function CertificateAlert({ device }: { device: Device }) {
  const { t } = useTranslation()
  const mayConfigure = useQuery(sessionQuery).data?.permissions.includes('device.configure') ?? false
  const [isOpen, setOpen] = useState(false)
  if (device.state.cause?.code !== 'tls.pin') return null
  return (
    <Alert color="orange" icon={<IconCertificate />} title={t('certificate.changed')}>
      <Text size="sm" mb="sm">
        {t('certificate.changedText')}
      </Text>
      {mayConfigure && (
        <Button variant="default" size="xs" onClick={() => setOpen(true)}>
          {t('certificate.look')}
        </Button>
      )}
      {isOpen && <CertificateDialog device={device} onClose={() => setOpen(false)} />}
    </Alert>
  )
}

function CertificateDialog({ device, onClose }: { device: Device; onClose: () => void }) {
  const { t } = useTranslation()
  const params = { id: device.id }
  const shown = useQuery({
    queryKey: ['certificate', device.id],
    queryFn: ({ signal }) => call(GetDeviceCertificate, { params, signal }),
    staleTime: 0,
    gcTime: 0,
  })
  const accept = useMutation({
    mutationFn: (fingerprint: string) => call(AcceptDeviceCertificate, { params, body: { fingerprint } }),
    onSuccess: (fresh) => {
      noteDevice(fresh)
      onClose()
    },
  })
  const { data } = shown
  return (
    <Modal opened onClose={onClose} title={t('certificate.title', { name: device.name })} size="lg">
      <Stack>
        {data && <CertificateFacts certificate={data} />}
        {shown.error && <Problem error={shown.error} onRetry={() => void shown.refetch()} />}
        {accept.error && <Problem error={accept.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {t('common.cancel')}
          </Button>
          <Button
            color="orange.9"
            disabled={!data}
            loading={accept.isPending}
            onClick={() => data && accept.mutate(data.shown)}
          >
            {t('certificate.accept')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function CertificateFacts({ certificate }: { certificate: DeviceCertificate }) {
  const { t } = useTranslation()
  const format = useFormat()
  const rows = [
    [t('certificate.subject'), certificate.subject],
    [t('certificate.issuer'), certificate.issuer],
    [t('certificate.valid'), `${format.dateTime(certificate.validFrom)} – ${format.dateTime(certificate.validTo)}`],
    [t('certificate.shown'), colons(certificate.shown)],
    [t('certificate.pinned'), certificate.pinned === null ? '–' : colons(certificate.pinned)],
  ] as const
  return (
    <dl className={css['facts']}>
      {rows.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const colons = (hex: string): string => hex.toUpperCase().replace(/(..)(?=.)/g, '$1:')
