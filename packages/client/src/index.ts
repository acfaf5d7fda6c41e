// SPDX-License-Identifier: Apache-2.0
export * from './hmp/carrier.ts'
export { type DialOptions, dialHmp } from './hmp/dial.ts'
export * from './login-guard.ts'
export type { RtspConnection, RtspStats } from './rtsp/connection.ts'
export * from './rtsp/open-rtsp.ts'
export type { RtspOptions } from './rtsp/options.ts'
export type { TlsTrust } from './socket.ts'
