/**
 * What the browser has done and the view has not heard of.
 *
 * A click or a key moves the caret at once, and `selectionchange` comes in a later task; a letter is in the page before
 * its record is read. Whatever is drawn in between would put the caret back to where it was, and the letter away.
 */
import type { EditorView } from 'prosemirror-view'

/** What the view keeps to itself and offers no other way to: reading the page now instead of when it is told to. */
interface Observing {
  readonly domObserver: {
    /** Reads what has happened, unless it waits on purpose for more. */
    flush(): void
  }
}

/**
 * Lets the view read what the browser did, through its own `dispatchTransaction`. Call it before anything is drawn for
 * another reason than what the person just did, and before a key or a button acts on the selection; and before the
 * transaction for that is made. Nothing happens while somebody composes: there the page is not to be read before the
 * input method has done with it.
 */
export function hear(view: EditorView): void {
  if (view.isDestroyed || view.composing) return
  ;(view as unknown as Observing).domObserver.flush()
}
