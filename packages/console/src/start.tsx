// SPDX-License-Identifier: Apache-2.0
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { startText } from './text/language.ts'

/** Renders the console into the page, once it knows which language to speak. */
export const start = async (): Promise<void> => {
  await startText()
  const root = document.getElementById('root')
  if (root) createRoot(root).render(<App />)
}
