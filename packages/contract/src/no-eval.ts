// SPDX-License-Identifier: Apache-2.0
/**
 * For browsers under a content security policy without `unsafe-eval`: tells zod not to compile its parsers. Schemas look
 * at this while they are made, so import it before anything else of this package.
 */
import { config } from 'zod'

config({ jitless: true })
