// SPDX-License-Identifier: Apache-2.0
/** Who may get in, and how a device finds names. An address is not set for many at once: devices would be lost. */
import { deleteUser, listUsers } from '@openhmp/client'
import { Refusal } from '@openhmp/protocol/base'
import { type NetworkChange, type NetworkSettings, networkResource } from '@openhmp/protocol/isapi'
import { z } from 'zod'
import { plainSection, type Section } from './section.ts'

const address = z.ipv4()

const network = plainSection<NetworkSettings, NetworkChange>({
  key: 'network',
  scope: 'device',
  schema: z.object({ dns: address, secondDns: address, mtu: z.number().int().min(1280).max(1500) }),
  at: () => networkResource(),
})

/** The first account is the device's own administrator: it always is. */
const OWNER = 1

/** Accounts beside the first: those that are not named are removed. They come back only by hand, with a password. */
const users: Section = {
  key: 'users',
  scope: 'device',
  isOneWay: true,
  schema: z.object({
    only: z
      .array(z.string().min(1).max(32))
      .max(32)
      .transform((names) => names.toSorted()),
  }),
  at: () => ({
    read: async (door, options) => {
      const others = (await listUsers(door, options)).filter(({ id }) => id !== OWNER)
      return { only: others.map(({ name }) => name).toSorted() }
    },
    change: async (door, told, options) => {
      const only = told['only'] as readonly string[]
      const others = (await listUsers(door, options)).filter(({ id }) => id !== OWNER).map(({ name }) => name)
      const missing = only.filter((name) => !others.includes(name))
      if (missing.length > 0) {
        const text = `${missing.join(', ')}: an account is made with a password, by hmp device users ADDRESS add NAME`
        throw new Refusal('conflict', 'user.missing', text)
      }
      for (const name of others) if (!only.includes(name)) await deleteUser(door, name, options)
      const left = (await listUsers(door, options)).filter(({ id }) => id !== OWNER)
      return { only: left.map(({ name }) => name).toSorted() }
    },
  }),
}

/** All of them. */
export const accessSections: readonly Section[] = [network, users]
