/** Reads an event stream (text/event-stream) piece by piece. */

export interface StreamEvent {
  /** `message` where the stream names none. */
  readonly event: string
  readonly data: string
  /** The last id the stream has named; '' for none. */
  readonly id: string
}

export class EventLines {
  readonly #decoder = new TextDecoder()
  #rest: string[] = []
  #event = ''
  #data: string[] = []
  #id = ''
  /** The last piece ended with a carriage return: a newline that follows belongs to it. */
  #afterReturn = false

  /** The events that these bytes complete, in order. */
  take(bytes: Uint8Array): StreamEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true })
    if (text === '') return []
    if (this.#afterReturn && text.startsWith('\n')) text = text.slice(1)
    this.#afterReturn = text.endsWith('\r')
    const lines = text.split(/\r\n|\n|\r/)
    const last = lines.pop() ?? ''
    const found: StreamEvent[] = []
    for (const line of lines) {
      // A long line comes in many pieces: they are put together once.
      this.#rest.push(line)
      const whole = this.#rest.length === 1 ? line : this.#rest.join('')
      this.#rest = []
      const event = this.#line(whole)
      if (event !== null) found.push(event)
    }
    if (last !== '') this.#rest.push(last)
    return found
  }

  #line(line: string): StreamEvent | null {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const name = colon < 0 ? line : line.slice(0, colon)
    const from = line[colon + 1] === ' ' ? colon + 2 : colon + 1
    const value = colon < 0 ? '' : line.slice(from)
    if (name === 'event') this.#event = value
    else if (name === 'data') this.#data.push(value)
    else if (name === 'id' && !value.includes('\0')) this.#id = value
    return null
  }

  #dispatch(): StreamEvent | null {
    const event = this.#event === '' ? 'message' : this.#event
    const data = this.#data
    this.#event = ''
    this.#data = []
    return data.length === 0 ? null : { event, data: data.join('\n'), id: this.#id }
  }
}
