// SPDX-License-Identifier: Apache-2.0

export { type JudgedAddress, judgeAddress } from './address-kind.ts'
export { ALERT_STREAM_PATH, openAlertStream } from './alert-stream/open-alert-stream.ts'
export type { AlertStream, AlertStreamOptions, AlertStreamState, AlertStreamStats } from './alert-stream/options.ts'
export * from './certificate.ts'
export { systemClock } from './clock.ts'
export { type DiscoverOptions, discover } from './discovery/discover.ts'
export type { FoundDevice, Method } from './discovery/found.ts'
export { addressesOf } from './discovery/range.ts'
export { type DiagnoseOptions, diagnose } from './doctor/diagnose.ts'
export { CHECKS, type Check, type Finding } from './doctor/finding.ts'
export { holesOf, type KnownHole } from './doctor/known-vulnerable.ts'
export { MAX_CLOCK_OFFSET_MS } from './doctor/upkeep.ts'
export * from './hmp/carrier.ts'
export { type DialOptions, dialHmp } from './hmp/dial.ts'
export { type Enrolled, enrolLink, type LinkCertificate, makeLinkKey, renewLink } from './hmp/enrol.ts'
export { activateDevice } from './isapi/activate.ts'
export { pictureOf } from './isapi/answer.ts'
export { setDeviceClock } from './isapi/clock.ts'
export { backUpDevice, MAX_BACKUP_BYTES, resetDevice, restoreDevice } from './isapi/configuration.ts'
export type { ChannelDescription, DeviceDescription, StreamDescription } from './isapi/description.ts'
export {
  installCertificate,
  readHttpsPort,
  requestCertificate,
} from './isapi/device-certificate.ts'
export { type LoggedEntry, readDeviceLog } from './isapi/device-log.ts'
export { doorOver, type IsapiExchange } from './isapi/door.ts'
export {
  MAX_FIRMWARE_BYTES,
  readUpgradeStatus,
  type UpgradeStatus,
  type UploadOutcome,
  uploadFirmware,
} from './isapi/firmware.ts'
export { type HealthReading, readHealth } from './isapi/health.ts'
export { clearHttpHost, readHttpHosts, setHttpHost, testHttpHost } from './isapi/http-host.ts'
export { changeImage } from './isapi/image-setting.ts'
export { type PortNow, readInputsNow, readPorts, switchOutput } from './isapi/io-port.ts'
export { IsapiClient } from './isapi/isapi-client.ts'
export { type EventLink, linkEvents, readEventLinks } from './isapi/links.ts'
export { changeNetwork, changePort } from './isapi/network.ts'
export type { IsapiAnswer, IsapiOptions, IsapiRequestOptions, IsapiStream, IsapiUpload } from './isapi/options.ts'
export { describeDevice, type ProbeOptions, probeDevice } from './isapi/probe.ts'
export { Ptz } from './isapi/ptz.ts'
export * from './isapi/resource.ts'
export { changeStream, readStreamCapabilities } from './isapi/stream-setting.ts'
export { openTalk, readTalkChannels } from './isapi/talk.ts'
export { changePassword, createUser, deleteUser, listUsers, type PasswordChange } from './isapi/users.ts'
export * from './login-guard.ts'
export { judgedLookup, type Reach } from './reach.ts'
export type { RtspConnection, RtspStats } from './rtsp/connection.ts'
export * from './rtsp/open-rtsp.ts'
export type { RtspOptions } from './rtsp/options.ts'
export type { TlsTrust } from './socket.ts'
