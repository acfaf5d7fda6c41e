// SPDX-License-Identifier: Apache-2.0
/**
 * How the tables came to be: steps that are only ever added, each carried out once, in one transaction with its mark.
 * SQL that PostgreSQL takes too, but for the types of bytes and big numbers.
 */

export interface Migration {
  readonly id: number
  readonly name: string
  readonly sql: readonly string[]
}

/** What an event is found by; as `textOf` in event/events.ts. */
const EVENT_TEXT = `"deviceName" || char(10) || coalesce("channelName", '') || char(10) || coalesce("description", '') || char(10)`

export const migrations: readonly Migration[] = [
  {
    id: 1,
    name: 'first tables',
    sql: [
      `create table "setting" ("key" text primary key, "value" text not null)`,
      `create table "user" ("id" text primary key, "name" text not null, "nameKey" text not null unique,
        "passwordHash" text not null, "role" text not null, "createdAt" bigint not null)`,
      `create table "session" ("tokenHash" text primary key, "userId" text not null references "user" ("id") on delete cascade,
        "createdAt" bigint not null, "lastSeenAt" bigint not null, "source" text not null)`,
      `create table "device" ("id" text primary key, "name" text not null, "kind" text not null, "address" text not null,
        "userName" text, "secret" text, "optionsJson" text not null, "informationJson" text, "epoch" bigint not null,
        "isDemo" integer not null, "addedAt" bigint not null)`,
      `create unique index "device_address" on "device" ("kind", "address")`,
      `create table "event" ("id" text primary key, "key" text not null unique, "deviceId" text not null,
        "deviceName" text not null, "channel" integer, "channelName" text, "kind" text not null, "type" text not null,
        "state" text not null, "input" integer, "description" text, "time" bigint not null, "receivedAt" bigint not null,
        "lastSeenAt" bigint not null, "endedAt" bigint, "count" integer not null, "hasPicture" integer not null)`,
      `create index "event_time" on "event" ("time" desc, "id" desc)`,
      `create index "event_device_time" on "event" ("deviceId", "time" desc, "id" desc)`,
      `create index "event_open" on "event" ("deviceId") where "state" = 'active'`,
      `create table "eventPicture" ("eventId" text primary key references "event" ("id") on delete cascade,
        "bytes" blob not null, "sizeBytes" bigint not null, "createdAt" bigint not null)`,
      `create index "eventPicture_createdAt" on "eventPicture" ("createdAt")`,
      `create table "arrival" ("key" text primary key, "receivedAt" bigint not null)`,
      `create index "arrival_receivedAt" on "arrival" ("receivedAt")`,
      `create table "command" ("id" text primary key, "deviceId" text not null, "deviceName" text not null, "kind" text not null,
        "state" text not null, "by" text not null, "createdAt" bigint not null, "sentAt" bigint, "endedAt" bigint,
        "text" text, "uptimeBefore" bigint)`,
      `create unique index "command_open" on "command" ("deviceId", "kind") where "endedAt" is null`,
      `create index "command_createdAt" on "command" ("createdAt" desc)`,
      `create table "audit" ("sequence" integer primary key, "time" bigint not null, "who" text not null,
        "source" text not null, "action" text not null, "object" text, "outcome" text not null,
        "detailJson" text not null, "hash" text not null)`,
    ],
  },
  {
    id: 2,
    name: 'health of devices',
    sql: [
      `create table "health" ("deviceId" text primary key references "device" ("id") on delete cascade,
        "checkedAt" bigint not null, "healthJson" text not null)`,
    ],
  },
  {
    id: 3,
    name: 'jobs; labels of devices',
    sql: [
      `alter table "device" add column "site" text`,
      `alter table "device" add column "tagsJson" text not null default '[]'`,
      `alter table "device" add column "group" text`,
      `create table "job" ("id" text primary key, "kind" text not null, "title" text not null, "state" text not null,
        "note" text, "by" text not null, "createdAt" bigint not null, "endedAt" bigint, "specJson" text not null,
        "rolloutJson" text not null)`,
      `create index "job_createdAt" on "job" ("createdAt" desc)`,
      `create index "job_open" on "job" ("state") where "endedAt" is null`,
      `create table "jobDevice" ("jobId" text not null references "job" ("id") on delete cascade, "number" integer not null,
        "deviceId" text not null, "deviceName" text not null, "wave" integer not null, "state" text not null, "text" text,
        "errorCode" text, "startedAt" bigint, "endedAt" bigint, "memoJson" text, "resultJson" text,
        primary key ("jobId", "number"))`,
      `create unique index "jobDevice_device" on "jobDevice" ("jobId", "deviceId")`,
      `create table "jobLog" ("jobId" text not null references "job" ("id") on delete cascade, "sequence" integer not null,
        "time" bigint not null, "deviceId" text, "text" text not null, primary key ("jobId", "sequence"))`,
    ],
  },
  {
    id: 4,
    name: 'firmware',
    sql: [
      `create table "firmware" ("id" text primary key, "sha256" text not null, "name" text not null, "version" text not null,
        "modelsJson" text not null, "notes" text not null, "sizeBytes" bigint not null, "addedAt" bigint not null,
        "by" text not null)`,
    ],
  },
  {
    id: 5,
    name: 'times without events',
    sql: [
      `create table "eventGap" ("id" text primary key, "deviceId" text not null, "deviceName" text not null,
        "from" bigint not null, "to" bigint, "causeCode" text not null, "causeText" text not null)`,
      `create index "eventGap_from" on "eventGap" ("from" desc)`,
      `create index "eventGap_device" on "eventGap" ("deviceId", "from" desc)`,
      `create index "eventGap_open" on "eventGap" ("deviceId") where "to" is null`,
      `create table "eventListening" ("deviceId" text primary key references "device" ("id") on delete cascade,
        "since" bigint not null)`,
    ],
  },
  {
    id: 6,
    name: 'what events know of their time and place',
    sql: [
      `alter table "event" add column "deviceTime" text`,
      `alter table "event" add column "isLate" integer not null default 0`,
      `alter table "event" add column "detailJson" text`,
    ],
  },
  {
    id: 7,
    name: 'events are found by text, and counted by the hour',
    sql: [
      `create table "eventText" ("id" integer primary key, "text" text not null unique, "count" bigint not null)`,
      `alter table "event" add column "textId" integer not null default 0`,
      `insert into "eventText" ("text", "count") select ${EVENT_TEXT}, count(*) from "event" group by 1`,
      `update "event" set "textId" = (select "t"."id" from "eventText" "t" where "t"."text" = ${EVENT_TEXT})`,
      `create table "eventTally" ("deviceId" text not null, "hour" bigint not null, "kind" text not null,
        "count" bigint not null, primary key ("deviceId", "hour", "kind"))`,
      `insert into "eventTally" select "deviceId", "time" / 3600000, "kind", count(*) from "event" group by 1, 2, 3`,
      `insert into "eventTally" select '', "hour", "kind", sum("count") from "eventTally" group by 2, 3`,
      // What a filter asks for stands in the index: rows that do not fit are never fetched.
      `drop index "event_time"`,
      `drop index "event_device_time"`,
      `drop index "event_open"`,
      `create index "event_time" on "event" ("time" desc, "id" desc, "deviceId", "kind", "state", "textId")`,
      `create index "event_device" on "event" ("deviceId", "time" desc, "id" desc, "kind", "state", "textId")`,
      `create index "event_kind" on "event" ("kind", "time" desc, "id" desc, "deviceId", "state", "textId")`,
      `create index "event_text" on "event" ("textId", "time" desc, "id" desc, "kind", "deviceId", "state")`,
      `create index "event_goingOn" on "event" ("state", "time" desc) where "state" <> 'inactive'`,
    ],
  },
  {
    id: 8,
    name: 'passwords that are being changed',
    sql: [`alter table "device" add column "nextSecret" text`],
  },
  {
    id: 9,
    name: 'rules',
    sql: [
      `create table "rule" ("id" text primary key, "ruleJson" text not null, "secret" text not null,
        "createdAt" bigint not null, "by" text not null)`,
      `create table "delivery" ("id" text primary key, "ruleId" text not null, "ruleName" text not null,
        "eventId" text not null, "target" text not null, "state" text not null, "body" text not null,
        "attempts" integer not null, "createdAt" bigint not null, "since" bigint not null, "nextAt" bigint,
        "endedAt" bigint, "text" text)`,
      `create index "delivery_due" on "delivery" ("nextAt") where "state" = 'waiting'`,
      `create index "delivery_createdAt" on "delivery" ("createdAt" desc)`,
    ],
  },
  {
    id: 10,
    name: "what a device's own log tells of a gap",
    sql: [
      `alter table "event" add column "source" text not null default 'told'`,
      `alter table "eventGap" add column "fill" text`,
      `alter table "eventGap" add column "fillCount" bigint not null default 0`,
      `alter table "eventGap" add column "fillWhy" text`,
      `create index "eventGap_fill" on "eventGap" ("fill") where "fill" = 'filling'`,
    ],
  },
  {
    id: 11,
    name: 'targets, deeds and firings of rules',
    sql: [
      `create table "target" ("id" text primary key, "name" text not null, "wayJson" text not null, "secret" text,
        "createdAt" bigint not null, "by" text not null)`,
      // The webhook of each rule becomes a target of its own; its key stays sealed as it was.
      `insert into "target" select "id", json_extract("ruleJson", '$.name'), json_extract("ruleJson", '$.tell'), "secret",
        "createdAt", "by" from "rule"`,
      `update "rule" set "ruleJson" = json_set(json_remove("ruleJson", '$.tell'),
        '$.deeds', json_array(json_object('kind', 'tell', 'target', "id")),
        '$.when.hours', case when json_extract("ruleJson", '$.when.window') is null then json_array()
          else json_array(json(json_extract("ruleJson", '$.when.window'))) end)`,
      `alter table "rule" drop column "secret"`,
      `alter table "delivery" add column "kind" text not null default 'webhook'`,
      `alter table "delivery" add column "targetId" text`,
      `alter table "delivery" add column "lane" text not null default ''`,
      `alter table "delivery" add column "batch" text not null default ''`,
      `alter table "delivery" add column "deedJson" text`,
      `update "delivery" set "targetId" = "ruleId", "lane" = "ruleId"`,
      `create index "delivery_target" on "delivery" ("targetId", "state", "endedAt")`,
      `create index "delivery_batch" on "delivery" ("batch")`,
      `create table "firing" ("id" text primary key, "ruleId" text not null, "ruleName" text not null,
        "eventId" text not null, "moment" text not null, "at" bigint not null, "minMs" bigint not null,
        "batch" text not null, "isGrouped" integer not null, "eventJson" text not null, "reasonJson" text not null)`,
      `create index "firing_at" on "firing" ("at" desc)`,
      `create index "firing_rule" on "firing" ("ruleId", "at" desc)`,
      `create index "firing_batch" on "firing" ("batch")`,
      `create table "bookmark" ("eventId" text primary key references "event" ("id") on delete cascade,
        "by" text not null, "createdAt" bigint not null)`,
      `create index "bookmark_createdAt" on "bookmark" ("createdAt" desc)`,
      `create table "arming" ("site" text primary key, "isArmed" integer not null, "since" bigint not null,
        "by" text not null)`,
      `create table "pushSubscription" ("id" text primary key, "sealed" text not null, "by" text not null,
        "createdAt" bigint not null)`,
      `create table "mqttSensor" ("targetId" text not null references "target" ("id") on delete cascade,
        "deviceId" text not null, "channel" integer not null, "kind" text not null,
        primary key ("targetId", "deviceId", "channel", "kind"))`,
    ],
  },
  {
    id: 12,
    name: 'gaps from before our clock was set',
    sql: [`alter table "eventGap" add column "fillShift" bigint not null default 0`],
  },
  {
    id: 13,
    name: 'alarms',
    sql: [
      `create table "alarm" ("id" text primary key, "eventId" text not null unique,
        "latestEventId" text not null references "event" ("id") on delete cascade, "subject" text not null,
        "deviceId" text not null, "severity" integer not null, "state" text not null, "count" bigint not null,
        "since" bigint not null, "createdAt" bigint not null, "latestAt" bigint not null, "assignee" text,
        "acknowledgedBy" text, "acknowledgedAt" bigint, "closedBy" text, "closedAt" bigint)`,
      `create unique index "alarm_open" on "alarm" ("subject") where "state" <> 'closed'`,
      `create index "alarm_queue" on "alarm" ("severity" desc, "createdAt" desc, "id") where "state" <> 'closed'`,
      `create index "alarm_closed" on "alarm" ("closedAt" desc, "id") where "state" = 'closed'`,
      `create index "alarm_latest" on "alarm" ("latestEventId")`,
      `create index "alarm_device" on "alarm" ("deviceId") where "state" <> 'closed'`,
      `create table "alarmComment" ("id" text primary key,
        "alarmId" text not null references "alarm" ("id") on delete cascade, "who" text not null,
        "at" bigint not null, "text" text not null)`,
      `create index "alarmComment_alarm" on "alarmComment" ("alarmId", "at")`,
    ],
  },
  {
    id: 14,
    name: 'floor plans',
    sql: [
      `create table "plan" ("id" text primary key, "name" text not null, "site" text, "width" integer not null,
        "height" integer not null, "type" text not null, "camerasJson" text not null, "edition" integer not null)`,
    ],
  },
  {
    id: 15,
    name: 'people and their roles',
    sql: [
      `create table "role" ("id" text primary key, "name" text not null, "permissionsJson" text not null)`,
      `alter table "user" add column "isDisabled" integer not null default 0`,
      `alter table "user" add column "grantsJson" text not null default '[]'`,
      `update "user" set "grantsJson" = '[{"role":"administrator","scope":{"kind":"all"},"hours":[]}]'`,
      `alter table "user" drop column "role"`,
    ],
  },
  {
    id: 16,
    name: 'links by certificate',
    sql: [
      `create table "joinToken" ("id" text primary key, "codeHash" text not null, "role" text not null, "name" text,
        "site" text, "serialNumber" text, "deviceId" text, "by" text not null, "createdAt" bigint not null,
        "expiresAt" bigint not null, "wrongTries" integer not null, "usedAt" bigint, "keyHash" text)`,
      `create table "linkCertificate" ("fingerprint" text primary key, "deviceId" text not null,
        "identity" text not null, "role" text not null, "keyHash" text not null, "pem" text not null,
        "issuedAt" bigint not null, "notAfter" bigint not null, "endsAt" bigint not null, "revokedAt" bigint)`,
    ],
  },
  {
    id: 17,
    name: 'tokens of programs',
    sql: [
      `create table "token" ("id" text primary key, "userId" text not null references "user" ("id") on delete cascade,
        "name" text not null, "tokenHash" text not null unique, "permissionsJson" text not null,
        "createdAt" bigint not null, "expiresAt" bigint not null, "lastUsedAt" bigint)`,
    ],
  },
  {
    id: 18,
    name: 'second factors',
    sql: [
      `create table "secondFactor" ("userId" text primary key references "user" ("id") on delete cascade,
        "appSecret" text, "usedStep" bigint not null, "recoveryJson" text not null)`,
      `create table "passkey" ("id" text primary key, "userId" text not null references "user" ("id") on delete cascade,
        "name" text not null, "host" text not null, "publicKey" text not null, "counter" bigint not null,
        "transportsJson" text not null, "createdAt" bigint not null, "lastUsedAt" bigint)`,
      `create index "passkey_user" on "passkey" ("userId")`,
      `alter table "user" add column "mustChangePassword" integer not null default 0`,
      `alter table "session" add column "wall" text`,
    ],
  },
  {
    id: 19,
    name: 'people for whom another vouches',
    sql: [
      `create table "identity" ("userId" text primary key references "user" ("id") on delete cascade, "way" text not null,
        "issuer" text not null, "subject" text not null, "followsGroups" integer not null, "createdAt" bigint not null)`,
      `create unique index "identity_subject" on "identity" ("issuer", "subject")`,
    ],
  },
  {
    id: 20,
    name: 'groups of people',
    sql: [
      `create table "peopleGroup" ("id" text primary key, "name" text not null, "grantsJson" text not null)`,
      `alter table "user" add column "groupsJson" text not null default '[]'`,
    ],
  },
  {
    id: 21,
    name: 'the audit by what it was done to, and by what was done',
    sql: [
      `create index "audit_object" on "audit" ("object", "sequence")`,
      `create index "audit_action" on "audit" ("action", "sequence")`,
    ],
  },
  {
    id: 22,
    name: 'taking events out is a permission of its own',
    sql: [
      // Whoever could until now still can.
      ...['role', 'token'].map(
        (table) => `update "${table}" set "permissionsJson" = replace("permissionsJson", '"event.view"',
          '"event.view","event.export"')`,
      ),
    ],
  },
]
