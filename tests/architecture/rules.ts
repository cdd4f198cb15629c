/** The invariants that are absences: what a part of the project must not import or mention. */
import type { Module } from './modules.ts'

export interface Rule {
  readonly title: string
  /** Modules the rule speaks of. */
  readonly of: RegExp
  readonly except?: RegExp
  /** What these modules must not import. */
  readonly imports?: RegExp
  /** … unless it is this. */
  readonly allowing?: RegExp
  /** What their source must not contain. */
  readonly mentions?: RegExp
}

const COMPOSITION = /^server\/(main|start|app|compose|command\/(store|here))\.ts$|^client\/app\//
const AMBIENT =
  /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bset(Timeout|Interval|Immediate)\b|\bperformance\.now\b|\bgetRandomValues\b|\brandom(Bytes|UUID)\b/
const CARRIERS = /(^|\/)(websocket|event-stream|long-poll|ladder)[^/]*\.ts$/

export const rules: readonly Rule[] = [
  {
    title: 'shared knows neither side, no DOM, no Node',
    of: /^shared\//,
    imports:
      /^(server|client|tests)\/|^node:|^(ws|hono|@hono\/.*|pino|prom-client|lit|prosemirror-view|y-prosemirror)$/,
    mentions: /\b(process|Buffer|document|window|navigator|localStorage)\.\w/,
  },
  { title: 'shared has no timer, clock or chance of its own', of: /^shared\//, mentions: AMBIENT },
  {
    title: 'the server does not know the page',
    of: /^server\//,
    imports: /^(client|tests)\/|^(lit|prosemirror-view)$/,
  },
  { title: 'the page does not know the server', of: /^client\//, imports: /^(server|tests)\/|^node:/ },
  {
    title: 'the editor does not know that there is a network',
    of: /^client\/editor\//,
    imports: /^client\/(sync|carriers|app)\//,
    mentions: /\bnew (WebSocket|EventSource|XMLHttpRequest)\b|\bfetch\(/,
  },
  {
    title: 'sync does not know that there is an editor or a page',
    of: /^client\/sync\//,
    imports: /^client\/(editor|app)\/|^prosemirror|^y-prosemirror|^lit/,
    mentions: /\b(globalThis|navigator|localStorage)\.\w|\bwindow\.document\b/,
  },
  {
    title: 'sync knows carriers by their port only',
    of: /^client\/sync\//,
    imports: /^client\/carriers\//,
    allowing: /^client\/carriers\/port\.ts$/,
  },
  {
    title: 'a carrier of the page does not know that there is a document',
    of: /^client\/carriers\//,
    imports: /^client\/(document|sync|editor|app)\/|^yjs$|^y-/,
  },
  {
    title: 'stores of a device are imported by the composition root alone',
    of: /^client\//,
    except: /^client\/app\/|^client\/document\/device\/(indexed-db|memory)\.ts$/,
    imports: /^client\/document\/device\/(indexed-db|memory|browser)\.ts$/,
  },
  {
    title: 'a device knows no server, and is handed its clock and its browser',
    of: /^client\/document\/device\//,
    except: /^client\/document\/device\/(browser|indexed-db)\.ts$/,
    imports: /^client\/(sync|carriers|editor|app)\//,
    mentions: new RegExp(`${AMBIENT.source}|\\b(indexedDB|navigator|BroadcastChannel)\\b`),
  },
  {
    title: 'a room does not know which carrier brought a peer',
    of: /^server\/room\//,
    imports: /^(ws|hono|node:(http|net|tls|http2))$|^server\/(app|main)\.ts$/,
  },
  { title: 'a room imports no carrier', of: /^server\/room\//, imports: CARRIERS },
  {
    title: 'adapters of the log are imported by the composition root alone',
    of: /^(server|client|shared)\//,
    except: new RegExp(`^server/log/|${COMPOSITION.source}`),
    imports: /^server\/log\//,
    allowing: /^server\/log\/(port|finding)\.ts$/,
  },
  {
    title: 'the workers of history are reached through their port',
    of: /^(server|client|shared)\//,
    except: new RegExp(
      `^server/history/|^server/content/(attribution|edit|keeping|meeting|render|rescue)\\.ts$|${COMPOSITION.source}`,
    ),
    imports: /^server\/history\//,
    // Turns know nothing of history: whoever has a worker to share takes them.
    allowing: /^server\/history\/(port|turns)\.ts$/,
  },
  {
    title: 'content is read and written on its thread, through its port',
    of: /^(server|client|shared)\//,
    except: new RegExp(`^server/content/|${COMPOSITION.source}`),
    imports: /^server\/content\//,
    allowing: /^server\/content\/port\.ts$/,
  },
  {
    title: 'content knows no log, room or request',
    of: /^server\/content\//,
    imports: /^server\/(log|room|api|bus|ops)\/|^hono/,
  },
  {
    title: 'a log knows no rooms, channels, carriers or history',
    of: /^server\/log\//,
    imports: /^server\/(room|gate|history|bus|ops)\//,
  },
  {
    title: 'a log never notifies',
    of: /^server\/log\/port\.ts$/,
    mentions: /EventEmitter|EventTarget|\b(on[A-Z]\w*|subscribe|listen|watch|notify)\s*[(?:]/,
  },
  {
    title: 'presence never reaches the log: the log has no word for it',
    of: /^server\/log\//,
    mentions: /presence|awareness/i,
  },
  {
    title: 'presence never reaches the log: who keeps it cannot append',
    of: /^server\/room\/presence[^/]*\.ts$/,
    imports: /^server\/log\/|^server\/room\/committer\.ts$/,
  },
  {
    title: 'clock and chance come into sync, rooms and the gate from outside',
    of: /^client\/sync\/|^server\/(room|gate)\//,
    except: CARRIERS,
    mentions: AMBIENT,
  },
  {
    title: 'the event loop never integrates an update: documents are made where history and content run',
    of: /^server\//,
    except: /^server\/(history\/|content\/(attribution|edit|keeping|meeting|render|rescue)\.ts$)/,
    mentions: /\bapplyUpdate(V2)?\b|\bnew (Y\.)?Doc\b|\bmergeUpdates(V2)?\b/,
  },
  {
    title:
      'nothing stores a diff made for a state vector: diffs are made in one place, checkpoints without it',
    of: /^server\//,
    except: /^server\/history\/(diff|replica)\.ts$/,
    mentions: /\bencodeStateAsUpdate(V2)?\([^()]*,|\bdiffUpdate(V2)?\b/,
  },
  {
    title: 'a checkpoint is not built from a diff',
    of: /^server\/history\/build\.ts$/,
    imports: /^server\/history\/diff\.ts$/,
  },
  {
    title: 'the environment is read by whoever starts the program, not at import',
    of: /^(server|client|shared)\//,
    // The builder is a program of its own, which is handed the environment it would have been started in.
    except: /^server\/(main|start|ops\/build-page|command\/main)\.ts$/,
    mentions: /\bprocess\.(env|argv)\b/,
  },
  {
    title: 'nobody keeps state in a module',
    of: /^(server|client|shared)\//,
    except: /^server\/(main|start)\.ts$|worker\.ts$/,
    mentions: /^(export )?(let|var) /m,
  },
]

/** What breaks the rule, one line each. */
export function violations(rule: Rule, modules: readonly Module[]): string[] {
  const found: string[] = []
  for (const { path, source, imports, starts } of modules) {
    if (!rule.of.test(path) || rule.except?.test(path)) continue
    for (const name of [...imports, ...starts])
      if (rule.imports?.test(name) && !rule.allowing?.test(name)) found.push(`${path} imports ${name}`)
    const mention = rule.mentions?.exec(source)?.[0]
    if (mention !== undefined) found.push(`${path} mentions ${mention.trim()}`)
  }
  return found
}
