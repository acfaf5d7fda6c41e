// SPDX-License-Identifier: Apache-2.0
/** Roles that every server has. They cannot be changed: who wants another makes one. */
import { Permission, type Role } from '@openhmp/contract'

const watching: readonly Permission[] = ['live.view', 'live.listen', 'event.view', 'device.view']

const role = (id: string, name: string, permissions: readonly Permission[]): Role => ({
  ...{ id, name, isBuiltIn: true },
  permissions: [...permissions],
})

/** The one that must always be held by somebody, everywhere. */
export const ADMINISTRATOR = 'administrator'

export const builtInRoles: readonly Role[] = [
  role(ADMINISTRATOR, 'Administrator', Permission.options),
  role('operator', 'Operator', [...watching, 'event.export', 'alarm.handle', 'site.arm', 'device.reboot']),
  role('viewer', 'Viewer', watching),
  role('technician', 'Technician', [
    ...watching,
    ...(['device.configure', 'device.reboot', 'device.firmware', 'device.account'] as const),
  ]),
  role('auditor', 'Auditor', ['audit.view', 'device.view', 'event.view', 'event.export']),
]
