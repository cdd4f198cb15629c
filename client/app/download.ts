/** Saves a text as a file on the person's device. */
export function downloadText(title: string, text: string): void {
  const name = title.replace(/[\p{Cc}/\\:*?"<>|]+/gu, ' ').trim() || 'Untitled'
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = address
  link.download = `${name}.txt`
  link.click()
  // The browser has taken hold of the file once the click was dispatched and its task is over.
  setTimeout(() => URL.revokeObjectURL(address), 0)
}
