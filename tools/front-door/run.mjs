// SPDX-License-Identifier: Apache-2.0
/** Runs a TypeScript file of the repository with the pinned Node: `node tools/front-door/run.mjs bench/main.ts --quick`. */
import { become, install, pinnedNode } from './prepare.mjs'

install()
become(pinnedNode, process.argv.slice(2))
