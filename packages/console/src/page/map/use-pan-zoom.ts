// SPDX-License-Identifier: Apache-2.0
/** Moving and zooming a picture in its stage: mouse, wheel, one finger, two fingers. The sums are in view-box.ts. */
import { type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { fit, held, movedBy, type Point, type Size, shareOf, type ViewBox, zoomAt } from './view-box.ts'

/** A press that moves less is a click. */
const CLICK_PIXELS = 4
const WHEEL_STEP = 0.0015

/** Never zero: it is divided by. */
const distance = (a: Point, b: Point): number => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y))

export interface PanZoom {
  readonly ref: RefObject<HTMLDivElement | null>
  /** Undefined until the stage has a size. */
  readonly view: ViewBox | undefined
  /** True while the press that is under way, or was last, moved the picture. */
  readonly hasMoved: () => boolean
  readonly zoom: (factor: number) => void
  readonly showAll: () => void
  /** A point of the window, in shares of the picture. */
  readonly toShare: (clientX: number, clientY: number) => Point
  readonly handlers: Readonly<
    Record<
      'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel' | 'onPointerLeave',
      (event: PointerEvent) => void
    >
  >
}

export const usePanZoom = (picture: Size): PanZoom => {
  const ref = useRef<HTMLDivElement>(null)
  const [stage, setStage] = useState<Size>()
  /** Undefined: all of it, whatever the size of the stage. */
  const [chosen, setChosen] = useState<ViewBox>()
  const pressed = useRef(new Map<number, Point>())
  const moved = useRef(false)
  const view = stage && (chosen ? held(chosen, picture, stage) : fit(picture, stage))

  const change = (how: (view: ViewBox, stage: Size) => ViewBox) => {
    if (stage) setChosen((old) => how(old ? held(old, picture, stage) : fit(picture, stage), stage))
  }
  const pointOf = ({ clientX, clientY }: { clientX: number; clientY: number }): Point => {
    const box = ref.current!.getBoundingClientRect()
    return { x: clientX - box.left, y: clientY - box.top }
  }
  const wheeled = (event: WheelEvent) => {
    event.preventDefault()
    const at = pointOf(event)
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    change((now, room) => zoomAt(now, at, Math.exp(-event.deltaY * lines * WHEEL_STEP), picture, room))
  }
  const onWheel = useRef(wheeled)
  useEffect(() => {
    onWheel.current = wheeled
  })
  useEffect(() => {
    const place = ref.current
    if (!place) return
    const sizes = new ResizeObserver(() => {
      if (place.clientWidth > 0 && place.clientHeight > 0)
        setStage({ width: place.clientWidth, height: place.clientHeight })
    })
    sizes.observe(place)
    // React's own listeners for wheels are passive: the page would scroll as well.
    const wheel = (event: WheelEvent) => onWheel.current(event)
    place.addEventListener('wheel', wheel, { passive: false })
    return () => {
      sizes.disconnect()
      place.removeEventListener('wheel', wheel)
    }
  }, [])

  const release = (event: PointerEvent) => void pressed.current.delete(event.pointerId)
  return {
    ref,
    view,
    hasMoved: () => moved.current,
    zoom: (factor) =>
      change((now, room) => zoomAt(now, { x: room.width / 2, y: room.height / 2 }, factor, picture, room)),
    showAll: () => setChosen(undefined),
    toShare: (clientX, clientY) => (view ? shareOf(pointOf({ clientX, clientY }), view, picture) : { x: 0.5, y: 0.5 }),
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0) return
        if (pressed.current.size === 0) moved.current = false
        pressed.current.set(event.pointerId, pointOf(event))
      },
      onPointerMove: (event) => {
        const before = pressed.current.get(event.pointerId)
        if (!before) return
        const at = pointOf(event)
        const by = { x: at.x - before.x, y: at.y - before.y }
        const other = [...pressed.current].find(([id]) => id !== event.pointerId)?.[1]
        if (!moved.current && !other && Math.hypot(by.x, by.y) < CLICK_PIXELS) return
        moved.current = true
        event.currentTarget.setPointerCapture(event.pointerId)
        pressed.current.set(event.pointerId, at)
        // Of two fingers one rests while the other moves: the picture grows about the one that rests.
        if (other)
          change((now, room) => zoomAt(now, other, distance(at, other) / distance(before, other), picture, room))
        else change((now, room) => movedBy(now, by, picture, room))
      },
      onPointerUp: release,
      onPointerCancel: release,
      onPointerLeave: release,
    },
  }
}
