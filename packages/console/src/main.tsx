// SPDX-License-Identifier: Apache-2.0
/** Starts the console. The first import keeps zod from eval, which the page's policy forbids; the order matters. */
import '@openhmp/contract/no-eval'
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './app.css'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startText } from './text/language.ts'

await startText()
const root = document.getElementById('root')
if (root) createRoot(root).render(<App />)
