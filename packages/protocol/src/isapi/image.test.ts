// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { formatXml } from '../xml/format.ts'
import { parseXml } from '../xml/parse.ts'
import { imageResource } from './image.ts'
import { overlayResource } from './overlay.ts'
import type { Resource } from './resource.ts'

const written = <V, C>(resource: Resource<V, C>, xml: string, change: C): string => {
  const document = parseXml(xml)
  resource.write!(document, change)
  return formatXml(document, { isFragment: true }).replace(/>\s+</g, '><').trim()
}

describe('the looks of a picture', () => {
  const color = '<Color><brightnessLevel>50</brightnessLevel><hueLevel>50</hueLevel></Color>'
  const image = `<ImageChannel xmlns="urn:x"><id>1</id>${color}<WDR><mode>close</mode></WDR><Gain><GainLevel>100</GainLevel></Gain></ImageChannel>`

  it('change in place, whole and as a part', () => {
    expect(written(imageResource(1), image, { brightness: 7, wdr: 'auto' })).toBe(
      image.replace('<brightnessLevel>50', '<brightnessLevel>7').replace('close', 'auto'),
    )
    expect(written(imageResource(1, 'color'), color, { brightness: 7 })).toBe(
      color.replace('<brightnessLevel>50', '<brightnessLevel>7'),
    )
    expect(imageResource(1, 'dayNight').path).toBe('/ISAPI/Image/channels/1/ircutFilter')
  })

  it('are told in our words, and in the device’s where we have none', () => {
    const read = (xml: string) => imageResource(1).read(parseXml(`<ImageChannel>${xml}</ImageChannel>`))
    expect(read('<WDR><mode>open</mode></WDR>')).toMatchObject({ wdr: 'on', mirror: undefined, brightness: undefined })
    expect(read('<WDR><mode>extreme</mode></WDR>').wdr).toBe('extreme')
    expect(read('<ImageFlip><enabled>true</enabled><ImageFlipStyle>UPDOWN</ImageFlipStyle></ImageFlip>').mirror).toBe(
      'vertical',
    )
    expect(() => written(imageResource(1), image, { wdr: 'extreme' })).toThrow('wdr is one of off, on, auto')
    expect(() => written(imageResource(1), image, { mirror: 'none' })).toThrow('no mirror')
  })
})

it('an overlay that does not say its raster counts on 704 by 576', () => {
  const xml =
    '<VideoOverlay><channelNameOverlay><enabled>true</enabled><positionX>352</positionX><positionY>576</positionY><x/></channelNameOverlay></VideoOverlay>'
  const resource = overlayResource({ channel: 1, isProxied: true })
  expect(resource.path).toBe('/ISAPI/ContentMgmt/InputProxy/channels/1/video/overlays')
  expect(resource.read(parseXml(xml)).name).toEqual({ isShown: true, at: { x: 0.5, y: 0 } })
  expect(written(resource, xml, { name: { at: { x: 1, y: 1 } } })).toBe(xml.replace('352', '704').replace('576', '0'))
  expect(() => written(resource, xml, { date: { isShown: true } })).toThrow('no date')
  expect(() => written(resource, xml, { name: { at: { x: 2, y: 0 } } })).toThrow('0 to 1')
})
