/** The slip that says that this device does not keep what is written, and what can be done about it. */
import { downloadCopy } from './copy.ts'
import type { OpenedDocument } from './opened.ts'
import { whyNotKept } from './saving.ts'
import { slips } from './slips.ts'

/** Keeps the slip true while the document is open; returns what ends it. */
export function watchKeeping(opened: OpenedDocument): () => void {
  let told: 'nothing' | 'warned' | 'urgent' = 'nothing'
  const look = (): void => {
    const { device, status, atRisk } = opened
    if (device.kind !== 'not-kept') {
      if (device.kind !== 'loading' && told !== 'nothing') slips().take('device')
      if (device.kind !== 'loading') told = 'nothing'
      return
    }
    const isUrgent = atRisk > 0 && status.kind === 'offline'
    if (told === 'urgent' || (told === 'warned' && !isUrgent)) return
    told = isUrgent ? 'urgent' : 'warned'
    slips().lay({
      kind: 'device',
      text: isUrgent
        ? `${whyNotKept(device.reason)} What you write now is in this tab only: keep this tab open until you are back.`
        : `${whyNotKept(device.reason)} Without a network, what you write lasts only as long as this tab.`,
      actions: isUrgent
        ? [{ label: 'Download a copy', act: () => downloadCopy(opened.doc) }]
        : device.reason === 'silent'
          ? [{ label: 'Reload to try again', act: () => location.reload() }]
          : [],
    })
  }
  const part = opened.subscribe(look)
  look()
  return () => {
    part()
    if (told !== 'nothing') slips().take('device')
  }
}
