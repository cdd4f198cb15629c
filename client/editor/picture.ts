/**
 * A picture on the screen. One from a host that was not allowed is not loaded, since that would tell the host who
 * reads: its words stand in its place, of a size that never changes, with a link for whoever wants to look.
 */
import { DOMSerializer, type Node } from 'prosemirror-model'
import type { NodeView, NodeViewConstructor } from 'prosemirror-view'
import type { AllowedPictures } from '#shared/schema/pictures.ts'
import { imageUrl, linkUrl } from '#shared/schema/url.ts'

/** Draws pictures: those of this origin and of allowed ones as they are, others in words. */
export function pictureView(allowed: AllowedPictures): NodeViewConstructor {
  return (node) => {
    const url = addressOf(node)
    return url !== null && isLoaded(url, allowed) ? shown(node) : described(node, url)
  }
}

function addressOf(node: Node): URL | null {
  const src = imageUrl(node.attrs['src'])
  return src === null ? null : URL.parse(src, document.baseURI)
}

function isLoaded(url: URL, allowed: AllowedPictures): boolean {
  if (url.origin === location.origin) return true
  return allowed === '*' ? url.protocol === 'https:' : allowed.includes(url.origin)
}

function shown(node: Node): NodeView {
  const drawn = node.type.spec.toDOM?.(node)
  if (drawn === undefined) throw new TypeError(`${node.type.name} has no form`)
  const { dom } = DOMSerializer.renderSpec(document, drawn)
  if (!(dom instanceof HTMLElement)) throw new TypeError(`${node.type.name} is drawn as no element`)
  return { dom }
}

function described(node: Node, url: URL | null): NodeView {
  const dom = document.createElement('span')
  dom.className = 'picture'
  const words = String(node.attrs['alt'] ?? '').trim()
  const name = words === '' ? 'Picture' : words
  const leadsTo = linkUrl(node.attrs['href'])
  const title = document.createElement(leadsTo === null ? 'span' : 'a')
  title.className = 'picture-words'
  title.textContent = name
  if (title instanceof HTMLAnchorElement && leadsTo !== null) leadAway(title, leadsTo)
  dom.append(sign(), title)
  if (url !== null) {
    const look = document.createElement('a')
    leadAway(look, url.href)
    look.textContent = url.host
    look.title = 'Open the picture in a new tab'
    look.setAttribute('aria-label', `${url.host}: open “${name}” in a new tab`)
    dom.append(look)
  }
  return {
    dom,
    // A link is the browser's to follow, by mouse, finger and key; elsewhere a click selects the picture.
    stopEvent: ({ target }) => target instanceof HTMLAnchorElement,
  }
}

function leadAway(link: HTMLAnchorElement, href: string): void {
  link.href = href
  link.target = '_blank'
  link.rel = 'noopener noreferrer nofollow'
  link.draggable = false
}

const SVG = 'http://www.w3.org/2000/svg'

function sign(): SVGElement {
  const drawn = document.createElementNS(SVG, 'svg')
  drawn.setAttribute('viewBox', '0 0 24 24')
  drawn.setAttribute('role', 'img')
  drawn.setAttribute('aria-label', 'Picture')
  for (const d of [
    'M5 4h14a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Z',
    'm4 16 4.5-4.5 5 5L16 14l4 4',
    'M15 8.5h.01',
  ]) {
    const path = document.createElementNS(SVG, 'path')
    path.setAttribute('d', d)
    drawn.append(path)
  }
  return drawn
}
