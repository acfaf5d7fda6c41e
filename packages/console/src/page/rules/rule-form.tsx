// SPDX-License-Identifier: Apache-2.0
/** A rule, new or changed: when, only if, then. How often it would have fired stands below while it is made. */
import { Accordion, Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { AddRule, ChangeRule, type NewRule, type Rule, type When } from '@openhmp/contract'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { devicesQuery } from '../../api/queries.ts'
import { Problem } from '../../part/problem.tsx'
import { DeedFields, firstDeed } from './deed-fields.tsx'
import { HoursField } from './hours-field.tsx'
import { CalmFields, OnlyIfFields } from './only-if-fields.tsx'
import { Past } from './past.tsx'
import { reloadRules, targetsQuery } from './queries.ts'
import css from './rules.module.css'
import { WhenFields } from './when-fields.tsx'

const anything: When = {
  ...{ kinds: [], devices: [], cameras: [], sites: [], tags: [], moments: ['began'], hours: [], arming: null },
  ...{ regions: [], targets: [], minSeconds: 0, after: null },
}

interface Props {
  /** Null: a new one. */
  rule: Rule | null
  onClose: () => void
}

export function RuleForm({ rule, onClose }: Props) {
  const { t } = useTranslation()
  const devices = useQuery(devicesQuery).data ?? []
  const targets = useQuery(targetsQuery).data ?? []
  const [draft, setDraft] = useState<NewRule>(() => {
    if (!rule)
      return { name: '', isOn: true, when: anything, holdDownSeconds: 0, groupSeconds: 0, deeds: [firstDeed(targets)] }
    const { id: _, createdAt: __, by: ___, ...wish } = rule
    return wish
  })
  const set = (change: Partial<NewRule>) => setDraft({ ...draft, ...change })
  const { when } = draft
  const save = useMutation({
    mutationFn: () =>
      rule ? call(ChangeRule, { params: { id: rule.id }, body: draft }) : call(AddRule, { body: draft }),
    onSuccess: async () => {
      await reloadRules()
      onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const isSpecial =
    when.arming !== null || when.minSeconds > 0 || when.after !== null || when.regions.length + when.targets.length > 0
  return (
    <Modal opened onClose={onClose} title={rule ? rule.name : t('rules.add')} size="xl">
      <form onSubmit={submit}>
        <Stack gap="lg">
          <TextInput
            label={t('rules.name')}
            required
            withAsterisk={false}
            data-autofocus
            maxLength={80}
            value={draft.name}
            onChange={({ currentTarget: { value } }) => set({ name: value })}
          />
          <fieldset className={css['part']}>
            <legend>{t('rules.formWhen')}</legend>
            <WhenFields when={when} devices={devices} set={(change) => set({ when: { ...when, ...change } })} />
            <HoursField hours={when.hours} onChange={(hours) => set({ when: { ...when, hours } })} />
          </fieldset>
          <Accordion variant="contained" multiple defaultValue={isSpecial ? ['more'] : []}>
            <Accordion.Item value="more">
              <Accordion.Control>{t('rules.more')}</Accordion.Control>
              <Accordion.Panel>
                <Stack>
                  <OnlyIfFields rule={draft} set={set} />
                </Stack>
              </Accordion.Panel>
            </Accordion.Item>
            <Accordion.Item value="calm">
              <Accordion.Control>{t('rules.calm')}</Accordion.Control>
              <Accordion.Panel>
                <CalmFields rule={draft} set={set} />
              </Accordion.Panel>
            </Accordion.Item>
          </Accordion>
          <fieldset className={css['part']}>
            <legend>{t('rules.formThen')}</legend>
            <DeedFields deeds={draft.deeds} targets={targets} devices={devices} onChange={(deeds) => set({ deeds })} />
          </fieldset>
          <Past rule={draft} />
          {save.error && <Problem error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={save.isPending}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
