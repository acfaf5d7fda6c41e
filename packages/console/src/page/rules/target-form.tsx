// SPDX-License-Identifier: Apache-2.0
/** A target, new or changed. Its kind is chosen first and stays; passwords go in and never come back. */
import {
  Accordion,
  Button,
  CopyButton,
  Group,
  Modal,
  PasswordInput,
  SegmentedControl,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { AddTarget, ChangeTarget, type NotifyTarget, type WayKind } from '@openhmp/contract'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { Problem } from '../../part/problem.tsx'
import { reloadRules } from './queries.ts'
import css from './rules.module.css'
import { draftOf, type TargetDraft, wayOf } from './target-draft.ts'
import { MailFields, MqttFields } from './way-fields.tsx'

const KINDS: readonly WayKind[] = ['email', 'mqtt', 'webhook', 'push']

interface Props {
  /** Null: a new one. */
  target: NotifyTarget | null
  onClose: () => void
}

export function TargetForm({ target, onClose }: Props) {
  const { t } = useTranslation()
  const [draft, setDraft] = useState(() => draftOf(target))
  const set = (change: Partial<TargetDraft>) => setDraft({ ...draft, ...change })
  const { kind } = draft
  const hasAccount = kind === 'email' || kind === 'mqtt'
  const save = useMutation({
    mutationFn: async () => {
      const { name, password } = draft
      const body = { name, way: wayOf(draft), ...(password === '' ? {} : { password }) }
      if (!target) return (await call(AddTarget, { body })).secret
      await call(ChangeTarget, { params: { id: target.id }, body })
      return null
    },
    onSuccess: async (secret) => {
      await reloadRules()
      if (secret === null) onClose()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate()
  }
  const field = (name: 'name' | 'url' | 'userName' | 'password' | 'ca') => ({
    value: draft[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) => set({ [name]: value }),
  })
  if (save.data)
    return (
      <Modal opened onClose={onClose} title={t('rules.secret')}>
        <Secret secret={save.data} onClose={onClose} />
      </Modal>
    )
  return (
    <Modal opened onClose={onClose} title={target ? target.name : t('rules.addTarget')} size="lg">
      <form onSubmit={submit}>
        <Stack>
          {!target && (
            <SegmentedControl
              fullWidth
              className={css['kinds']!}
              data={KINDS.map((value) => ({ value, label: t(`rules.way_${value}`) }))}
              value={kind}
              onChange={(value) => setDraft({ ...draftOf(null, value as WayKind), name: draft.name })}
            />
          )}
          <Text size="sm" c="dimmed">
            {t(`rules.wayHelp_${kind}`)}
          </Text>
          <TextInput label={t('rules.name')} required withAsterisk={false} maxLength={80} {...field('name')} />
          {kind === 'webhook' && (
            <TextInput
              label={t('rules.url')}
              type="url"
              required
              withAsterisk={false}
              maxLength={2000}
              {...field('url')}
            />
          )}
          {kind === 'email' && <MailFields draft={draft} set={set} />}
          {kind === 'mqtt' && <MqttFields draft={draft} set={set} />}
          {hasAccount && (
            <>
              <div className={css['pair']}>
                <TextInput label={t('rules.userName')} autoComplete="off" maxLength={255} {...field('userName')} />
                <PasswordInput
                  label={t('rules.password')}
                  placeholder={target?.hasPassword ? t('rules.passwordKept') : ''}
                  autoComplete="new-password"
                  maxLength={500}
                  {...field('password')}
                />
              </div>
              <Accordion variant="contained">
                <Accordion.Item value="more">
                  <Accordion.Control>{t('rules.advanced')}</Accordion.Control>
                  <Accordion.Panel>
                    <Textarea
                      label={t('rules.ca')}
                      description={t('rules.caHelp')}
                      autosize
                      minRows={2}
                      maxRows={8}
                      {...field('ca')}
                    />
                  </Accordion.Panel>
                </Accordion.Item>
              </Accordion>
            </>
          )}
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

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Stack>
      <Text size="sm">{t('rules.secretHelp')}</Text>
      <TextInput readOnly aria-label={t('rules.secret')} value={secret} className="number" />
      <Group justify="flex-end">
        <CopyButton value={secret}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              {copied ? t('rules.copied') : t('rules.copy')}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>{t('common.close')}</Button>
      </Group>
    </Stack>
  )
}
