/** Parts of the page that are fetched when somebody asks for what they do. */
import type {} from './slips.ts'

/** Does something with a part once it is here, or says that it did not come. */
export async function withPart<Part>(part: Promise<Part>, act: (part: Part) => unknown): Promise<void> {
  try {
    await act(await part)
  } catch {
    const { slips } = await import('./slips.ts')
    slips().lay({
      kind: 'file',
      text: 'A part of the page did not arrive. Check your connection and try again.',
      actions: [],
    })
  }
}
