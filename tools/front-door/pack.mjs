// SPDX-License-Identifier: Apache-2.0
/** `npm run pack`: what `npm publish` takes, in `dist/`. */
import { become, buildConsole, install, pinnedNode } from './prepare.mjs'

install()
buildConsole()
become(pinnedNode, ['tools/pack/main.ts'])
