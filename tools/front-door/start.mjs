// SPDX-License-Identifier: Apache-2.0
/** `npm start`: a running CMS on https://localhost:8443, from a fresh clone or a used one. Options go through: `npm start -- --port 9443`. */
import { become, buildConsole, install, pinnedNode } from './prepare.mjs'

install()
buildConsole()
become(pinnedNode, ['packages/cli/src/main.ts', 'serve', ...process.argv.slice(2)])
