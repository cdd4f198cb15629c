/** The icons the page uses, inlined from lucide-static. Each is decoration: the name is on what holds it. */
import { html, type TemplateResult } from 'lit'
import { unsafeHTML } from 'lit/directives/unsafe-html.js'
import back from 'lucide-static/icons/arrow-left.svg?raw'
import saved from 'lucide-static/icons/check.svg?raw'
import offline from 'lucide-static/icons/cloud-off.svg?raw'
import download from 'lucide-static/icons/download.svg?raw'
import menu from 'lucide-static/icons/ellipsis.svg?raw'
import viewOnly from 'lucide-static/icons/eye.svg?raw'
import document from 'lucide-static/icons/file-text.svg?raw'
import history from 'lucide-static/icons/history.svg?raw'
import link from 'lucide-static/icons/link.svg?raw'
import saving from 'lucide-static/icons/loader-circle.svg?raw'
import person from 'lucide-static/icons/pencil.svg?raw'
import add from 'lucide-static/icons/plus.svg?raw'
import print from 'lucide-static/icons/printer.svg?raw'
import reconnecting from 'lucide-static/icons/refresh-cw.svg?raw'
import search from 'lucide-static/icons/search.svg?raw'
import warning from 'lucide-static/icons/triangle-alert.svg?raw'
import upload from 'lucide-static/icons/upload.svg?raw'
import close from 'lucide-static/icons/x.svg?raw'

const icons = {
  add,
  back,
  close,
  document,
  download,
  history,
  link,
  menu,
  offline,
  person,
  print,
  reconnecting,
  saved,
  saving,
  search,
  upload,
  viewOnly,
  warning,
} as const

export type IconName = keyof typeof icons

export function icon(name: IconName): TemplateResult {
  return html`<span class="icon" aria-hidden="true">${unsafeHTML(icons[name])}</span>`
}
