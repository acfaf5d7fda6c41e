// SPDX-License-Identifier: Apache-2.0
/** Disks and shares. */
import { element, type XmlElement } from '@openhmp/protocol/xml'
import { document, get, type Route, type Routed } from './route.ts'

function storage({ core }: Routed): XmlElement {
  const isRecorder = core.profile.kind === 'recorder'
  const disks = isRecorder ? [1, 2] : []
  return document(core, 'storage', [
    element(
      'hddList',
      disks.map((id) =>
        element('hdd', [
          element('id', id),
          element('hddName', `hdd${id}`),
          element('hddPath', ''),
          element('hddType', 'SATA'),
          element('status', 'ok'),
          element('capacity', 3_815_447),
          element('freeSpace', 20_480),
          element('property', 'RW'),
        ]),
      ),
      { size: '8' }, // as on real ones: places, not disks
    ),
    element('nasList', [], { size: '8' }),
    element('workMode', 'quota'),
  ])
}

/** Paths of this part of the tree. */
export const peripheralRoutes: readonly Route[] = [get('/ContentMgmt/Storage', storage)]
