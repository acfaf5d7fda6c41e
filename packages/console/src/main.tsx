// SPDX-License-Identifier: Apache-2.0
/** Starts the console. Zod must hear of the ban on eval before any schema is made, so all else comes in a second step. */
import './trusted.ts'
import '@openhmp/contract/no-eval'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './app.css'

const { start } = await import('./start.tsx')
await start()
