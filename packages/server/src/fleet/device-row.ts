// SPDX-License-Identifier: Apache-2.0
/** A device as it is kept: a row of the database with its password sealed, opened into what the fleet works with. */
import { DeviceInformation } from '@openhmp/contract'
import type { Selectable } from 'kysely'
import type { Sealer } from '../secret/sealer.ts'
import type { Secret } from '../secret/secret.ts'
import type { Tables } from '../store/schema.ts'

/** What only some kinds of device have. */
export interface DeviceOptions {
  readonly rtspPort?: number | undefined
  /** RTSP devices: the address of the small picture. */
  readonly subAddress?: string | undefined
  readonly transport?: 'tcp' | 'udp' | undefined
  /** SHA-256 of the certificate that was seen first; another one is refused until somebody accepts it. */
  readonly certificate?: string | undefined
}

/** A device that the fleet holds. */
export interface KnownDevice {
  readonly id: string
  readonly name: string
  readonly kind: 'isapi' | 'rtsp' | 'hmp'
  /** Without credentials. For HMP the identity. */
  readonly address: string
  readonly userName: string | null
  /** Password; for HMP the key in base64url. */
  readonly secret: Secret | undefined
  /** The device may have been told this password already: which of the two counts is not known yet. */
  readonly nextSecret?: Secret | undefined
  readonly options: DeviceOptions
  readonly information: DeviceInformation | undefined
  readonly epoch: number
  readonly isDemo: boolean
  readonly addedAt: number
  readonly site: string | null
  readonly tags: readonly string[]
  /** Devices that watch the same place. */
  readonly group: string | null
}

/** Where a device's secrets are sealed. */
export const deviceSecretPlace = (id: string, field: 'secret' | 'nextSecret' = 'secret') => ({
  table: 'device',
  row: id,
  field,
})

/** To the database. */
export const rowOf = (device: KnownDevice, sealer: Sealer): Selectable<Tables['device']> => {
  const { secret, nextSecret, options, information, isDemo, tags, ...rest } = device
  return {
    ...rest,
    secret: secret ? sealer.seal(secret, deviceSecretPlace(device.id)) : null,
    nextSecret: nextSecret ? sealer.seal(nextSecret, deviceSecretPlace(device.id, 'nextSecret')) : null,
    optionsJson: JSON.stringify(options),
    informationJson: information ? JSON.stringify(information) : null,
    isDemo: Number(isDemo),
    tagsJson: JSON.stringify(tags),
  }
}

/** From the database. Throws `Refusal` `secret.sealed`. */
export const deviceOf = (row: Selectable<Tables['device']>, sealer: Sealer): KnownDevice => {
  const { secret, nextSecret, optionsJson, informationJson, isDemo, tagsJson, ...rest } = row
  const information =
    informationJson === null ? undefined : DeviceInformation.safeParse(JSON.parse(informationJson)).data
  return {
    ...rest,
    secret: secret === null ? undefined : sealer.open(secret, deviceSecretPlace(row.id)),
    nextSecret: nextSecret === null ? undefined : sealer.open(nextSecret, deviceSecretPlace(row.id, 'nextSecret')),
    options: JSON.parse(optionsJson) as DeviceOptions,
    information,
    isDemo: isDemo !== 0,
    tags: JSON.parse(tagsJson) as string[],
  }
}
