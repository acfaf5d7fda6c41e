// SPDX-License-Identifier: Apache-2.0
/** `npm run check`: types, lint and format, floors, unused code. What CI runs before the tests, in the same order. */
import { install, pinnedNode, step, tool } from './prepare.mjs'

install()
const node = (name, path, ...args) => step(name, pinnedNode, [tool(path), ...args])
const results = [
  node('types of protocol (no Node, no browser)', 'typescript/bin/tsc', '-p', 'packages/protocol/tsconfig.json'),
  node('types of the Node packages', 'typescript/bin/tsc', '-p', 'tsconfig.json'),
  node('types of the console', 'typescript/bin/tsc', '-p', 'packages/console/tsconfig.json'),
  node('lint and format', '@biomejs/biome/bin/biome', 'ci', '.'),
  node('floors and other rules of the house', 'vitest/vitest.mjs', 'run', 'tools/house'),
  node('unused code', 'knip/bin/knip.js'),
]
process.exit(results.every(Boolean) ? 0 : 1)
