// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8 } from '../base/bytes.ts'
import { WireError } from '../base/errors.ts'
import {
  attributeOf,
  booleanAt,
  childrenOf,
  element,
  find,
  numberAt,
  setText,
  textAt,
  type XmlElement,
} from './element.ts'
import { formatXml } from './format.ts'
import {
  MAX_XML_ATTRIBUTES,
  MAX_XML_BYTES,
  MAX_XML_DEPTH,
  MAX_XML_ELEMENTS,
  parseXml,
  parseXmlDocuments,
} from './parse.ts'

/** name, document, its tree written as nested arrays. */
const rows = [
  ['text', '<a>x</a>', ['a', 'x']],
  ['declaration and byte order mark', '\uFEFF<?xml version="1.0"?>\r\n<a>x</a>', ['a', 'x']],
  ['a broken declaration', '<?xml version: "1.0" ?><a>x</a>', ['a', 'x']],
  ['children, comments, CDATA', '<a><!-- no --><b>1</b><b><![CDATA[<2>]]></b></a>', ['a', ['b', '1'], ['b', '<2>']]],
  ['empty elements', '<a><b/><c></c></a>', ['a', ['b', ''], ['c', '']]],
  ['references', '<a>&lt;&#65;&#x42;&amp;lt;</a>', ['a', '<AB&lt;']],
  ['a bare ampersand', '<a>Yard & gate &co; &amp; more</a>', ['a', 'Yard & gate &co; & more']],
  ['prefixes', '<s:a><s:b>1</s:b></s:a>', ['s:a', ['s:b', '1']]],
  ['rubbish behind the root', '<a>1</a>\0\0--boundary', ['a', '1']],
] as const

type Shape = readonly [string, ...(readonly unknown[])]
const shape = ({ name, children, text }: XmlElement): unknown[] =>
  children.length > 0 ? [name, ...children.map(shape)] : [name, text]

describe('XML reader', () => {
  it.each(rows)('reads %s', (_, document, tree) => {
    expect(shape(parseXml(document))).toEqual(tree as Shape)
    expect(shape(parseXml(utf8(document)))).toEqual(tree as Shape)
  })

  it.each([
    ['xml.dtd', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ['xml.dtd', '<a><!ENTITY b "c"></a>'],
    ['xml.nesting', '<a><b></a></b>'],
    ['xml.unclosed', '<a><b></b>'],
    ['xml.unclosed', ''],
    ['xml.attribute', '<a b></a>'],
    ['xml.attribute', '<a b=c></a>'],
    ['xml.attribute', '<a b><c d="1"/></a>'],
    ['xml.attribute', '<a b>c="d"</a>'],
    ['xml.attribute', '<a b="1" b="2"/>'],
    ['xml.unclosed', '<a b="1"'],
    ['xml.unclosed', '<a'],
    ['xml.name', '<a>< b/></a>'],
    ['xml.name', '<a><b<c/></a>'],
    ['xml.name', '<1/>'],
    ['xml.name', `<${'a'.repeat(257)}/>`],
    ['xml.depth', '<a>'.repeat(60_000)],
    ['xml.elements', `<a>${'<b/>'.repeat(MAX_XML_ELEMENTS)}</a>`],
    ['xml.attributes', `<a ${Array.from({ length: MAX_XML_ATTRIBUTES + 1 }, (_, i) => `b${i}="1"`).join(' ')}/>`],
    ['xml.size', 'x'.repeat(MAX_XML_BYTES + 1)],
  ])('refuses with %s', (code, document) => {
    expect(() => parseXml(document)).toThrow(expect.objectContaining({ code }))
  })

  it('takes elements as deep as its limit', () => {
    expect(() => parseXml('<a>'.repeat(MAX_XML_DEPTH) + '</a>'.repeat(MAX_XML_DEPTH))).not.toThrow()
  })

  it('reads documents glued together', () => {
    const glued = '<?xml version="1.0"?><a>1</a>\r\n<?xml version="1.0"?><b>2</b>\r\n'
    expect(parseXmlDocuments(glued).map(shape)).toEqual([
      ['a', '1'],
      ['b', '2'],
    ])
  })

  it.each(['<b>', '<%', '--boundary <x', '</b>', '<a>1</a', '<!DOCTYPE a>'])(
    'keeps whole documents before %s',
    (rest) => {
      expect(parseXmlDocuments(`<a>1</a>\r\n${rest}`).map(shape)).toEqual([['a', '1']])
      expect(() => parseXmlDocuments(rest)).toThrow(WireError)
    },
  )

  it('finds by local name and letter case of any kind, and tells missing from empty', () => {
    const root = parseXml('<x:A xmlns:x="n" size="3"><x:B><C>7</C><D>true</D><E/></x:B><x:B/></x:A>')
    expect(attributeOf(root, 'size')).toBe('3')
    expect(numberAt(root, 'B/c')).toBe(7)
    expect(booleanAt(root, 'b/D')).toBe(true)
    expect(textAt(root, 'B/E')).toBeUndefined()
    expect(find(root, 'B/E')).toBeDefined()
    expect(find(root, 'B/F')).toBeUndefined()
    expect(childrenOf(root, 'B')).toHaveLength(2)
  })

  it('changes one text and keeps all else', () => {
    const root = parseXml('<A xmlns="n" version="1.0"><B><unknown opt="x">1</unknown><C>7</C></B></A>')
    setText(root, 'B/C', 8)
    setText(root, 'B/new/er', 'y')
    expect(formatXml(root)).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<A xmlns="n" version="1.0">\n<B>\n<unknown opt="x">1</unknown>\n<C>8</C>\n<new>\n<er>y</er>\n</new>\n</B>\n</A>\n',
    )
  })

  it('makes new elements with the prefix of their parents', () => {
    const root = parseXml('<n:A xmlns:n="x"/>')
    setText(root, 'B/C', 1)
    expect(formatXml(root, { isFragment: true })).toBe('<n:A xmlns:n="x">\n<n:B>\n<n:C>1</n:C>\n</n:B>\n</n:A>\n')
  })

  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/)
  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).map((one) => one.trim())
  const { tree } = fc.letrec<{ tree: XmlElement }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.tuple(name, text).map(([n, t]) => element(n, t)),
      fc.tuple(name, fc.array(tie('tree'), { minLength: 1, maxLength: 4 })).map(([n, c]) => element(n, c)),
    ),
  }))

  it('gives back what was written', () => {
    const visible = (one: XmlElement): XmlElement => ({
      ...one,
      text: one.text.replace(/(?![\t\n\r])\p{Cc}|[\uFFFE\uFFFF]|\p{Cs}/gu, '').trim(),
      children: one.children.map(visible),
    })
    fc.assert(
      fc.property(tree, (one) => {
        expect(parseXml(formatXml(one))).toEqual(visible(one))
      }),
    )
  })

  it('answers any text with a tree or a WireError', () => {
    const bits = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      'a',
      '="',
      "'",
      '&',
      ';',
      '<!--',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      ' ',
      '<!',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(bits, fc.string({ maxLength: 4 })), { maxLength: 40 }), (parts) => {
        try {
          parseXml(parts.join(''))
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
        }
      }),
      { examples: rows.map(([, document]) => [[document]] as [string[]]) },
    )
  })
})
