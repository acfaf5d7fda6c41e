// SPDX-License-Identifier: Apache-2.0
/** All scenes. */
import type { Scene } from './scene.ts'
import { carpark } from './scene/carpark.ts'
import { corridor } from './scene/corridor.ts'
import { gate } from './scene/gate.ts'
import { yard } from './scene/yard.ts'

export const scenes: readonly Scene[] = [gate, yard, corridor, carpark]
