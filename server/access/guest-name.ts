/** What a guest is called: nobody chooses it, so nobody takes somebody else's name by it. */
import { hash } from 'node:crypto'

const COLOURS =
  'Amber Azure Coral Crimson Cyan Ebony Emerald Golden Indigo Ivory Jade Lilac Maroon Olive Pearl Plum Rose Ruby Russet Saffron Scarlet Silver Teal Violet'.split(
    ' ',
  )
const ANIMALS =
  'Badger Bear Bison Crane Deer Falcon Finch Fox Hare Hawk Heron Ibex Jackal Kestrel Lark Lynx Marten Otter Owl Raven Robin Seal Swan Wolf'.split(
    ' ',
  )

/** Always the same for an author: "Guest Amber Fox". */
export function guestName(author: string): string {
  const digest = hash('sha256', `vellum guest ${author}`, 'buffer')
  const colour = COLOURS[digest.readUInt16BE(0) % COLOURS.length] ?? ''
  const animal = ANIMALS[digest.readUInt16BE(2) % ANIMALS.length] ?? ''
  return `Guest ${colour} ${animal}`
}
