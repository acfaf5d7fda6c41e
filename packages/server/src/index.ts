// SPDX-License-Identifier: Apache-2.0
/**
 * The central management system. `startServer` gives a running one; whoever starts it supplies the clock, the log, the
 * built console and, if it can, the demo site's emulated cameras.
 */

export { systemClock } from '@openhmp/client'
export { recover } from './access/recover.ts'
export type { PrintedCode } from './access/setup-code.ts'
export { type AuditFault, type AuditReport, verifyAudit } from './audit/verify.ts'
export { type BackupReport, backUp } from './backup/backup.ts'
export { type RestoreReport, restore } from './backup/restore.ts'
export type { DemoRequest, DemoSite, RunningSite } from './demo/demo.ts'
export { Secret } from './secret/secret.ts'
export { type Server, type ServerOptions, startServer } from './server.ts'
