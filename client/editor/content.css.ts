/** How the text looks. Adopted once by each root that holds an editor; every rule begins at .vellum-text. */
import { css } from 'lit'

export const content = css`
  .vellum-text {
    --ed-ink: var(--ink, light-dark(#1f1d1a, #ece7de));
    --ed-muted: var(--muted, light-dark(#6b665e, #a39c90));
    --ed-line: var(--line, light-dark(#e6e1d8, #35312b));
    --ed-edge: var(--edge, light-dark(#8a8479, #7d766b));
    --ed-accent: var(--accent, light-dark(#2b4c7e, #8fb1e8));
    --ed-wash: color-mix(in srgb, var(--ed-ink) 5%, transparent);
    --ed-serif: var(--serif, 'Source Serif 4 Variable', Georgia, serif);
    --ed-sans: var(--sans, system-ui, sans-serif);
    --ed-mono: var(--mono, ui-monospace, 'SF Mono', 'Liberation Mono', monospace);
    position: relative;
    box-sizing: border-box;
    max-width: 68ch;
    margin: 0 auto;
    padding: 40px 0 35vh;
    color: var(--ed-ink);
    caret-color: var(--ed-accent);
    font: 400 18px / 1.6 var(--ed-serif);
    font-optical-sizing: auto;
    overflow-wrap: break-word;
    white-space: pre-wrap;
    white-space: break-spaces;
    font-variant-ligatures: none;
    outline: none;
  }
  .vellum-text *,
  .vellum-text *::before,
  .vellum-text *::after {
    box-sizing: border-box;
  }
  .vellum-text ::selection {
    background: color-mix(in srgb, var(--ed-accent) 24%, transparent);
  }
  .vellum-text:focus-visible {
    outline: none;
  }
  .vellum-text > * {
    margin: 0 0 0.9em;
  }
  .vellum-text.opening > :nth-child(n + 40) {
    content-visibility: auto;
    contain-intrinsic-size: auto 4lh;
  }
  .vellum-text :is(li, td, th, blockquote, .callout, .task-text) > * {
    margin: 0 0 0.4em;
  }
  .vellum-text :is(li, td, th, blockquote, .callout, .task-text) > :last-child {
    margin-bottom: 0;
  }
  .vellum-text :is(h1, h2, h3, h4, h5, h6) {
    margin: 1.6em 0 0.5em;
    font-weight: 600;
    line-height: 1.25;
    letter-spacing: -0.01em;
    text-wrap: balance;
  }
  .vellum-text > :is(h1, h2, h3, h4, h5, h6):first-child {
    margin-top: 0;
  }
  .vellum-text :is(h1, h2, h3, h4, h5, h6) + :is(h1, h2, h3, h4, h5, h6) {
    margin-top: 0.6em;
  }
  .vellum-text h1 {
    font-size: 1.953em;
    line-height: 1.15;
    letter-spacing: -0.015em;
  }
  .vellum-text h2 {
    font-size: 1.563em;
  }
  .vellum-text h3 {
    font-size: 1.25em;
  }
  .vellum-text h4 {
    font-size: 1em;
  }
  .vellum-text h5 {
    font-size: 0.889em;
  }
  .vellum-text h6 {
    font-size: 0.889em;
    color: var(--ed-muted);
  }
  .vellum-text a {
    color: var(--ed-accent);
    text-decoration: underline;
    text-decoration-thickness: 1px;
    text-underline-offset: 0.18em;
  }
  .vellum-text :not(pre) > code {
    padding: 0.1em 0.3em;
    border-radius: 4px;
    background: var(--ed-wash);
    font: 0.84em / 1.4 var(--ed-mono);
  }
  .vellum-text pre {
    padding: 14px 18px;
    border-radius: 8px;
    background: var(--ed-wash);
    font: 14.5px / 1.55 var(--ed-mono);
    white-space: pre-wrap;
    tab-size: 2;
  }
  .vellum-text pre code {
    font: inherit;
  }
  .vellum-text blockquote {
    padding-inline-start: 20px;
    border-inline-start: 2px solid var(--ed-edge);
    color: var(--ed-muted);
    font-style: italic;
  }
  .vellum-text blockquote em {
    font-style: normal;
  }
  .vellum-text hr {
    margin: 2em auto;
    width: 100%;
    border: 0;
    border-top: 1px solid var(--ed-line);
  }
  .vellum-text hr.ProseMirror-selectednode {
    border-top-color: var(--ed-accent);
    box-shadow: 0 0 0 1px var(--ed-accent);
  }
  .vellum-text img {
    max-width: 100%;
    height: auto;
    border-radius: 4px;
  }
  .vellum-text img.ProseMirror-separator {
    display: inline;
    border: 0;
    margin: 0;
  }
  .vellum-text .picture {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    max-width: 100%;
    min-height: 34px;
    padding-inline: 8px 12px;
    border: 1px solid var(--ed-line);
    border-radius: 6px;
    color: var(--ed-muted);
    background: var(--ed-wash);
    font: 14px / 1.4 var(--ed-sans);
    text-indent: 0;
    vertical-align: middle;
    white-space: normal;
    overflow-wrap: anywhere;
  }
  .vellum-text .picture svg {
    flex: none;
    width: 20px;
    height: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.5;
    stroke-linecap: round;
    stroke-linejoin: round;
  }
  .vellum-text .picture-words {
    flex: 0 1 auto;
    min-width: 4em;
    padding-block: 5px;
    color: var(--ed-ink);
  }
  .vellum-text .picture a {
    border-radius: 4px;
  }
  .vellum-text .picture a:not(.picture-words) {
    display: inline-flex;
    flex: none;
    align-items: center;
    max-width: 60%;
    min-height: var(--target, 32px);
  }
  .vellum-text .picture a:focus-visible {
    outline: 2px solid var(--ed-accent);
    outline-offset: 2px;
  }
  .vellum-text .ProseMirror-selectednode:not(hr) {
    outline: 2px solid var(--ed-accent);
    outline-offset: 1px;
  }
  .vellum-text .callout {
    padding: 12px 16px;
    border-radius: 8px;
    border-inline-start: 3px solid var(--ed-accent);
    background: var(--ed-wash);
  }
  .vellum-text .callout[data-kind='tip'] {
    border-color: var(--good, light-dark(#2e6b3f, #86c79a));
  }
  .vellum-text .callout[data-kind='warning'] {
    border-color: var(--warn, light-dark(#8a5a00, #e2b55b));
  }
  .vellum-text .callout[data-kind='danger'] {
    border-color: var(--bad, light-dark(#b3261e, #f2938c));
  }
  .vellum-text .mention {
    padding: 0 0.15em;
    border-radius: 4px;
    color: var(--ed-accent);
    background: color-mix(in srgb, var(--ed-accent) 10%, transparent);
  }
  .vellum-text .comment {
    border-bottom: 2px solid var(--warn, light-dark(#8a5a00, #e2b55b));
  }
  .vellum-text .unknown {
    border: 1px dashed var(--ed-edge);
    border-radius: 6px;
    color: var(--ed-muted);
    white-space: pre-wrap;
  }
  .vellum-text div.unknown {
    padding: 8px 12px;
  }
  .vellum-text .drop-cursor {
    background: var(--ed-accent);
  }
  .vellum-text .ProseMirror-gapcursor {
    position: absolute;
    display: none;
    pointer-events: none;
  }
  .vellum-text .ProseMirror-gapcursor::after {
    content: '';
    position: absolute;
    top: -2px;
    display: block;
    width: 20px;
    border-top: 1px solid var(--ed-ink);
  }
  .vellum-text.ProseMirror-focused .ProseMirror-gapcursor {
    display: block;
  }
  .vellum-text.ProseMirror-hideselection ::selection {
    background: transparent;
  }
  .vellum-text.ProseMirror-hideselection {
    caret-color: transparent;
  }
  @media (max-width: 760px) {
    .vellum-text {
      padding: 24px 20px 40vh;
      font-size: 17px;
    }
  }
`
