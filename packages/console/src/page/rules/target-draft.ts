// SPDX-License-Identifier: Apache-2.0
/** A target as it is typed: every field a text. */
import type { NotifyTarget, Way, WayKind } from '@openhmp/contract'

/** Fields of all kinds together. */
export interface TargetDraft {
  readonly kind: WayKind
  readonly name: string
  readonly url: string
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls' | 'none'
  readonly isTls: boolean
  readonly userName: string
  readonly password: string
  readonly from: string
  readonly to: string
  readonly topic: string
  readonly discovery: string
  readonly ca: string
}

const blank: Omit<TargetDraft, 'kind' | 'port'> = {
  ...{ name: '', url: 'https://', host: '', security: 'starttls', isTls: false, userName: '', password: '' },
  ...{ from: '', to: '', topic: 'openhmp', discovery: 'homeassistant', ca: '' },
}

/** Where such servers listen, by their encryption. */
export const portOf = (kind: WayKind, isTls: boolean): number => {
  if (kind === 'mqtt') return isTls ? 8883 : 1883
  return isTls ? 465 : 587
}

/** To begin with. */
export const draftOf = (target: NotifyTarget | null, kind: WayKind = 'email'): TargetDraft => {
  if (!target) return { ...blank, kind, port: portOf(kind, false) }
  const { name, way } = target
  const rest = { ...blank, name, port: 0, kind: way.kind }
  if (way.kind === 'push') return rest
  if (way.kind === 'webhook') return { ...rest, url: way.url }
  const known = { ...rest, host: way.host, port: way.port, userName: way.userName ?? '', ca: way.ca ?? '' }
  if (way.kind === 'email') return { ...known, security: way.security, from: way.from, to: way.to.join(', ') }
  return { ...known, isTls: way.isTls, topic: way.topic, discovery: way.discovery ?? '' }
}

/** What is sent of it. */
export const wayOf = (draft: TargetDraft): Way => {
  const { kind, host, port, security, isTls, from, topic } = draft
  const account = { userName: draft.userName.trim() || null, ca: draft.ca.trim() || null }
  switch (kind) {
    case 'webhook':
      return { kind, url: draft.url.trim() }
    case 'push':
      return { kind }
    case 'mqtt':
      return {
        kind,
        host: host.trim(),
        port,
        isTls,
        topic: topic.trim(),
        discovery: draft.discovery.trim() || null,
        ...account,
      }
    case 'email': {
      const to = draft.to.split(/[\s,;，；]+/).filter(Boolean)
      return { kind, host: host.trim(), port, security, from: from.trim(), to, ...account }
    }
  }
}
