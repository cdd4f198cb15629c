/**
 * The page's own elements draw into the document, not into shadow roots: the editor then stands in a plain document,
 * where every browser's selection works, labels reach what they name, and one sheet styles the page.
 */
import { LitElement } from 'lit'

export abstract class PageElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this
  }
}
