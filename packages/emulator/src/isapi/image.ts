// SPDX-License-Identifier: Apache-2.0
/** The picture of a channel (`/Image/channels`), and what is written into it (`overlays`). The picture is drawn, and keeps its looks. */
import { element, find, type XmlElement } from '@openhmp/protocol/xml'
import { IsapiRefusal } from './answer.ts'
import { channelSetting } from './channel-setting.ts'
import { document, type Route, type Routed, resourceOf } from './route.ts'
import { type Leaf, limited, setting } from './setting-route.ts'

const PATH = '/Image/channels/#'
const level = { min: '0', max: '100' }

/** Parts by the path behind the channel. */
const parts: Readonly<Record<string, (leaf: Leaf) => XmlElement>> = {
  imageFlip: (leaf) =>
    element('ImageFlip', [
      leaf('enabled', false, { opt: 'true,false' }),
      leaf('ImageFlipStyle', 'CENTER', { opt: 'LEFTRIGHT,UPDOWN,CENTER' }),
    ]),
  WDR: (leaf) => element('WDR', [leaf('mode', 'close', { opt: 'open,close,auto' }), leaf('WDRLevel', 50, level)]),
  ircutFilter: (leaf) =>
    element('IrcutFilter', [
      leaf('IrcutFilterType', 'auto', { opt: 'auto,day,night,schedule' }),
      leaf('nightToDayFilterLevel', 4, { min: '0', max: '7' }),
      leaf('nightToDayFilterTime', 5, { min: '5', max: '120' }),
    ]),
  sharpness: (leaf) => element('Sharpness', [leaf('SharpnessLevel', 50, level)]),
  color: (leaf) =>
    element('Color', [
      leaf('brightnessLevel', 50, level),
      leaf('contrastLevel', 50, level),
      leaf('saturationLevel', 50, level),
    ]),
}

const mustBeThere = ({ core, ids }: Routed): number => {
  const [channel = 0] = ids
  if (!core.channels.some((one) => one.channel === channel)) throw new IsapiRefusal('notSupport')
  return channel
}

/** What is kept of a part is kept as one of its own, whichever way it came. */
const partOf = (request: Routed, name: string, leaf: Leaf): XmlElement => {
  const channel = mustBeThere(request)
  const { media } = request.core.profile
  if (!media.imageParts.includes(name)) throw new IsapiRefusal('notSupport')
  return request.core.settings.apply(resourceOf(`${PATH}/${name}`, [channel]), parts[name]!(leaf))
}

/** A part as a document of its own. */
const rooted = ({ core }: Routed, part: XmlElement): XmlElement => ({
  ...part,
  attributes: document(core, part.name, []).attributes,
})

const whole = (request: Routed, leaf: Leaf): XmlElement => {
  const channel = mustBeThere(request)
  const { media } = request.core.profile
  return document(request.core, 'ImageChannel', [
    element('id', channel),
    element('enabled', true),
    element('videoInputID', channel),
    ...Object.keys(parts)
      .filter((name) => media.imageParts.includes(name))
      .map((name) => partOf(request, name, leaf)),
  ])
}

/** Where the firmware takes it whole, each part is kept on its own. */
const wholeRoutes = setting({ path: PATH, build: whole }).map(
  (route): Route =>
    route.method === 'GET'
      ? route
      : {
          ...route,
          handle: (request) => {
            const { core, body, ids } = request
            if (!core.profile.media.takesWholeImage) return { status: 'methodNotAllowed' }
            if (!body) return { status: 'badXmlFormat' }
            const inForce = whole(request, limited)
            core.settings.mergeAll(
              core.profile.media.imageParts.flatMap((name) => {
                const part = inForce.children.find((one) => one.name === parts[name]!(limited).name)!
                const written = find(body, part.name)
                return written ? [{ resource: resourceOf(`${PATH}/${name}`, ids), document: part, written }] : []
              }),
            )
            return { status: 'ok' }
          },
        },
)

const LINES = 4

const overlays = ({ core }: Routed, leaf: Leaf): XmlElement => {
  const onOff = (name: string, value: boolean) => leaf(name, value, { opt: 'true,false' })
  const at = (x: number, y: number) => [
    leaf('positionX', x, { min: '0', max: '704' }),
    leaf('positionY', y, { min: '0', max: '576' }),
  ]
  const line = (id: number) =>
    element('TextOverlay', [element('id', id), onOff('enabled', false), ...at(0, 32 * id), element('displayText')])
  return document(core, 'VideoOverlay', [
    element('normalizedScreenSize', [element('normalizedScreenWidth', 704), element('normalizedScreenHeight', 576)]),
    element('attribute', [onOff('transparent', false), onOff('flashing', false)]),
    leaf('fontSize', 'adaptive', { opt: 'adaptive,16*16,32*32,48*48,64*64' }),
    element(
      'TextOverlayList',
      Array.from({ length: LINES }, (_, i) => line(i + 1)),
      { size: String(LINES) },
    ),
    element('DateTimeOverlay', [
      onOff('enabled', true),
      ...at(0, 544),
      leaf('dateStyle', 'YYYY-MM-DD', { opt: 'YYYY-MM-DD,MM-DD-YYYY,DD-MM-YYYY' }),
      leaf('timeStyle', '24hour', { opt: '24hour,12hour' }),
      onOff('displayWeek', true),
    ]),
    element('channelNameOverlay', [onOff('enabled', true), ...at(512, 64)]),
  ])
}

/** Paths of this part of the tree. */
export const imageRoutes: readonly Route[] = [
  ...wholeRoutes,
  ...Object.keys(parts).flatMap((name) =>
    setting({ path: `${PATH}/${name}`, build: (request, leaf) => rooted(request, partOf(request, name, leaf)) }),
  ),
  ...channelSetting('overlays', { build: overlays, readOnly: ['normalizedScreenSize'] }),
]
