// SPDX-License-Identifier: Apache-2.0
/** All targets: every parser that takes bytes from strangers. */
import type { FuzzTarget } from './target.ts'
import { captureTargets } from './targets/capture.ts'
import { documentTargets } from './targets/document.ts'
import { hmpTargets } from './targets/hmp.ts'
import { mediaTargets } from './targets/media.ts'
import { rtspTargets } from './targets/rtsp.ts'

export const targets: readonly FuzzTarget[] = [
  ...hmpTargets,
  ...mediaTargets,
  ...rtspTargets,
  ...documentTargets,
  ...captureTargets,
]
