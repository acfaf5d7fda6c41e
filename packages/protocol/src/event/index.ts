// SPDX-License-Identifier: Apache-2.0
export * from './alert.ts'
export * from './alert-json.ts'
export { alertOfXml } from './alert-xml.ts'
export * from './channel.ts'
export * from './device-event.ts'
export * from './kind.ts'
export * from './log-search.ts'
export * from './time.ts'
