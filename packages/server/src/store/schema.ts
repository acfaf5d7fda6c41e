// SPDX-License-Identifier: Apache-2.0
/** The tables. Times are milliseconds since 1970 (UTC); what is JSON says so in its name. */
import type { Generated } from 'kysely'

export interface Tables {
  migration: { id: number; name: string; appliedAt: number }
  setting: { key: string; value: string }
  user: {
    id: string
    name: string
    /** The name as it is compared: NFKC, lower case. */
    nameKey: string
    /** Argon2id, PHC string; empty where another vouches for the person. */
    passwordHash: string
    isDisabled: number
    /** Somebody else gave it. */
    mustChangePassword: Generated<number>
    /** Of `Grant`. */
    grantsJson: string
    /** Ids of `peopleGroup`. */
    groupsJson: Generated<string>
    createdAt: number
  }
  peopleGroup: { id: string; name: string; grantsJson: string }
  secondFactor: {
    userId: string
    /** Of an authenticator app, base64url, sealed for this row. */
    appSecret: string | null
    /** Of the last code that was used; -1 before the first. */
    usedStep: number
    /** SHA-256 of each recovery code that is left. */
    recoveryJson: string
  }
  passkey: {
    /** Credential ID, base64url. */
    id: string
    userId: string
    name: string
    /** Relying party: the server's name in the browser. */
    host: string
    /** COSE, base64url. */
    publicKey: string
    counter: number
    transportsJson: string
    createdAt: number
    lastUsedAt: number | null
  }
  /** Accounts for which another vouches. */
  identity: {
    userId: string
    /** `SignOnWay`. */
    way: string
    issuer: string
    /** Who it is there, for good. */
    subject: string
    /** Rights are those of their groups, at each sign-in anew. */
    followsGroups: number
    createdAt: number
  }
  token: {
    id: string
    userId: string
    name: string
    /** SHA-256 of the token. */
    tokenHash: string
    permissionsJson: string
    createdAt: number
    expiresAt: number
    lastUsedAt: number | null
  }
  /** Those that were made here. */
  role: {
    id: string
    name: string
    permissionsJson: string
  }
  session: {
    /** SHA-256 of the cookie's token. */
    tokenHash: string
    userId: string
    createdAt: number
    lastSeenAt: number
    source: string
    /** The screen in a control room that it belongs to. */
    wall: Generated<string | null>
  }
  device: {
    id: string
    name: string
    kind: 'isapi' | 'rtsp' | 'hmp'
    address: string
    userName: string | null
    /** Password, or HMP key, sealed for this row. */
    secret: string | null
    /** A password that the device may have been told already, sealed. */
    nextSecret: string | null
    /** `DeviceOptions`. */
    optionsJson: string
    /** `DeviceInformation`, as last told by the device. */
    informationJson: string | null
    /** Highest epoch given to the identity (HMP). */
    epoch: number
    isDemo: number
    addedAt: number
    site: string | null
    tagsJson: string
    group: string | null
  }
  event: {
    id: string
    /** What makes a second arrival of the same event fall out. */
    key: string
    deviceId: string
    deviceName: string
    channel: number | null
    channelName: string | null
    kind: string
    type: string
    state: 'active' | 'inactive' | 'unknown'
    input: number | null
    description: string | null
    time: number
    receivedAt: number
    lastSeenAt: number
    endedAt: number | null
    count: number
    hasPicture: number
    /** As the device wrote it. */
    deviceTime: string | null
    isLate: number
    detailJson: string | null
    /** `told` by the device, `log`: found in its own log afterwards, `asked`: its inputs were looked at. */
    source: 'told' | 'log' | 'asked'
    /** What it is found by: see `eventText`. */
    textId: number
  }
  /** Names, description and plate, a line each: few for many events. */
  eventText: { id: Generated<number>; text: string; count: number }
  /** Events begun in an hour (since 1970), of a device or, with the id '', of all. */
  eventTally: { deviceId: string; hour: number; kind: string; count: number }
  /** Times of which nobody knows what happened; `to` is null while one goes on. */
  eventGap: {
    id: string
    deviceId: string
    deviceName: string
    from: number
    to: number | null
    causeCode: string
    causeText: string
    /** Whether the device's own log was searched for this time; null: not yet, or it keeps none. */
    fill: 'filling' | 'filled' | 'partly' | 'unfillable' | null
    /** Events that were found there and not known. */
    fillCount: number
    fillWhy: string | null
    /** By how much our clock was set while it waited to be looked up. */
    fillShift: number
  }
  /** Devices whose events are heard at this moment, and since when. */
  eventListening: { deviceId: string; since: number }
  /** One of a subject is open at a time. */
  alarm: {
    id: string
    /** Its first occurrence, and its latest. */
    eventId: string
    latestEventId: string
    /** Device, channel, input and kind. */
    subject: string
    deviceId: string
    /** 3: critical, 2: high, 1: low. */
    severity: number
    state: 'new' | 'acknowledged' | 'closed'
    count: number
    /** When it became `new`. */
    since: number
    createdAt: number
    /** When its latest occurrence came in. */
    latestAt: number
    assignee: string | null
    acknowledgedBy: string | null
    acknowledgedAt: number | null
    closedBy: string | null
    closedAt: number | null
  }
  alarmComment: { id: string; alarmId: string; who: string; at: number; text: string }
  rule: { id: string; ruleJson: string; createdAt: number; by: string }
  /** Whom rules tell. */
  target: {
    id: string
    name: string
    /** `Way`. */
    wayJson: string
    /** Password, or the key of a webhook, sealed. */
    secret: string | null
    createdAt: number
    by: string
  }
  /** Every time a rule fired. */
  firing: {
    id: string
    ruleId: string
    ruleName: string
    eventId: string
    moment: 'began' | 'ended' | 'lost'
    at: number
    /** Milliseconds that the event must go on. */
    minMs: number
    /** Shared by firings that become one message. */
    batch: string
    isGrouped: number
    /** As it was at that moment. */
    eventJson: string
    /** `Reason`. */
    reasonJson: string
  }
  /** What is to be told or done, and what became of it. */
  delivery: {
    id: string
    ruleId: string
    ruleName: string
    eventId: string
    kind: 'webhook' | 'mqtt' | 'email' | 'push' | 'output' | 'preset'
    /** Null for what is done at a device. */
    targetId: string | null
    /** Its name. */
    target: string
    /** What is sent one after the other when one fails: the target, or the device. */
    lane: string
    /** A firing, or several that share it; empty where the body stands here. */
    batch: string
    state: 'waiting' | 'sent' | 'dead' | 'dropped'
    /** Written by an earlier version; else made of the firings. */
    body: string
    /** `Deed` at a device. */
    deedJson: string | null
    attempts: number
    createdAt: number
    /** When it was begun, or begun again by a person. */
    since: number
    nextAt: number | null
    endedAt: number | null
    text: string | null
  }
  /** Events that rules have marked. */
  bookmark: { eventId: string; by: string; createdAt: number }
  /** Sites that somebody has armed or disarmed. */
  arming: { site: string; isArmed: number; since: number; by: string }
  /** Browsers that are told: `Subscription`, sealed. */
  pushSubscription: { id: string; sealed: string; by: string; createdAt: number }
  /** What a broker holds; channel 0: of the device itself. */
  mqttSensor: { targetId: string; deviceId: string; channel: number; kind: string }
  eventPicture: { eventId: string; bytes: Uint8Array; sizeBytes: number; createdAt: number }
  /** Keys of events that came over HMP and are stored: (identity, spool, id). */
  arrival: { key: string; receivedAt: number }
  /** `Health` of a device at its last look. */
  health: { deviceId: string; checkedAt: number; healthJson: string }
  command: {
    id: string
    deviceId: string
    deviceName: string
    kind: 'reboot'
    state: 'queued' | 'sent' | 'waiting' | 'done' | 'failed'
    by: string
    createdAt: number
    sentAt: number | null
    endedAt: number | null
    text: string | null
    /** The device's uptime before, in seconds, to know a return from a deaf ear. */
    uptimeBefore: number | null
  }
  job: {
    id: string
    kind: string
    title: string
    state: 'running' | 'paused' | 'cancelling' | 'done' | 'failed' | 'cancelled'
    note: string | null
    by: string
    createdAt: number
    endedAt: number | null
    /** What the kind of job wants to know. */
    specJson: string
    /** `Rollout`. */
    rolloutJson: string
  }
  jobDevice: {
    jobId: string
    /** Place in the job, from 1. */
    number: number
    deviceId: string
    deviceName: string
    wave: number
    state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped' | 'cancelled'
    text: string | null
    errorCode: string | null
    startedAt: number | null
    endedAt: number | null
    /** What the work must know when it is taken up again. */
    memoJson: string | null
    resultJson: string | null
  }
  jobLog: { jobId: string; sequence: number; time: number; deviceId: string | null; text: string }
  plan: {
    id: string
    name: string
    site: string | null
    width: number
    height: number
    /** Of the picture's file. */
    type: string
    /** `PlacedCamera`s. */
    camerasJson: string
    edition: number
  }
  /** Join tokens of links. */
  joinToken: {
    id: string
    /** SHA-256 of the code, hex. */
    codeHash: string
    role: 'device' | 'agent'
    name: string | null
    site: string | null
    serialNumber: string | null
    /** Which device joins again by it; once used, which joined. */
    deviceId: string | null
    by: string
    createdAt: number
    expiresAt: number
    wrongTries: number
    usedAt: number | null
    /** Of the key that was certified. */
    keyHash: string | null
  }
  linkCertificate: {
    /** SHA-256 of the DER, hex. */
    fingerprint: string
    deviceId: string
    identity: string
    role: 'device' | 'agent'
    /** SHA-256 of its public key. */
    keyHash: string
    pem: string
    issuedAt: number
    notAfter: number
    /** Not after `notAfter`; sooner once it was renewed. */
    endsAt: number
    revokedAt: number | null
  }
  firmware: {
    id: string
    /** Name of its file, too. */
    sha256: string
    name: string
    version: string
    modelsJson: string
    notes: string
    sizeBytes: number
    addedAt: number
    by: string
  }
  audit: {
    sequence: number
    time: number
    who: string
    source: string
    action: string
    object: string | null
    outcome: 'done' | 'refused' | 'failed'
    detailJson: string
    /** SHA-256 over the row before and this one. */
    hash: string
  }
}
