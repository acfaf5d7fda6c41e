// SPDX-License-Identifier: Apache-2.0
/** The library of firmware: images are added here, and brought to their models in waves. */
import { Button, FileInput, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { AddFirmware, type Firmware, ListFirmware, RemoveFirmware, RollOutFirmware } from '@openhmp/contract'
import { IconCpu, IconUpload } from '@tabler/icons-react'
import { queryOptions, useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, address, call, problemOf } from '../../api/call.ts'
import { queries } from '../../api/client.ts'
import { sessionQuery } from '../../api/queries.ts'
import page from '../../part/page.module.css'
import { Problem } from '../../part/problem.tsx'
import css from './fleet.module.css'

const firmwareQuery = queryOptions({
  queryKey: ['firmware'],
  queryFn: async ({ signal }) => (await call(ListFirmware, { signal })).firmware,
})

/** One device first, then a twentieth, then a quarter, then the rest; few at a time, and a few failures stop it. */
const CAREFUL = { waves: [1, '5%', '25%', '100%'], concurrency: 4, maxFailures: 2 }

export function FirmwareCard() {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const may = useQuery(sessionQuery).data?.everywhere.includes('device.firmware') ?? false
  const images = useQuery(firmwareQuery)
  const [isAdding, setAdding] = useState(false)
  const rollOut = useMutation({
    mutationFn: (id: string) => call(RollOutFirmware, { params: { id }, body: { rollout: CAREFUL } }),
    onSuccess: (job) => navigate({ to: '/fleet/$id', params: { id: job.id } }),
  })
  const remove = useMutation({
    mutationFn: (id: string) => call(RemoveFirmware, { params: { id } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: firmwareQuery.queryKey }),
  })
  return (
    <section className={page['card']} aria-label={t('firmware.title')}>
      <div className={page['cardHead']}>
        <h2>{t('firmware.title')}</h2>
        {may && (
          <Button variant="subtle" size="compact-sm" onClick={() => setAdding(true)}>
            {t('firmware.add')}
          </Button>
        )}
      </div>
      {[images, rollOut, remove].map(({ error }, i) => error && <Problem key={String(i)} error={error} />)}
      {images.data?.length === 0 && <p className={css['none']}>{t('firmware.none')}</p>}
      <ul className={css['jobs']}>
        {images.data?.map((image) => (
          <li key={image.id}>
            <Words image={image} />
            <span className={page['dim']}>{image.models.join(', ')}</span>
            {may && (
              <Group gap="xs" justify="flex-end" wrap="nowrap">
                <Button size="compact-sm" loading={rollOut.isPending} onClick={() => rollOut.mutate(image.id)}>
                  {t('firmware.rollOut')}
                </Button>
                <Button size="compact-sm" variant="default" onClick={() => remove.mutate(image.id)}>
                  {t('device.remove')}
                </Button>
              </Group>
            )}
          </li>
        ))}
      </ul>
      {isAdding && <AddImage onClose={() => setAdding(false)} />}
    </section>
  )
}

function Words({ image: { name, version, sizeBytes, notes } }: { image: Firmware }) {
  return (
    <div className={css['jobWords']}>
      <span>
        {name} <strong>{version}</strong>
      </span>
      <span className={page['dim']}>
        {(sizeBytes / 1e6).toFixed(1)} MB{notes && ` · ${notes}`}
      </span>
    </div>
  )
}

function AddImage({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation()
  const [file, setFile] = useState<File | null>(null)
  const [version, setVersion] = useState('')
  const [models, setModels] = useState('')
  const add = useMutation({
    mutationFn: async () => {
      if (!file) return
      const response = await fetch(address(AddFirmware, {}, { name: file.name, version, models }), {
        method: AddFirmware.method,
        headers: { 'content-type': 'application/octet-stream' },
        body: file,
      }).catch(() => {
        throw new ApiProblem('network', 'no answer', 0)
      })
      if (!response.ok) throw await problemOf(response)
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: firmwareQuery.queryKey })
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    add.mutate()
  }
  return (
    <Modal opened onClose={onClose} title={t('firmware.add')}>
      <form onSubmit={submit}>
        <Stack>
          <FileInput label={t('firmware.file')} required leftSection={<IconUpload size={16} />} onChange={setFile} />
          <TextInput
            label={t('firmware.version')}
            description={t('firmware.versionHelp')}
            placeholder="V5.7.17"
            required
            value={version}
            onChange={(event) => setVersion(event.currentTarget.value)}
          />
          <TextInput
            label={t('firmware.models')}
            description={t('firmware.modelsHelp')}
            placeholder="DS-2CD2146G2-ISU"
            required
            leftSection={<IconCpu size={16} />}
            value={models}
            onChange={(event) => setModels(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed">
            {t('firmware.addHelp')}
          </Text>
          {add.error && <Problem error={add.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={!file}>
              {t('firmware.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
