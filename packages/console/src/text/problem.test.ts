// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { problemText } from './problem.ts'

describe('problemText', () => {
  it.each([
    ['en', 'login.wrong', 'the name or the password is wrong', 'The name or the password is wrong'],
    ['en', 'link.refused', '127.0.0.1:9: nothing listens there', '127.0.0.1:9: nothing listens there'],
    ['en', 'link.refused', 'cam.example: nothing listens there', 'cam.example: nothing listens there'],
    ['zh-CN', 'login.wrong', 'the name or the password is wrong', '用户名或密码错误。'],
    ['zh-CN', 'quite.new', 'a reason of tomorrow', 'A reason of tomorrow'],
  ])('%s, %s', (language, code, text, said) => expect(problemText(language, code, text)).toBe(said))
})
