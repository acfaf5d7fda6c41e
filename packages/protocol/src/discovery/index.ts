// SPDX-License-Identifier: Apache-2.0
/** Finding devices: SADP and WS-Discovery, as datagrams. */
export * from './sadp.ts'
export * from './ws-discovery.ts'
