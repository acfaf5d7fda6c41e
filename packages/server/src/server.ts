// SPDX-License-Identifier: Apache-2.0
/**
 * The CMS put together: the one file that knows all parts, makes them in order and hands each its neighbours. Long because
 * every part of the server is named in it once.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { hostname } from 'node:os'
import { HMP_WEBSOCKET_PATH } from '@openhmp/client'
import type { Gap, LiveMessage } from '@openhmp/contract'
import { type Clock, Defect, Scope } from '@openhmp/protocol/base'
import type { FastifyBaseLogger } from 'fastify'
import { Access } from './access/access.ts'
import { Accounts } from './access/accounts.ts'
import { camerasOf, can } from './access/can.ts'
import { type PasswordCost, Passwords } from './access/password.ts'
import { Proofs } from './access/proofs.ts'
import { type Session, Sessions } from './access/sessions.ts'
import { type PrintedCode, SetupCode } from './access/setup-code.ts'
import { openSignOn } from './access/sign-on.ts'
import { SIGN_ON_SETTING } from './access/sign-on-settings.ts'
import { Tokens } from './access/tokens.ts'
import { TryLimit } from './access/try-limit.ts'
import { CertificateJob } from './account/certificate-job.ts'
import { PasswordJob } from './account/password-job.ts'
import { Alarms } from './alarm/alarms.ts'
import { Severities } from './alarm/severities.ts'
import { accountRoutes } from './api/account-routes.ts'
import { agentRoutes } from './api/agent-routes.ts'
import { alarmRoutes } from './api/alarm-routes.ts'
import { createApp } from './api/app.ts'
import { armingRoutes } from './api/arming-routes.ts'
import { auditRoutes } from './api/audit-routes.ts'
import { serveConsole } from './api/console.ts'
import { demoRoutes } from './api/demo-routes.ts'
import { deviceManyRoutes } from './api/device-many-routes.ts'
import { deviceRoutes } from './api/device-routes.ts'
import { deviceSettingsRoutes } from './api/device-settings-routes.ts'
import { discoveryRoutes } from './api/discovery-routes.ts'
import { eventRoutes } from './api/event-routes.ts'
import { Feed } from './api/feed.ts'
import { firmwareRoutes } from './api/firmware-routes.ts'
import { loaded, type PlaceOf } from './api/gate.ts'
import { serveHealth } from './api/health.ts'
import { jobRoutes } from './api/job-routes.ts'
import { keyRoutes } from './api/key-routes.ts'
import { linkRoutes } from './api/link-routes.ts'
import { isOwnOrigin } from './api/origin.ts'
import { ownAccountRoutes } from './api/own-account-routes.ts'
import { peopleRoutes } from './api/people-routes.ts'
import { planRoutes } from './api/plan-routes.ts'
import { pushRoutes } from './api/push-routes.ts'
import { ruleRoutes } from './api/rule-routes.ts'
import { secondFactorRoutes } from './api/second-factor-routes.ts'
import { cookieName } from './api/security.ts'
import { signOnRoutes } from './api/sign-on-routes.ts'
import { systemRoutes } from './api/system-routes.ts'
import { targetRoutes } from './api/target-routes.ts'
import { Audit } from './audit/audit.ts'
import { auditKeyOf, Checkpoints } from './audit/checkpoint.ts'
import { Refusals } from './audit/refusals.ts'
import { checkpointFileOf } from './audit/verify.ts'
import { Viewings } from './audit/viewings.ts'
import { recordRestore } from './backup/restored.ts'
import { Demo, type DemoSite } from './demo/demo.ts'
import { Desired } from './desired/desired.ts'
import { Search } from './discovery/search.ts'
import { DeviceRequests } from './door/device-requests.ts'
import { Door, turnAway } from './door/door.ts'
import { Events } from './event/events.ts'
import { GapFiller } from './event/gap-filler.ts'
import { type GapRow, Gaps } from './event/gaps.ts'
import { inPlace, originOf } from './event/origin.ts'
import { Pictures } from './event/pictures.ts'
import { isPush, Push } from './event/push.ts'
import { listEvents } from './event/search.ts'
import { figuresOf } from './figures.ts'
import { FirmwareJob } from './firmware/firmware-job.ts'
import { Library } from './firmware/library.ts'
import { CheckJob } from './fleet/check-job.ts'
import type { KnownDevice } from './fleet/device-row.ts'
import { Fleet } from './fleet/fleet.ts'
import type { Gear } from './fleet/gear.ts'
import { HmpGear } from './fleet/hmp-gear.ts'
import { IsapiGear } from './fleet/isapi-gear.ts'
import { Presence } from './fleet/presence.ts'
import type { ReachOptions } from './fleet/reach.ts'
import { RtspGear } from './fleet/rtsp-gear.ts'
import { loadAuthority } from './front/authority.ts'
import { Front } from './front/front.ts'
import { type CertificateFiles, CertificateWatch, readOwnCertificate } from './front/own-certificate.ts'
import { RateLimit } from './front/rate-limit.ts'
import { HealthWatch } from './health/health-watch.ts'
import { Jobs } from './job/jobs.ts'
import { DEVICE_AUTHORITY_SETTING, DeviceAuthority } from './link/device-authority.ts'
import { Issued } from './link/issued.ts'
import { JoinTokens } from './link/join-tokens.ts'
import { Links } from './link/links.ts'
import { Hub } from './live/hub.ts'
import type { ViewerDoors } from './live/viewer.ts'
import { Orders } from './order/orders.ts'
import { RebootJob } from './order/reboot-job.ts'
import { Plans } from './plan/plans.ts'
import { ArmedSites } from './rule/arming.ts'
import { Rules, recallWindow } from './rule/rules.ts'
import { cameraOf } from './rule/sensor-book.ts'
import { Subscriptions } from './rule/subscriptions.ts'
import { Targets } from './rule/targets.ts'
import { VAPID_SETTING } from './rule/vapid.ts'
import { defaultKeyFile, loadKeys } from './secret/key-file.ts'
import { Keys } from './secret/keys.ts'
import { Sealer } from './secret/sealer.ts'
import { Secret } from './secret/secret.ts'
import { Store } from './store/store.ts'
import { VERSION } from './version.ts'

/** What a server is started with. */
export interface ServerOptions {
  /** Made when it is not there. */
  readonly dataDir: string
  /** 0: any free one. */
  readonly port: number
  /** All addresses of the machine when left out. */
  readonly host?: string
  /** Names and addresses beyond the machine's own that the certificate is to be good for. */
  readonly names?: readonly string[]
  /** The owner's certificate for the console, shown under its names. */
  readonly certificate?: CertificateFiles
  /** Default: `~/.config/openhmp/<instance>.key`. */
  readonly keyFile?: string
  /** Finishes the first run without a browser: the password of `admin`. */
  readonly adminPassword?: string
  readonly demoSite?: DemoSite
  /** Start the demo site with this many cameras. */
  readonly demoCameras?: number
  /** The built console; without it there is the API alone. */
  readonly consoleDir?: string
  /** Devices on this machine's own addresses may be added. */
  readonly allowLoopback?: boolean
  /** Origins beside our own whose pages may call the API: development only. */
  readonly allowedOrigins?: readonly string[]
  /** Where events that devices push are taken without TLS; nowhere when left out. They are always taken on `port`. */
  readonly pushPort?: number
  readonly clock: Clock
  /** 0..1, for jitter. */
  readonly random?: () => number
  readonly log: FastifyBaseLogger
  /** Tests only: passwords that cost less. */
  readonly passwordCost?: PasswordCost
  /** A first-run code to be shown to whoever sees the terminal. Called again when one is burnt. */
  onSetupCode?(code: PrintedCode & { readonly url: string }): void
  /** The server cannot go on (its database has died): stop it. */
  onFatal?(error: Error): void
}

