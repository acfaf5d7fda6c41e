// SPDX-License-Identifier: Apache-2.0
/** The settings as the page edits them: every field a text, secrets empty until they are typed. */
import type { GroupGrant, SignOnSettings, SignOnWish } from '@openhmp/contract'

export interface OidcDraft {
  isOn: boolean
  label: string
  issuer: string
  clientId: string
  secret: string
  address: string
  scopes: string
  nameClaim: string
  groupsClaim: string
  ca: string
}

export interface Draft extends Pick<SignOnWish, 'makesPeople' | 'passwords'> {
  oidc: OidcDraft
  groups: readonly GroupGrant[]
}

/** `here`: where the browser reaches this server. */
export const draftOf = (settings: SignOnSettings, here: string): Draft => {
  const { oidc, ...rest } = settings
  const first = {
    ...{ isOn: true, label: '', issuer: '', clientId: '', address: here },
    ...{ scopes: 'openid profile', nameClaim: 'preferred_username', groupsClaim: 'groups' },
  }
  const { hasSecret: _, ca, ...known } = oidc ?? { ...first, hasSecret: false, ca: null }
  return { ...rest, oidc: { ...known, secret: '', ca: ca ?? '' } }
}

/** What is sent; a provider without issuer is none. */
export const wishOf = ({ oidc: { secret, ca, ...oidc }, groups, ...rest }: Draft): SignOnWish => ({
  ...rest,
  groups: groups.filter(({ group }) => group.trim() !== ''),
  oidc:
    oidc.issuer.trim() === ''
      ? null
      : { ...oidc, ca: ca.trim() === '' ? null : ca, ...(secret === '' ? {} : { secret }) },
})
