// SPDX-License-Identifier: Apache-2.0
/** The body of every answer that is a "no": a stable code for programs, a sentence for people. */
import { z } from 'zod'

export const ApiError = z
  .object({
    code: z.string().describe('Stable, dotted, lower case: `device.not-found`'),
    text: z.string().describe('What, where and what to do, for people'),
    /** Set when asking again may help. */
    retry: z.enum(['never', 'later', 'after-login']).optional(),
    /** Where in the request, for invalid input: `body.address`. */
    at: z.string().optional(),
  })
  .meta({ id: 'ApiError' })
export type ApiError = z.output<typeof ApiError>
