/**
 * What a reader who comes by requests was told last, beside its position: text that it gives back, so that nothing of
 * it has to be kept. `<room>.<version of presence>.<1 while saving>`; another room's version says nothing.
 */
export interface Told {
  /** Sixteen hex digits: this room, for as long as it is open. */
  readonly room: string
  readonly version: number
  readonly saving: boolean
}

const SHAPE = /^([0-9a-f]{16})\.(0|[1-9][0-9]{0,14})\.([01])$/

export function encodeTold({ room, version, saving }: Told): string {
  return `${room}.${version}.${saving ? 1 : 0}`
}

/** Null for text that is none of ours. */
export function decodeTold(text: string): Told | null {
  const [, room, version, saving] = SHAPE.exec(text) ?? []
  return room === undefined ? null : { room, version: Number(version), saving: saving === '1' }
}
