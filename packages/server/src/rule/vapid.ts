// SPDX-License-Identifier: Apache-2.0
/** The key pair by which push services know this server (VAPID, RFC 8292): made once, the private half sealed. */
import type { Sealer } from '../secret/sealer.ts'
import { Secret } from '../secret/secret.ts'
import type { Store } from '../store/store.ts'

/** The setting that it stands in. */
export const VAPID_SETTING = 'vapid'
/** Where the private half is sealed. */
export const vapidPlace = { table: 'setting', row: VAPID_SETTING, field: 'privateKey' }

/** Both halves, base64url. */
export interface VapidKeys {
  readonly publicKey: string
  readonly privateKey: Secret
}

/** Reads them, or makes them the first time. */
export const loadVapid = async (store: Store, sealer: Sealer): Promise<VapidKeys> => {
  const { default: webPush } = await import('web-push')
  const value = await store.setting(VAPID_SETTING, () => {
    const { publicKey, privateKey } = webPush.generateVAPIDKeys()
    return JSON.stringify({ publicKey, privateKey: sealer.seal(new Secret(privateKey), vapidPlace) })
  })
  const { publicKey, privateKey } = JSON.parse(value) as { publicKey: string; privateKey: string }
  return { publicKey, privateKey: sealer.open(privateKey, vapidPlace) }
}
