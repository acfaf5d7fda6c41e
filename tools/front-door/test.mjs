// SPDX-License-Identifier: Apache-2.0
/** `npm test`: everything, browser and foreign programs included. `npm test -- packages/protocol/src/rtp` runs one folder. */
import { installForeign } from './foreign.mjs'
import { become, buildConsole, install, pinnedNode, tool } from './prepare.mjs'

install()
const filters = process.argv.slice(2)
if (filters.length === 0) installForeign()
buildConsole()
become(pinnedNode, [tool('vitest/vitest.mjs'), 'run', ...filters])
