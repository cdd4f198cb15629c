/** What somebody comes into a room for. A room does not know by which carrier they came. */
import type { Kind } from '#shared/frame.ts'
import type { Offset } from '#shared/offset.ts'
import type { Payer } from './allowance.ts'
import type { SeatKey } from './seats.ts'

/** What a reader holds already, and what it can read. */
export interface Start {
  /** Null for one that holds nothing. */
  readonly offset: Offset | null
  readonly kind: Kind
  /** The newest schema it knows; null where it does not say. */
  readonly schemaVersion: number | null
}

export type Errand =
  /** Both ways, for as long as the channel lives: it says itself what it holds. */
  | { readonly kind: 'talk' }
  /** To be told everything, from a start that is named as it comes; it says nothing. */
  | { readonly kind: 'listen'; readonly start: Start; readonly seat: SeatKey | null }
  /** To say something, and to go once that is answered. */
  | {
      readonly kind: 'deliver'
      readonly intends: Kind
      readonly seat: SeatKey | null
      /** Whose rates it goes by; its own where nobody is named. */
      readonly payer?: Payer
    }

export const TALK: Errand = { kind: 'talk' }