/** A running server. Disposing it stops everything it started, in order. */
export interface Server extends AsyncDisposable {
  /** `https://localhost:8443` */
  readonly url: string
  readonly port: number
  /** Where pushed events are taken without TLS; 0: nowhere. */
  readonly pushPort: number
  /** SHA-256 of the certification authority: 64 hex digits. */
  readonly caFingerprint: string
  /** For clients that are to trust this server. */
  readonly caPem: string
  /** Names of the owner's certificate, as they stand in it; none without one. */
  readonly names: readonly string[]
  /** Reads the owner's certificate again. Rejects with `Refusal` `tls.*`; then the old one stays. */
  reloadCertificate(): Promise<void>
}

/** Starts a server; it listens when this resolves. Rejects with `Refusal` (`port.taken`, `store.*`, `key.*` ...) with what to do. */
export const startServer = async (options: ServerOptions): Promise<Server> => {
  // Disposed in reverse order: first nobody comes in, then nothing is fetched, then the store closes.
  const scope = new Scope()
  try {
    const running = await build(options, scope)
    const all = scope.move()
    return { ...running, [Symbol.asyncDispose]: () => all[Symbol.asyncDispose]() }
  } catch (error) {
    await scope[Symbol.asyncDispose]()
    throw error
  }
}

const build = async (options: ServerOptions, scope: Scope): Promise<Omit<Server, keyof AsyncDisposable>> => {
  const { dataDir, clock, log, random = Math.random } = options
  const now = () => clock.now()
  const onError = (error: unknown) => log.error({ err: error }, 'something went wrong')
  const onCrash = (error: Error) => {
    log.fatal({ err: error }, 'the database has died')
    options.onFatal?.(error)
  }

  // Before anything is begun: what is wrong with it is for whoever starts the server to mend.
  if (options.certificate) await readOwnCertificate(options.certificate, now())
  const store = scope.use(await Store.open({ dataDir, now, onCrash }))
  const instance = await store.setting('instance', () => randomBytes(6).toString('hex'))
  const { db } = store
  const sealed = await db.selectFrom('device').select('id').where('secret', 'is not', null).limit(1).executeTakeFirst()
  const sealedTarget = await db
    .selectFrom('target')
    .select('id')
    .where('secret', 'is not', null)
    .limit(1)
    .executeTakeFirst()
  const sealedVapid = await db
    .selectFrom('setting')
    .select('key')
    .where('key', 'in', [VAPID_SETTING, DEVICE_AUTHORITY_SETTING, SIGN_ON_SETTING])
    .executeTakeFirst()
  const keyFile = options.keyFile ?? defaultKeyFile(instance)
  const inFile = loadKeys({ file: keyFile, dataDir, mayMake: !sealed && !sealedTarget && !sealedVapid })
  const sealer = new Sealer(...(inFile.keys as [Uint8Array]))
  const keys = new Keys({ store, sealer, file: keyFile, inFile })
  await keys.finish()
  const authority = await loadAuthority({ dataDir, nowMs: now(), ...(options.names ? { names: options.names } : {}) })
  const { fingerprint: caFingerprint, caPem } = authority
  const deviceAuthority = await DeviceAuthority.load(store, sealer, now())

  const audit = await Audit.open(store, now)
  await recordRestore(dataDir, audit)
  const checkpoints = scope.use(
    new Checkpoints({
      ...{ file: checkpointFileOf(keyFile), key: auditKeyOf(inFile.keys[0]!), instance, clock, onError },
      head: () => audit.head,
    }),
  )
  const refusals = scope.use(new Refusals({ audit, clock, onError }))
  const viewings = scope.use(await Viewings.open({ audit, clock, onError }))
  const accounts = await Accounts.open(store, now)
  const sessions = await Sessions.open(store, now, accounts)
  const tokens = await Tokens.open(store, now, accounts)
  const feed = new Feed(sessions, clock, (device) => theFleet().placeOf(device))
  const publish = (message: LiveMessage) => feed.publish(message)
  const presence = new Presence()

  let ownPorts: readonly number[] = []
  const reach: ReachOptions = { allowLoopback: options.allowLoopback === true, ownPorts: () => ownPorts }
  const reachFor = ({ isDemo }: KnownDevice): ReachOptions => (isDemo ? { ...reach, allowLoopback: true } : reach)
  const makeGear = (device: KnownDevice): Gear => {
    switch (device.kind) {
      case 'isapi':
        return new IsapiGear(device, { clock, random, ...reachFor(device) })
      case 'rtsp':
        return new RtspGear(device, { clock, random, ...reachFor(device) })
      case 'hmp':
        return new HmpGear(device, { clock, random, presence })
    }
  }
  // The fleet, its events and its pictures need each other; each asks only once all are there.
  let fleet: Fleet | undefined
  const theFleet = (): Fleet => {
    if (!fleet) throw new Defect('the fleet was asked before it was there')
    return fleet
  }
  const pictures = scope.use(
    await Pictures.open({
      store,
      clock,
      snapshot: (device, channel, signal) => theFleet().picture(device, channel, signal),
    }),
  )
  const subscriptions = new Subscriptions({ store, sealer, now })
  const arming = await ArmedSites.open(store, clock)
  const targets = scope.use(
    await Targets.open({
      ...{ store, clock, sealer, subscriptions, instance, onError },
      ...reach,
      pictureOf: (event) => pictures.awaited(event),
      describe: ({ device, channel }) => cameraOf(theFleet().jobTarget(device)?.known, channel),
    }),
  )
  const rules = scope.use(
    await Rules.open({
      ...{ store, clock, targets, arming, onError },
      placeOf: (device) => theFleet().placeOf(device),
      doorOf: (device) => theFleet().door(device),
    }),
  )
  const severities = await Severities.open(store)
  const alarms = scope.use(new Alarms({ store, clock, severities, publish, onError }))
  const events = scope.use(
    await Events.open({
      ...{ store, clock, pictures, onError },
      also: {
        writesFor: (event, moment) => [
          ...rules.writesFor(event, moment),
          ...(moment === 'began' ? alarms.writesFor(event) : []),
        ],
        stored: () => rules.stored(),
      },
      publish: (event) => {
        publish({ what: 'event', event })
        alarms.changed(event)
      },
    }),
  )
  let filler: GapFiller | undefined
  const early: GapRow[] = [] // a stream may be there before the filler is
  const publishGap = (gap: Gap) => {
    publish({ what: 'gap', gap })
    void alarms.gapChanged(gap.device)
  }
  const gaps = scope.use(
    await Gaps.open({
      store,
      clock,
      onError,
      publish: publishGap,
      fill: (gap) => (filler ? filler.add(gap) : early.push(gap)),
    }),
  )
  const takeEvent: Parameters<typeof Fleet.open>[0]['onEvent'] = (device, event, given, arrival) => {
    return events.take(originOf(device, theFleet().clockOffsetMs(device.id)), inPlace(device, event), given, arrival)
  }
  const push = scope.use(
    new Push({
      key: await store.setting('pushKey', () => randomBytes(32).toString('base64url')),
      take: async (device, event, given) => takeEvent(theFleet().known(device), event, given),
      onError,
    }),
  )
  const hub = scope.use(new Hub({ clock, open: (key, sink) => theFleet().openSource(key, sink) }))
  fleet = scope.use(
    await Fleet.open({
      store,
      sealer,
      clock,
      ...reach,
      caFingerprint,
      makeGear,
      publish,
      onEvent: takeEvent,
      onEventsLost: (device) => events.lost(device),
      onHearing: (device, hearing) =>
        hearing === true ? gaps.heard(device) : gaps.lost(device, hearing.silentMs, hearing.cause),
      onGone: async (device) => {
        await gaps.ended(device)
        await hub.drop(device)
      },
      onError,
    }),
  )
  targets.begin()
  rules.begin((await listEvents(store, recallWindow(now()))).events)
  filler = scope.use(
    await GapFiller.open({
      ...{ store, clock, onError, publish: publishGap },
      doorOf: (device) => theFleet().jobTarget(device)?.door,
      found: (device, one, untilMs) => {
        const known = theFleet().known(device)
        return events.found(originOf(known, theFleet().clockOffsetMs(device)), inPlace(known, one), untilMs)
      },
    }),
  )
  for (const gap of early.splice(0)) filler.add(gap)
  const orders = scope.use(
    new Orders({
      store,
      audit,
      clock,
      onError,
      publish: (order) => publish({ what: 'order', order }),
      target: (device) => theFleet().orderTarget(device),
    }),
  )

  const jobs = scope.use(
    new Jobs({
      store,
      audit,
      clock,
      onError,
      publish: (job) => publish({ what: 'job', job }),
      target: (device) => theFleet().jobTarget(device),
      isGroupThere: (device) => theFleet().isGroupThere(device),
    }),
  )
  const library = await Library.open({ store, clock, dataDir })
  jobs.register(
    new FirmwareJob({
      clock,
      image: (id) => library.image(id),
      expectAbsence: (device, isExpected) => theFleet().orderTarget(device)?.expectAbsence(isExpected),
      reboot: async (device, signal) => theFleet().orderTarget(device)?.reboot(randomUUID(), signal),
      isAlive: (device, signal) => theFleet().isAlive(device, signal),
    }),
  )
  const desired = new Desired({ store, fleet, jobs, clock, onChanged: (device) => health.soon(device) })
  const health = scope.use(
    await HealthWatch.open({
      ...{ store, fleet, clock, random, onError },
      issuesOf: ({ known, door }, signal) => desired.drift.issuesOf(known, door, signal),
    }),
  )
  const done = (action: string, device: string, detail = {}) =>
    audit.record({ who: '', source: 'jobs', action, object: device, outcome: 'done', detail })
  jobs.register(
    new PasswordJob({
      ...{ fleet, sealer, clock },
      onChanged: async (device) => {
        health.soon(device)
        await done('password.changed', device)
      },
    }),
  )
  jobs.register(
    new CertificateJob({
      ...{ fleet, authority, clock, ...reach },
      onChanged: (device, fingerprint) => done('certificate.changed', device, { fingerprint }),
    }),
  )
  jobs.register(new RebootJob({ clock, orders, target: (device) => theFleet().orderTarget(device) }))
  jobs.register(
    new CheckJob({
      refresh: (device) => theFleet().refresh(device),
      look: async (device) => (await health.look(device)).issues.map(({ text }) => text),
    }),
  )

  const search = scope.use(new Search({ clock, ...reach, known: () => theFleet().all(), onError }))

  let url = ''
  const code = new SetupCode({
    now,
    print: (made) => options.onSetupCode?.({ ...made, url: `${url}/setup#code=${made.link}` }),
  })
  const placeOf: PlaceOf = (device) => theFleet().placeOf(device)
  const viewerDoors = ({ user, wall }: Session, source: string): ViewerDoors => ({
    hub,
    mayWatch: (device, channel) => {
      theFleet().checkChannel(device, channel)
      return can(user, 'live.view', loaded(device, placeOf, channel))
    },
    mayListen: (device, channel) => can(user, 'live.listen', loaded(device, placeOf, channel)),
    devices: () =>
      theFleet()
        .viewed()
        .flatMap((one) => {
          const cameras = camerasOf(user, 'live.view', loaded(one.id, placeOf))
          if (cameras === 'all') return [one]
          const channels = one.channels.filter(({ id }) => cameras.includes(id))
          return channels.length === 0 ? [] : [{ ...one, channels }]
        }),
    begin: (camera, kinds, stream) => viewings.begin({ who: user.name, source, wall }, camera, kinds, stream),
    refused: (device) => {
      const route = 'POST /HMP/streams'
      refusals.note({ who: user.name, source, route, object: device, code: 'forbidden' })
    },
  })
  const front = new Front({
    certificate: authority.certificate,
    deviceCa: deviceAuthority.caPem,
    clock,
    onDevice: (socket) => door.acceptTls(socket),
  })
  const joinTokens = new JoinTokens(store, now)
  const issued = await Issued.open(store, now)
  const links = new Links({ authority: deviceAuthority, issued, tokens: joinTokens, fleet, presence, audit, now })
  scope.use(front)
  const own = options.certificate
    ? await CertificateWatch.open({
        ...{ files: options.certificate, clock, onError },
        changed: (certificate) => {
          front.setOwnCertificate(certificate)
          const { names, fingerprint } = certificate
          void audit.record(byFront('certificate.reload', { names, fingerprint })).catch(onError)
        },
        ends: (days, { names }) => {
          log.warn({ days, names }, 'the certificate of the console ends soon')
          void audit.record(byFront('certificate.ends', { days, names })).catch(onError)
        },
      })
    : undefined
  if (own) {
    scope.use(own)
    front.setOwnCertificate(own.current)
  }
  const { allowedOrigins = [] } = options
  const door = scope.use(
    new Door({
      clock,
      identity: `cms-${instance}`,
      software: `openhmp/${VERSION}`,
      deviceOf: (identity) => {
        const known = theFleet().byIdentity(identity)
        return known && { id: known.id, key: known.secret && Buffer.from(known.secret.reveal(), 'base64url') }
      },
      nextEpoch: (device) => theFleet().nextEpoch(device),
      behind: (agent, device) => theFleet().byIdentity(`${agent}/${device}`)?.id,
      judge: (fingerprint, peer) => links.judge(fingerprint, peer),
      entered: (_device, session) => {
        links.entered(session)
        presence.entered(session)
      },
      left: (_device, session) => presence.left(session),
      requests: new DeviceRequests({
        take: (device, event, given, arrival) => takeEvent(theFleet().known(device), event, given, arrival),
        renew: (certificate, request) => links.renew(certificate, request),
        changed: (device) => presence.changed(theFleet().known(device).address),
        onError,
      }),
      webSessionOf: (request) => {
        if (!isOwnOrigin(request, allowedOrigins)) return undefined
        const cookie = new RegExp(`(?:^|;\\s*)${cookieName(instance)}=([\\w-]+)`).exec(request.headers.cookie ?? '')
        return sessions.find(cookie?.[1], request.socket.remoteAddress)
      },
      isGood: (session) => sessions.isGood(session),
      touch: (session) => sessions.touch(session),
      viewerDoors,
      onError,
    }),
  )
  sessions.onEnd((session) => door.webSessionEnded(session))
  accounts.onChange((account) => {
    door.recheckViewers()
    feed.cut(account.id)
    if (account.isDisabled || !accounts.find(account.id)) void sessions.endOf(account.id).catch(onError)
  })

  const demo = scope.use(
    new Demo({
      site: options.demoSite,
      joinUrl: () => `hmps://127.0.0.1:${front.port}`,
      add: async (device) => {
        const { device: added, token } = await theFleet().add(device, { isDemo: true })
        return { id: added.id, token }
      },
      remove: (id) => theFleet().remove(id),
      demoDevices: () => theFleet().demoDevices(),
      publish: (state) => publish({ what: 'demo', demo: state }),
      onError,
    }),
  )

  scope.use(feed)
  const limit = new TryLimit(() => clock.monotonic())
  const passwords = new Passwords(options.passwordCost)
  const monotonic = () => clock.monotonic()
  const { proofs, factors, passkeys } = Proofs.open({ store, sealer, passwords, limit, now, monotonic })
  const signOn = await openSignOn({ store, sealer, accounts, sessions, clock, reach })
  const accessParts = {
    ...{ store, accounts, passwords, sessions, limit, proofs, passkeys, code, audit, now, monotonic },
    elsewhere: signOn.elsewhere,
  }
  // Who comes while the rest is made waits for it: what nobody takes would never be answered.
  const serving = Promise.withResolvers<(...of: Parameters<RequestListener>) => void>()
  front.web.on('request', (request, response) => void serving.promise.then((take) => take(request, response)))
  await front.listen(options.host ?? '::', options.port)
  if (options.pushPort !== undefined) await push.listen(options.host ?? '::', options.pushPort)
  ownPorts = [front.port, push.port].filter((one) => one !== undefined)
  scope.defer(() => front.close())
  url = front.url
  const access = await Access.open(
    accessParts,
    options.adminPassword === undefined ? undefined : new Secret(options.adminPassword),
  )
  const system = {
    product: 'OpenHMP' as const,
    version: VERSION,
    canDemo: demo.isPossible,
    caFingerprint: caFingerprint.toUpperCase().replace(/(..)(?=.)/g, '$1:'),
  }
  const app = await createApp({
    handlers: [
      ...systemRoutes({ access, sessions, audit, system }),
      ...ownAccountRoutes({ access, sessions, tokens, audit }),
      ...secondFactorRoutes({ access, sessions, proofs, factors, passkeys, audit }),
      ...peopleRoutes({ accounts, access, sessions, proofs, factors, passkeys, audit }),
      ...signOnRoutes({ signOn, accounts, access, sessions, limit, audit }),
      ...deviceRoutes({ fleet, orders, audit, health, viewings }),
      ...agentRoutes({ fleet, presence }),
      ...deviceManyRoutes({ fleet, jobs, audit }),
      ...deviceSettingsRoutes({ fleet, audit, onChanged: (device) => desired.drift.forget(device) }),
      ...discoveryRoutes({ search, fleet, audit, clock, ...reach, onError }),
      ...auditRoutes({ audit }),
      ...eventRoutes({ store, pictures, feed, fleet, audit }),
      ...alarmRoutes({
        alarms,
        severities,
        audit,
        deviceIds: () =>
          theFleet()
            .list()
            .map(({ id }) => id),
      }),
      ...ruleRoutes({ rules, store, audit }),
      ...targetRoutes({ targets, rules, subscriptions, audit }),
      ...armingRoutes({ arming, fleet, audit }),
      ...pushRoutes({ fleet, push, audit, port: () => front.port }),
      ...demoRoutes({ demo, audit }),
      ...firmwareRoutes({ library, fleet, jobs, audit }),
      ...planRoutes({ plans: await Plans.open({ store, dataDir }), audit }),
      ...accountRoutes({ fleet, jobs, sealer }),
      ...keyRoutes({ keys, checkpoints, audit }),
      ...linkRoutes({
        ...{ links, tokens: joinTokens, fleet, audit, caFingerprint },
        ownAddress: () => `${options.names?.[0] ?? hostname()}:${front.port}`,
        monotonic: () => clock.monotonic(),
      }),
      ...jobRoutes({ jobs, desired, audit }),
    ],
    sessions,
    tokens,
    audit,
    refusals,
    placeOf,
    instance,
    version: VERSION,
    allowedOrigins,
    rate: new RateLimit(monotonic),
    isOwnName: (host) => own?.current.covers(host) ?? false,
    log,
  })
  serveHealth(app, {
    check: () => store.check(),
    figures: figuresOf({ hub, door, fleet, events, pictures, store, feed, front, presence, own }),
    isKnown: (cookies) => sessions.find(cookies[cookieName(instance)]) !== undefined,
  })
  if (options.consoleDir !== undefined) await serveConsole(app, options.consoleDir)
  await app.ready()
  scope.defer(() => app.close())
  serving.resolve((request, response) => {
    if (isPush(request)) push.answer(request, response)
    else app.routing(request, response)
  })
  front.web.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {}) // told by its close
    if ((request.url ?? '').split('?')[0] === HMP_WEBSOCKET_PATH) door.upgrade(request, socket, head)
    else turnAway(socket, 404, 'no WebSocket is here')
  })

  const upkeep = new AbortController()
  const keeping = keepUp({ clock, signal: upkeep.signal, sessions, joinTokens, issued, front, options, onError })
  scope.defer(async () => {
    upkeep.abort()
    await keeping
  })
  await orders.resume()
  await jobs.resume()
  if (options.demoCameras !== undefined && options.demoCameras > 0) demo.start(options.demoCameras)
  else demo.resume()
  return {
    ...{ url, port: front.port, pushPort: push.port, caFingerprint, caPem, names: own?.current.names ?? [] },
    reloadCertificate: async () => own?.reload(),
  }
}

const byFront = (action: string, detail: Record<string, unknown>) =>
  ({ who: '', source: 'front', action, object: null, outcome: 'done', detail }) as const

const HOUR_MS = 60 * 60_000

/** What has to be done now and then: sessions that are over, a certificate that grows old. */
const keepUp = async (parts: {
  clock: Clock
  signal: AbortSignal
  sessions: Sessions
  joinTokens: JoinTokens
  issued: Issued
  front: Front
  options: ServerOptions
  onError(error: unknown): void
}): Promise<void> => {
  const { clock, signal, sessions, joinTokens, issued, front, options, onError } = parts
  while (!signal.aborted) {
    await clock.sleep(HOUR_MS, { signal }).catch(() => {}) // aborted: the loop ends
    if (signal.aborted) return
    try {
      await sessions.sweep()
      await joinTokens.sweep()
      await issued.sweep()
      const { dataDir, names = [] } = options
      front.setCertificate((await loadAuthority({ dataDir, nowMs: clock.now(), names })).certificate)
    } catch (error) {
      onError(error)
    }
  }
}
