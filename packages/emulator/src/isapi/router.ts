// SPDX-License-Identifier: Apache-2.0
/**
 * The ISAPI tree of a device as one function: request in, answer out. It does no I/O and knows no carrier: HTTP and HMP
 * both call it. The alert stream is not here, because it is no answer but goes on.
 */
import { WireError } from '@openhmp/protocol/base'
import { parseXml, type XmlElement } from '@openhmp/protocol/xml'
import type { DeviceRequest, DeviceResponse } from '../device/api.ts'
import { activationRoutes } from './activation.ts'
import { type Answer, dress, IsapiRefusal, statusOf } from './answer.ts'
import { certificateRoutes } from './certificate.ts'
import { configurationRoutes } from './configuration.ts'
import type { DeviceCore } from './core.ts'
import { eventRoutes } from './event.ts'
import { httpHostRoutes } from './http-host.ts'
import { imageRoutes } from './image.ts'
import { ioPortRoutes } from './io-port.ts'
import { logRoutes } from './log.ts'
import { FirmwareUpload, isFirmwarePath, maintenanceRoutes } from './maintenance.ts'
import { networkRoutes } from './network.ts'
import { peripheralRoutes } from './peripheral.ts'
import { ptzRoutes } from './ptz.ts'
import { recorderRoutes } from './recorder.ts'
import type { Route } from './route.ts'
import { scheduleRoutes } from './schedule.ts'
import { sealingRoutes } from './sealing.ts'
import { securityRoutes } from './security.ts'
import { sessionRoutes } from './session.ts'
import { smartRoutes } from './smart.ts'
import { streamingRoutes } from './streaming.ts'
import { systemRoutes } from './system.ts'
import { talkRoutes } from './talk.ts'
import { triggerRoutes } from './trigger.ts'

/** Longest body that a device takes, but for firmware. */
export const MAX_REQUEST_BYTES = 256 * 1024

const routes: readonly (Route & { readonly pattern: RegExp })[] = [
  ...systemRoutes,
  ...networkRoutes,
  ...configurationRoutes,
  ...maintenanceRoutes,
  ...streamingRoutes,
  ...recorderRoutes,
  ...activationRoutes,
  ...securityRoutes,
  ...sealingRoutes,
  ...sessionRoutes,
  ...certificateRoutes,
  ...eventRoutes,
  ...triggerRoutes,
  ...scheduleRoutes,
  ...smartRoutes,
  ...imageRoutes,
  ...ioPortRoutes,
  ...logRoutes,
  ...ptzRoutes,
  ...httpHostRoutes,
  ...talkRoutes,
  ...peripheralRoutes,
].map((route) => ({
  ...route,
  pattern: new RegExp(`^${route.path.replaceAll('#', '(\\d{1,6})').replace('*', '([\\w-]{1,40})')}/?$`, 'i'),
}))

const openRoutes = routes.filter((route) => route.open === 'anyone')

const levels = ['Viewer', 'Operator', 'Administrator'] as const

/** True for a request that is answered without a login, even of an activated device. */
export function isOpen(core: DeviceCore, method: string, target: string): boolean {
  const path = treePath(target, core.profile.hasBareTree)
  if (path === undefined) return false
  return openRoutes.some((one) => one.method === method && one.pattern.test(path))
}

/** True for the path of a subscription. */
export const isSubscription = (target: string, hasBareTree: boolean): boolean =>
  treePath(target, hasBareTree)?.toLowerCase() === '/event/notification/subscribeevent'

/** True for the path of the alert stream. */
export const isAlertStream = (target: string, hasBareTree: boolean): boolean =>
  treePath(target, hasBareTree)?.toLowerCase() === '/event/notification/alertstream'

/** The path below the root of the tree; undefined outside it. */
function treePath(target: string, hasBareTree: boolean): string | undefined {
  const path = target.split('?')[0]!
  if (/^\/ISAPI\//i.test(path)) return path.slice(6)
  return hasBareTree && /^\/(System|Streaming|Event|Security|ContentMgmt)\//i.test(path) ? path : undefined
}

/** Begins to take firmware; undefined when the request brings none. `endUpload` answers it. */
export function openUpload(core: DeviceCore, request: Omit<DeviceRequest, 'body'>): FirmwareUpload | undefined {
  const isUpload = request.method !== 'GET' && isFirmwarePath(treePath(request.target, core.profile.hasBareTree))
  return isUpload ? new FirmwareUpload(core, request) : undefined
}

/** All of it has come. */
export const endUpload = (core: DeviceCore, upload: FirmwareUpload, target: string): DeviceResponse =>
  dress(upload.end(), core.profile, target)

/** Answers a request of a user who has been let in. */
export function answerIsapi(core: DeviceCore, request: DeviceRequest): DeviceResponse {
  return dress(answer(core, request), core.profile, request.target)
}

function answer(core: DeviceCore, request: DeviceRequest): Answer {
  const path = treePath(request.target, core.profile.hasBareTree)
  if (path === undefined) return { status: 'notSupport' }
  if (request.body.length > MAX_REQUEST_BYTES) return { status: 'badXmlContent' }
  const fitting = routes.filter((route) => route.pattern.test(path))
  const route = fitting.find((one) => one.method === request.method)
  if (!core.isActivated && !route?.open) return { status: 'notActivated' }
  const isAnyone = route?.open === 'anyone' || !core.isActivated
  const user = core.accounts.find(request.user) ?? (isAnyone ? core.accounts.admin : undefined)
  if (!user) return { status: 'lowPrivilege' }
  if (!route) return { status: fitting.length > 0 ? 'methodNotAllowed' : 'notSupport' }
  if (levels.indexOf(user.level) < levels.indexOf(route.needs ?? 'Viewer')) return { status: 'lowPrivilege' }
  const [, ...found] = route.pattern.exec(path) ?? []
  const at = request.target.indexOf('?')
  try {
    return route.handle({
      core,
      user,
      ids: found.map(Number),
      tail: found.at(-1) ?? '',
      query: new URLSearchParams(at < 0 ? '' : request.target.slice(at + 1)),
      session: request.session,
      bytes: request.body,
      body: route.isRaw ? undefined : bodyOf(request),
    })
  } catch (error) {
    return { status: statusOf(error) }
  }
}

/** Throws the refusal for bytes that are no document. */
function bodyOf({ body }: DeviceRequest): XmlElement | undefined {
  if (body.length === 0) return undefined
  try {
    return parseXml(body)
  } catch (error) {
    if (error instanceof WireError) throw new IsapiRefusal('badXmlFormat')
    throw error
  }
}
