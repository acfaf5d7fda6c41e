// SPDX-License-Identifier: Apache-2.0
/** A new plan from a picture, or another name and site for one that is there. */
import { Autocomplete, Button, FileInput, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { AddPlan, ChangePlan, Plan } from '@openhmp/contract'
import { IconUpload } from '@tabler/icons-react'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem, address, call, problemOf } from '../../api/call.ts'
import { notePlan } from '../../api/plan-queries.ts'
import { devicesQuery } from '../../api/queries.ts'
import { labelsOf } from '../../part/label-fields.tsx'
import { Problem } from '../../part/problem.tsx'

interface Props {
  /** Undefined for a new one. */
  plan: Plan | undefined
  onDone: (plan: Plan) => void
  onClose: () => void
}

export function PlanForm({ plan, onDone, onClose }: Props) {
  const { t } = useTranslation()
  const [file, setFile] = useState<File | null>(null)
  const [name, setName] = useState(plan?.name ?? '')
  const [site, setSite] = useState(plan?.site ?? '')
  const all = useQuery(devicesQuery).data
  const sites = useMemo(() => labelsOf(all ?? []).sites, [all])
  const save = useMutation({
    mutationFn: () => (plan ? rename(plan, name, site) : send(file!, name, site)),
    onSuccess: (saved) => {
      notePlan(saved)
      onDone(saved)
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const choose = (chosen: File | null) => {
    setFile(chosen)
    if (chosen && name === '') setName(chosen.name.replace(/\.[a-z]+$/i, '').slice(0, 80))
  }
  return (
    <Modal opened onClose={onClose} title={plan ? t('map.rename') : t('map.add')}>
      <form onSubmit={submit}>
        <Stack>
          {!plan && (
            <FileInput
              label={t('map.file')}
              description={t('map.fileHelp')}
              placeholder={t('map.choosePicture')}
              accept="image/png,image/jpeg"
              required
              withAsterisk={false}
              leftSection={<IconUpload size={16} aria-hidden="true" />}
              onChange={choose}
            />
          )}
          <TextInput
            label={t('map.name')}
            required
            withAsterisk={false}
            maxLength={80}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Autocomplete label={t('labels.site')} data={sites} maxLength={80} value={site} onChange={setSite} />
          {!plan && (
            <Text size="sm" c="dimmed">
              {t('map.addHelp')}
            </Text>
          )}
          {save.error && <Problem error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending} disabled={name.trim() === '' || !(plan ?? file)}>
              {plan ? t('common.save') : t('map.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}

const rename = ({ id, edition, cameras }: Plan, name: string, site: string): Promise<Plan> =>
  call(ChangePlan, { params: { id }, body: { edition, name, site: site.trim() || null, cameras } })

const send = async (file: File, name: string, site: string): Promise<Plan> => {
  const response = await fetch(address(AddPlan, {}, { name, site: site.trim() || undefined }), {
    method: AddPlan.method,
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
  }).catch(() => {
    throw new ApiProblem('network', 'no answer', 0)
  })
  if (!response.ok) throw await problemOf(response)
  return Plan.parse(await response.json())
}
