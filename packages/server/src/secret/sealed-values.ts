// SPDX-License-Identifier: Apache-2.0
/** All that is sealed in the database, wherever it stands: what has to be sealed anew when the key is replaced. */
import type { Compilable } from 'kysely'
import { appSecretPlace } from '../access/factors.ts'
import { SIGN_ON_SETTING, signOnPlace } from '../access/sign-on-settings.ts'
import { GIVEN_PASSWORD } from '../account/password-job.ts'
import { deviceSecretPlace } from '../fleet/device-row.ts'
import { authorityPlace, DEVICE_AUTHORITY_SETTING } from '../link/device-authority.ts'
import { subscriptionPlace } from '../rule/subscriptions.ts'
import { targetSecretPlace } from '../rule/targets.ts'
import { VAPID_SETTING, vapidPlace } from '../rule/vapid.ts'
import type { Store } from '../store/store.ts'
import type { Place } from './sealer.ts'

/** One of them. */
export interface SealedValue {
  readonly place: Place
  readonly sealed: string
  /** Puts another in its place, unless somebody has meanwhile. */
  replace(by: string): Compilable
}

/** Those of the table of devices, page by page; the rest are few. */
const PAGE = 500

/** All of them, a page at a time. */
export async function* sealedValues({ db }: Store): AsyncGenerator<SealedValue[]> {
  for (const field of ['secret', 'nextSecret'] as const)
    for (let after = ''; ; ) {
      const rows = await db
        .selectFrom('device')
        .select(['id', field])
        .where('id', '>', after)
        .orderBy('id')
        .limit(PAGE)
        .execute()
      yield rows.flatMap((row) => {
        const sealed = row[field as keyof typeof row] as string | null
        const update = (by: string) =>
          db
            .updateTable('device')
            .set({ [field]: by })
            .where('id', '=', row.id)
            .where(field, '=', sealed)
        return sealed === null ? [] : [{ place: deviceSecretPlace(row.id, field), sealed, replace: update }]
      })
      if (rows.length < PAGE) break
      after = rows.at(-1)!.id
    }
  const targets = await db.selectFrom('target').select(['id', 'secret']).where('secret', 'is not', null).execute()
  yield targets.map(({ id, secret }) => ({
    ...{ place: targetSecretPlace(id), sealed: secret! },
    replace: (by) => db.updateTable('target').set({ secret: by }).where('id', '=', id).where('secret', '=', secret),
  }))
  const subscriptions = await db.selectFrom('pushSubscription').select(['id', 'sealed']).execute()
  yield subscriptions.map(({ id, sealed }) => ({
    ...{ place: subscriptionPlace(id), sealed },
    replace: (by) => db.updateTable('pushSubscription').set({ sealed: by }).where('id', '=', id),
  }))
  const apps = await db.selectFrom('secondFactor').select(['userId', 'appSecret']).execute()
  yield apps.flatMap(({ userId, appSecret }) => {
    const update = (by: string) =>
      db
        .updateTable('secondFactor')
        .set({ appSecret: by })
        .where('userId', '=', userId)
        .where('appSecret', '=', appSecret)
    return appSecret === null ? [] : [{ place: appSecretPlace(userId), sealed: appSecret, replace: update }]
  })
  const jobs = await db.selectFrom('job').select(['id', 'specJson']).where('kind', '=', 'password').execute()
  yield jobs.flatMap(({ id, specJson }) => {
    const { given } = JSON.parse(specJson) as { given?: string }
    const update = (by: string) =>
      db
        .updateTable('job')
        .set({ specJson: specJson.replace(given!, by) })
        .where('id', '=', id)
        .where('specJson', '=', specJson)
    return given === undefined ? [] : [{ place: GIVEN_PASSWORD, sealed: given, replace: update }]
  })
  yield* settings({ db })
}

/** Sealed inside the JSON of a setting. */
async function* settings({ db }: Pick<Store, 'db'>): AsyncGenerator<SealedValue[]> {
  const within: readonly (readonly [
    key: string,
    place: Place,
    at: (value: SettingValue) => string | null | undefined,
  ])[] = [
    [VAPID_SETTING, vapidPlace, ({ privateKey }) => privateKey],
    [DEVICE_AUTHORITY_SETTING, authorityPlace, ({ key }) => key],
    [SIGN_ON_SETTING, signOnPlace('oidc'), ({ oidc }) => oidc?.sealed],
    [SIGN_ON_SETTING, signOnPlace('directory'), ({ directory }) => directory?.sealed],
  ]
  // One after the other: two of them stand in the same row.
  for (const [key, place, at] of within) {
    const row = await db.selectFrom('setting').select('value').where('key', '=', key).executeTakeFirst()
    const sealed = row && at(JSON.parse(row.value) as SettingValue)
    if (!row || !sealed) continue
    const { value } = row
    const replace = (by: string) =>
      db
        .updateTable('setting')
        .set({ value: value.replace(sealed, by) })
        .where('key', '=', key)
        .where('value', '=', value)
    yield [{ place, sealed, replace }]
  }
}

interface SettingValue {
  readonly privateKey?: string
  readonly key?: string
  readonly oidc?: { readonly sealed: string | null } | null
  readonly directory?: { readonly sealed: string | null } | null
}
