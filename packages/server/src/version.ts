// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'

/** This package's version, as `package.json` beside it says. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version
