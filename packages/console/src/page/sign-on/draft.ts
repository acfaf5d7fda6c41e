// SPDX-License-Identifier: Apache-2.0
/** The settings as the page edits them: every field a text, secrets empty until they are typed. */
import type { GroupGrant, SignOnSettings, SignOnWish } from '@openhmp/contract'

type Typed<T extends { hasSecret: boolean; ca: string | null }> = Omit<T, 'hasSecret' | 'ca'> & {
  secret: string
  ca: string
}
export type OidcDraft = Typed<NonNullable<SignOnSettings['oidc']>>
export type DirectoryDraft = Typed<NonNullable<SignOnSettings['directory']>>

export interface Draft extends Pick<SignOnWish, 'makesPeople' | 'passwords'> {
  oidc: OidcDraft
  directory: DirectoryDraft
  groups: readonly GroupGrant[]
}

const typed = <T extends { hasSecret: boolean; ca: string | null }>({ hasSecret: _, ca, ...known }: T) => ({
  ...known,
  ca: ca ?? '',
  secret: '',
})

/** `here`: where the browser reaches this server. */
export const draftOf = ({ oidc, directory, ...rest }: SignOnSettings, here: string): Draft => ({
  ...rest,
  oidc: typed(
    oidc ?? {
      ...{ isOn: true, label: '', issuer: '', clientId: '', address: here, hasSecret: false, ca: null },
      ...{ scopes: 'openid profile', nameClaim: 'preferred_username', groupsClaim: 'groups' },
    },
  ),
  directory: typed(
    directory ?? {
      ...{ isOn: true, url: '', bindDn: '', base: '', hasSecret: false, ca: null },
      ...{ filter: '(&(objectClass=person)(uid={name}))', idAttribute: 'entryUUID', nameAttribute: 'cn' },
      ...{ groupsAttribute: 'memberOf', groupFilter: '' },
    },
  ),
})

const wished = <T extends { secret: string; ca: string }>({ secret, ca, ...known }: T) => ({
  ...known,
  ca: ca.trim() === '' ? null : ca,
  ...(secret === '' ? {} : { secret }),
})

/** Where no text for the button was typed. */
const hostOf = (issuer: string): string => (URL.canParse(issuer) ? new URL(issuer).host.slice(0, 40) : 'OpenID')

/** What is sent; a provider or a directory without address is none. */
export const wishOf = ({ oidc, directory, groups, ...rest }: Draft): SignOnWish => ({
  ...rest,
  groups: groups.filter(({ group }) => group.trim() !== ''),
  oidc: oidc.issuer.trim() === '' ? null : wished({ ...oidc, label: oidc.label.trim() || hostOf(oidc.issuer) }),
  directory: directory.url.trim() === '' ? null : wished(directory),
})
