// SPDX-License-Identifier: Apache-2.0
/** The pages and who may see them: the first run before all else, then the sign-in, then the console. Pages load when asked for. */

import type { DeviceId } from '@openhmp/contract'
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router'
import { ApiProblem } from './api/call.ts'
import { queries, session } from './api/client.ts'
import { liveFeed } from './api/live-feed.ts'
import { devicesQuery, devicesWithStreamsQuery, sessionQuery, systemQuery } from './api/queries.ts'
import { rememberSession, remembersSession } from './api/signed-in.ts'
import { readSearch } from './search.ts'
import { Fault } from './shell/fault.tsx'
import { NotFound } from './shell/not-found.tsx'
import { Pending } from './shell/pending.tsx'

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound, errorComponent: Fault })

const setup = createRoute({
  getParentRoute: () => root,
  path: '/setup',
  beforeLoad: async () => {
    const system = await queries.ensureQueryData(systemQuery)
    if (!system.needsSetup) throw redirect({ to: '/signin' })
  },
  component: lazyRouteComponent(() => import('./page/setup.tsx'), 'SetupPage'),
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/signin',
  validateSearch: readSearch.signIn,
  beforeLoad: async () => {
    const system = await queries.ensureQueryData(systemQuery)
    if (system.needsSetup) throw redirect({ to: '/setup' })
  },
  component: lazyRouteComponent(() => import('./page/sign-in/sign-in-page.tsx'), 'SignInPage'),
})

/** Everything behind the sign-in. */
const app = createRoute({
  getParentRoute: () => root,
  id: 'app',
  beforeLoad: async ({ location }) => {
    const system = await queries.ensureQueryData(systemQuery)
    if (system.needsSetup) throw redirect({ to: '/setup' })
    const toSignIn = () => redirect({ to: '/signin', search: location.pathname === '/' ? {} : { to: location.href } })
    if (!remembersSession()) throw toSignIn()
    try {
      await queries.ensureQueryData(sessionQuery)
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error
      throw toSignIn()
    }
    liveFeed.open()
  },
  component: lazyRouteComponent(() => import('./shell/shell.tsx'), 'Shell'),
})

const wall = createRoute({
  getParentRoute: () => app,
  path: '/',
  validateSearch: readSearch.wall,
  loader: () => queries.ensureQueryData(devicesWithStreamsQuery),
  component: lazyRouteComponent(() => import('./page/wall/wall-page.tsx'), 'WallPage'),
})
const devices = createRoute({
  getParentRoute: () => app,
  path: '/devices',
  validateSearch: readSearch.devices,
  // Asked for while the page's own code is on its way.
  loader: () => void queries.prefetchQuery(devicesQuery),
  component: lazyRouteComponent(() => import('./page/devices/devices-page.tsx'), 'DevicesPage'),
})
const addDevice = createRoute({
  getParentRoute: () => app,
  path: '/devices/add',
  component: lazyRouteComponent(() => import('./page/add/add-page.tsx'), 'AddPage'),
})
const findDevices = createRoute({
  getParentRoute: () => app,
  path: '/devices/find',
  component: lazyRouteComponent(() => import('./page/find/find-page.tsx'), 'FindPage'),
})
const device = createRoute({
  getParentRoute: () => app,
  path: '/devices/$id',
  params: { parse: ({ id }) => ({ id: id as DeviceId }), stringify: ({ id }) => ({ id }) },
  component: lazyRouteComponent(() => import('./page/device/device-page.tsx'), 'DevicePage'),
})
const alarms = createRoute({
  getParentRoute: () => app,
  path: '/alarms',
  validateSearch: readSearch.alarms,
  component: lazyRouteComponent(() => import('./page/alarms/alarms-page.tsx'), 'AlarmsPage'),
})
const events = createRoute({
  getParentRoute: () => app,
  path: '/events',
  validateSearch: readSearch.events,
  component: lazyRouteComponent(() => import('./page/events/events-page.tsx'), 'EventsPage'),
})
const rules = createRoute({
  getParentRoute: () => app,
  path: '/events/rules',
  component: lazyRouteComponent(() => import('./page/rules/rules-page.tsx'), 'RulesPage'),
})
const map = createRoute({
  getParentRoute: () => app,
  path: '/map',
  validateSearch: readSearch.map,
  component: lazyRouteComponent(() => import('./page/map/map-page.tsx'), 'MapPage'),
})
const fleet = createRoute({
  getParentRoute: () => app,
  path: '/fleet',
  component: lazyRouteComponent(() => import('./page/fleet/fleet-page.tsx'), 'FleetPage'),
})
const job = createRoute({
  getParentRoute: () => app,
  path: '/fleet/$id',
  component: lazyRouteComponent(() => import('./page/fleet/job-page.tsx'), 'JobPage'),
})
const links = createRoute({
  getParentRoute: () => app,
  path: '/links',
  component: lazyRouteComponent(() => import('./page/links/links-page.tsx'), 'LinksPage'),
})
const account = createRoute({
  getParentRoute: () => app,
  path: '/account',
  component: lazyRouteComponent(() => import('./page/account/account-page.tsx'), 'AccountPage'),
})
const people = createRoute({
  getParentRoute: () => app,
  path: '/people',
  component: lazyRouteComponent(() => import('./page/people/people-page.tsx'), 'PeoplePage'),
})
const signOn = createRoute({
  getParentRoute: () => app,
  path: '/people/sign-on',
  component: lazyRouteComponent(() => import('./page/sign-on/sign-on-page.tsx'), 'SignOnPage'),
})
const activity = createRoute({
  getParentRoute: () => app,
  path: '/activity',
  validateSearch: readSearch.activity,
  component: lazyRouteComponent(() => import('./page/activity-page.tsx'), 'ActivityPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    setup,
    signIn,
    app.addChildren([
      wall,
      devices,
      addDevice,
      findDevices,
      device,
      alarms,
      events,
      rules,
      map,
      fleet,
      job,
      links,
      people,
      signOn,
      account,
      activity,
    ]),
  ]),
  defaultPreload: 'intent',
  defaultPendingComponent: Pending,
  defaultErrorComponent: Fault,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

/** The way out, wherever the loss of the session was noticed. */
session.onLost = () => {
  // Who has gone by themselves is on the way to the sign-in, or types there already.
  if (!remembersSession() || router.state.location.pathname === '/setup') return
  rememberSession(false)
  liveFeed.close()
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'system' })
  if (router.state.location.pathname !== '/signin')
    void router.navigate({ to: '/signin', search: { to: router.state.location.href, ended: true } })
}
session.onDoubt = () => void queries.invalidateQueries({ queryKey: sessionQuery.queryKey })
