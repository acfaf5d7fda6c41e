// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WireError } from '../base/errors.ts'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { changeUser, newUserElement, passwordFault, passwordWeakness, readUsers } from './user.ts'

const list = `<UserList version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">
<User version="2.0"><id>1</id><userName>admin</userName><userLevel>Administrator</userLevel></User>
<User version="2.0"><id>3</id><userName>guard</userName><userLevel>operator</userLevel><extra>1</extra></User>
<User><id>4</id><userName>odd</userName><userLevel>Installer</userLevel></User>
<User><userName>without number</userName></User></UserList>`

describe('users', () => {
  it('reads what there is', () => {
    expect(readUsers(parseXml(list))).toEqual([
      { id: 1, name: 'admin', level: 'Administrator' },
      { id: 3, name: 'guard', level: 'Operator' },
      { id: 4, name: 'odd', level: undefined },
    ])
    expect(readUsers(parseXml('<UserList/>'))).toEqual([])
  })

  it('writes a new one, with the password of who asks where it is known', () => {
    const made = { name: 'guard & co', password: '<Aa1>&"\'', level: 'Viewer' } as const
    const plain = newUserElement(made)
    expect(formatXml(plain)).not.toContain('loginPassword')
    const back = parseXml(formatXml(newUserElement({ ...made, loginPassword: 'x' })))
    expect(back.children.map(({ name, text }) => [name, text])).toEqual([
      ['id', '0'],
      ['userName', 'guard & co'],
      ['password', '<Aa1>&"\''],
      ['bondIpList', ''],
      ['macAddress', ''],
      ['userLevel', 'Viewer'],
      ['attribute', ''],
      ['loginPassword', 'x'],
    ])
  })

  it('changes what is told and leaves the rest', () => {
    const user = parseXml('<h:User xmlns:h="u"><h:id>3</h:id><h:userName>a</h:userName><h:extra>1</h:extra></h:User>')
    changeUser(user, { password: 'new', loginPassword: 'mine' })
    expect(formatXml(user)).toContain('<h:extra>1</h:extra>')
    expect(user.children.map(({ name }) => name)).toEqual([
      ...['h:id', 'h:userName', 'h:extra', 'h:password', 'h:loginPassword'],
    ])
    changeUser(user, { name: 'b', level: 'Operator' })
    expect(user.children[1]?.text).toBe('b')
  })

  it('any bytes give a list or a WireError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readUsers(parseXml(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
    )
  })
})

describe('what a password must be', () => {
  it.each([
    ['Abcdefg1', undefined],
    ['abcdefg1', undefined],
    ['with space 1', undefined],
    ['Abcdef1', /fewer/],
    ['Abcdefgh123456789', /more than/],
    ['abcdefgh', /one kind/],
    ['12345678', /one kind/],
    ['xAdmin123', /name/],
    ['Abcdefg1 ', /space/],
    ['Äbcdefg1', /ASCII/],
  ])('%s', (password, fault) => {
    if (fault) expect(passwordFault(password, 'admin')).toMatch(fault)
    else expect(passwordFault(password, 'admin')).toBeUndefined()
  })

  it('is not called weak for being long', () => {
    expect(passwordWeakness('Abcdefgh123456789', 'admin')).toBeUndefined()
    expect(passwordWeakness('abc', 'admin')).toMatch(/fewer/)
  })
})
