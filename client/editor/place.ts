/** Puts a floating box under what it belongs to, or above where there is no room below, inside the window. */

const GAP = 6
const MARGIN = 8

export interface At {
  readonly left: number
  readonly top: number
  readonly bottom: number
}

export function place(box: HTMLElement, { left, top, bottom }: At): void {
  const { width, height } = box.getBoundingClientRect()
  const room = { width: document.documentElement.clientWidth, height: window.innerHeight }
  const below = bottom + GAP
  const fits = below + height <= room.height - MARGIN
  box.style.left = `${Math.max(MARGIN, Math.min(left, room.width - width - MARGIN))}px`
  box.style.top = `${fits ? below : Math.max(MARGIN, top - GAP - height)}px`
}
