/** Markdown as one types it: the signs turn into what they mean, and Backspace right after gives the signs back. */
import { InputRule, inputRules, textblockTypeInputRule, wrappingInputRule } from 'prosemirror-inputrules'
import type { MarkType, Schema } from 'prosemirror-model'
import { type Command, type Plugin, TextSelection } from 'prosemirror-state'
import { linkUrl } from '#shared/schema/url.ts'
import { markType, nodeType } from './commands.ts'

export function markdownRules(schema: Schema): Plugin {
  const node = (name: Parameters<typeof nodeType>[1]) => nodeType(schema, name)
  const mark = (name: Parameters<typeof markType>[1]) => markType(schema, name)
  return inputRules({
    rules: [
      textblockTypeInputRule(/^(#{1,6})\s$/, node('heading'), (match) => ({ level: match[1]?.length ?? 1 })),
      textblockTypeInputRule(/^```([\w+#.-]{1,40})?\s$/, node('code_block'), (match) => ({
        language: match[1] ?? null,
      })),
      taskRule(schema),
      wrappingInputRule(/^\s*>\s$/, node('blockquote')),
      wrappingInputRule(/^\s*[-+*]\s$/, node('bullet_list')),
      wrappingInputRule(
        /^\s*(\d{1,9})\.\s$/,
        node('ordered_list'),
        (match) => ({ start: Number(match[1]) }),
        (match, before) => before.childCount + Number(before.attrs['start']) === Number(match[1]),
      ),
      ruleRule(schema),
      marked(/(?:^|[^*\w])(\*\*([^\s*](?:[^*]*[^\s*])?)\*\*)$/, mark('bold')),
      marked(/(?:^|[^_\w])(__([^\s_](?:[^_]*[^\s_])?)__)$/, mark('bold')),
      marked(/(?:^|[^*\w])(\*([^\s*](?:[^*]*[^\s*])?)\*)$/, mark('italic')),
      marked(/(?:^|[^_\w])(_([^\s_](?:[^_]*[^\s_])?)_)$/, mark('italic')),
      marked(/(?:^|[^~])(~~([^\s~](?:[^~]*[^\s~])?)~~)$/, mark('strike')),
      marked(/(?:^|[^`])(`([^`]+)`)$/, mark('code')),
      linkRule(mark('link')),
    ],
  })
}

/**
 * `[ ] ` or `[x] ` begins a task list; in a task it says whether it is done; in the only item of a bulleted list it
 * makes that a list of tasks.
 */
function taskRule(schema: Schema): InputRule {
  return new InputRule(/^\s*\[([ xX]?)\]\s$/, (state, match, start, end) => {
    const checked = (match[1] ?? '').toLowerCase() === 'x'
    const tr = state.tr.delete(start, end)
    const list = nodeType(schema, 'task_list')
    const item = nodeType(schema, 'task_item')
    const $start = tr.doc.resolve(start)
    if ($start.node(-1).type === item) return tr.setNodeAttribute($start.before(-1), 'checked', checked)
    const outer = $start.depth >= 2 ? $start.node(-2) : null
    if (outer?.type.name === 'bullet_list' && outer.childCount === 1) {
      const content = $start.node(-1).content
      tr.replaceWith(
        $start.before(-2),
        $start.after(-2),
        list.create(null, item.create({ checked }, content)),
      )
      return tr.setSelection(TextSelection.create(tr.doc, start))
    }
    const range = $start.blockRange()
    if (range === null || !range.parent.canReplaceWith(range.startIndex, range.endIndex, list)) return null
    return tr.wrap(range, [{ type: list }, { type: item, attrs: { checked } }])
  })
}

/** Enter after ``` and perhaps the name of a language makes the line a code block. */
export const codeFence: Command = (state, dispatch) => {
  const { $from, empty } = state.selection
  const match = /^```([\w+#.-]{1,40})?$/.exec($from.parent.textContent)
  const type = nodeType(state.schema, 'code_block')
  if (!empty || match === null || $from.parentOffset !== $from.parent.content.size) return false
  if (
    $from.parent.type.spec.code ||
    !$from.node(-1).canReplaceWith($from.index(-1), $from.indexAfter(-1), type)
  )
    return false
  const tr = state.tr.delete($from.start(), $from.pos)
  dispatch?.(
    tr.setBlockType($from.start(), $from.start(), type, { language: match[1] ?? null }).scrollIntoView(),
  )
  return true
}

/** `---` in an empty paragraph is a line across the page. */
function ruleRule(schema: Schema): InputRule {
  return new InputRule(/^(?:---|—-|\*\*\*|___)$/, (state, _match, start) => {
    const $start = state.doc.resolve(start)
    const rule = nodeType(schema, 'horizontal_rule')
    const paragraph = nodeType(schema, 'paragraph')
    const outer = $start.node(-1)
    if ($start.parent.type !== paragraph || !outer?.canReplaceWith($start.index(-1), $start.index(-1), rule))
      return null
    const from = $start.before()
    const tr = state.tr.replaceWith(from, $start.after(), [rule.create(), paragraph.create()])
    return tr.setSelection(TextSelection.create(tr.doc, from + 2))
  })
}

/** Group 1 is the signs with what they stand around, group 2 what they stand around. */
function marked(pattern: RegExp, type: MarkType): InputRule {
  return new InputRule(
    pattern,
    (state, match, _start, end) => {
      const [, whole, inner] = match
      if (whole === undefined || inner === undefined) return null
      const $end = state.doc.resolve(end)
      if (!$end.parent.type.allowsMarkType(type)) return null
      // The last sign is not in the document yet.
      const from = end - (whole.length - 1)
      const sign = whole.indexOf(inner)
      const tr = state.tr
      tr.delete(from + sign + inner.length, end)
      tr.delete(from, from + sign)
      tr.addMark(from, from + inner.length, type.create())
      return tr.removeStoredMark(type)
    },
    { inCodeMark: false },
  )
}

/** `[words](address)`. */
function linkRule(type: MarkType): InputRule {
  return new InputRule(
    /\[([^\][]+)\]\(([^\s()]+)\)$/,
    (state, match, _start, end) => {
      const [whole = '', words, address] = match
      const href = linkUrl(address)
      if (words === undefined || href === null) return null
      const from = end - (whole.length - 1)
      const tr = state.tr.delete(from + 1 + words.length, end).delete(from, from + 1)
      return tr.addMark(from, from + words.length, type.create({ href })).removeStoredMark(type)
    },
    { inCodeMark: false },
  )
}
