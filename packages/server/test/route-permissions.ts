// SPDX-License-Identifier: Apache-2.0
/**
 * Which permission each route needs, and how far, written down a second time and by hand: a route of the contract that names
 * another one, or stands here nowhere, fails the matrix of rights. A new route gets its line here.
 */
import type { Route } from '@openhmp/contract'

type Needs = Route['needs']

/** The permission must hold for everything there is. */
const everywhere: Readonly<Partial<Record<Needs, string>>> = {
  public: `
    POST /setup, GET /system, POST /session, POST /session/passkey/challenge, POST /session/code, POST /session/passkey
    POST /sign-on/oidc, GET /sign-on/oidc/callback, GET /sign-on, POST /enrolment`,
  session: `
    GET /session, DELETE /session, POST /session/proof, GET /live
    GET /account, PUT /account/password, DELETE /account/sessions, DELETE /account/sessions/:id
    POST /account/tokens, DELETE /account/tokens/:id, POST /account/wall, GET /account/factors, POST /account/recovery
    POST /account/passkeys, POST /account/passkeys/challenge, DELETE /account/passkeys/:id
    POST /account/app, PUT /account/app, DELETE /account/app`,
  'device.view': `
    GET /jobs, GET /jobs/:id, GET /jobs/:id/devices, GET /jobs/:id/log, GET /firmware, GET /links
    GET /desired, GET /desired/drift, POST /desired/check, POST /desired/export, POST /desired/plan`,
  'event.view': `
    GET /alarm-severities, GET /bookmarks, GET /deliveries, GET /firings, GET /rules, POST /rules/replay, GET /targets
    GET /arming, POST /subscriptions, GET /subscriptions/key, POST /subscriptions/remove`,
  'site.arm': 'PUT /arming',
  'device.configure': `
    GET /demo, POST /demo, DELETE /demo, GET /discovery, POST /discovery, DELETE /discovery, POST /discovery/activate
    POST /devices, POST /devices/probe, POST /devices/check, POST /devices/labels, POST /devices/remove
    POST /devices/batch, POST /jobs/:id/cancel, POST /jobs/:id/pause, POST /jobs/:id/resume, POST /jobs/:id/retry
    POST /jobs/:id/undo, PUT /desired, POST /desired/apply, POST /plans, PUT /plans/:id, DELETE /plans/:id
    POST /links/tokens, DELETE /links/tokens/:id, POST /links/:id/revoke`,
  'device.reboot': 'POST /devices/reboot',
  'device.firmware': 'POST /firmware, DELETE /firmware/:id, POST /firmware/:id/rollout',
  'device.account': 'POST /certificates/renew, POST /passwords/rotate',
  'user.manage': `
    GET /people, POST /people, PATCH /people/:id, DELETE /people/:id, DELETE /people/:id/factors
    GET /people/groups, POST /people/groups, PUT /people/groups/:id, DELETE /people/groups/:id
    GET /roles, POST /roles, PUT /roles/:id, DELETE /roles/:id
    GET /sign-on/settings, PUT /sign-on/settings, POST /sign-on/try, GET /sign-on/waiting, POST /sign-on/people`,
  'audit.view': 'GET /audit, GET /audit/export',
  'system.configure': `
    GET /keys, POST /keys, PUT /alarm-severities/:kind, POST /rules, PUT /rules/:id, DELETE /rules/:id
    POST /deliveries/drop, POST /deliveries/retry, POST /deliveries/:id/retry
    POST /targets, PUT /targets/:id, DELETE /targets/:id, POST /targets/:id/test`,
}

/** It is asked with each object. */
const objects: Readonly<Partial<Record<Needs, string>>> = {
  'device.view': `
    GET /devices, GET /devices/:id, GET /devices/:id/health, POST /devices/:id/health, GET /devices/:id/settings
    GET /devices/:id/push, GET /orders, GET /plans, GET /plans/:id/picture`,
  'device.configure': `
    PATCH /devices/:id, DELETE /devices/:id, POST /devices/:id/refresh, PATCH /devices/:id/settings
    GET /devices/:id/certificate, POST /devices/:id/certificate, GET /devices/:id/behind
    PUT /devices/:id/push, DELETE /devices/:id/push`,
  'device.reboot': 'POST /devices/:id/reboot',
  'live.view': 'GET /devices/:id/channels/:channel/picture',
  'event.view': `
    GET /events, GET /events/summary, GET /events/:id/picture, GET /gaps
    GET /alarms, GET /alarms/counts, GET /alarms/:id`,
  'event.export': 'GET /events/export',
  'alarm.handle': 'POST /alarms/acknowledge, POST /alarms/assign, POST /alarms/close, POST /alarms/:id/comments',
}

const rows = (
  table: Readonly<Partial<Record<Needs, string>>>,
  reach: NonNullable<Route['reach']>,
): [string, { needs: Needs; reach: NonNullable<Route['reach']> }][] =>
  Object.entries(table).flatMap(([needs, text]) =>
    text
      .trim()
      .split(/,\s*|\n\s*/)
      .map((key): [string, { needs: Needs; reach: NonNullable<Route['reach']> }] => [
        key,
        { needs: needs as Needs, reach },
      ]),
  )

/** By `METHOD /path`. */
export const routePermissions = new Map([...rows(everywhere, 'system'), ...rows(objects, 'objects')])
