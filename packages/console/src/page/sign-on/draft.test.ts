// SPDX-License-Identifier: Apache-2.0
import { type SignOnSettings, SignOnWish } from '@openhmp/contract'
import { describe, expect, it } from 'vitest'
import { draftOf, wishOf } from './draft.ts'

const here = 'https://cms.example:8443'
const empty: SignOnSettings = { oidc: null, directory: null, groups: [], makesPeople: false, passwords: 'everybody' }

describe('the settings of single sign-on as the page edits them', () => {
  it('are nothing while nothing is typed', () => {
    expect(wishOf(draftOf(empty, here))).toEqual(empty)
  })

  it('are what the server takes, with this server’s own address and a text for the button', () => {
    const draft = draftOf(empty, here)
    const oidc = { ...draft.oidc, issuer: 'https://id.example/realm', clientId: 'cms', secret: 's' }
    const directory = { ...draft.directory, url: 'ldaps://dc.example', base: 'dc=example' }
    const wish = SignOnWish.parse(wishOf({ ...draft, oidc, directory }))
    expect(wish.oidc).toMatchObject({ label: 'id.example', address: here, secret: 's', ca: null, isOn: true })
    expect(wish.directory).toMatchObject({ url: 'ldaps://dc.example', filter: '(&(objectClass=person)(uid={name}))' })
    expect(wish.directory).not.toHaveProperty('secret')
  })

  it('leave a secret that is kept where it is, and rows without a group out', () => {
    const { oidc } = draftOf(empty, here)
    const { secret: _, ...known } = { ...oidc, issuer: 'https://id.example', clientId: 'cms', label: 'x', ca: null }
    const grant = { role: 'viewer', scope: { kind: 'all' as const }, hours: [] }
    const groups = [
      { group: 'guards', grant },
      { group: ' ', grant },
    ]
    const wish = wishOf(draftOf({ ...empty, oidc: { ...known, hasSecret: true }, groups }, here))
    expect(wish.oidc).toEqual(known)
    expect(wish.groups).toEqual([groups[0]])
  })
})
