// SPDX-License-Identifier: Apache-2.0
/** The wall as it was left, kept in this browser. */
import { useState } from 'react'
import { firstWall, readWall, type WallState } from './wall-state.ts'

const KEY = 'openhmp.wall'
/** Phones start with the pictures alone. */
const NARROW = '(max-width: 900px)'

export const useWall = (cameraCount: number): [WallState, (wall: WallState) => void] => {
  const [kept, setKept] = useState(() => readWall(localStorage.getItem(KEY)))
  const fresh = { ...firstWall(cameraCount), hasEvents: !matchMedia(NARROW).matches }
  const change = (wall: WallState) => {
    setKept(wall)
    localStorage.setItem(KEY, JSON.stringify(wall))
  }
  return [kept ?? fresh, change]
}
