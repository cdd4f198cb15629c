/** Whether what is written here is kept on this device. */

/**
 * `absent`: there is no store at all. `silent`: it did not answer when the document was opened; what it holds is as it was,
 * for the next time. The others are tried again.
 */
export type NotKept = 'absent' | 'silent' | 'quota' | 'error' | 'cleared'

export type DeviceStatus =
  /** Not read yet: no editor before it is. */
  | { readonly kind: 'loading' }
  /** Everything written here is in the store; its transaction is complete. */
  | { readonly kind: 'kept' }
  /** A write is on its way. */
  | { readonly kind: 'keeping' }
  | { readonly kind: 'not-kept'; readonly reason: NotKept }

export function sameDeviceStatus(a: DeviceStatus, b: DeviceStatus): boolean {
  if (a.kind === 'not-kept' && b.kind === 'not-kept') return a.reason === b.reason
  return a.kind === b.kind
}

/** A write on its way is no news: it would be some with every key. */
export function isSaidAlike(a: DeviceStatus, b: DeviceStatus): boolean {
  const isFine = ({ kind }: DeviceStatus): boolean => kind === 'kept' || kind === 'keeping'
  return (isFine(a) && isFine(b)) || sameDeviceStatus(a, b)
}
