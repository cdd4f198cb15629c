/** How the toolbar, its menus and the link box look. Tokens come from the page; what stands beside them serves without it. */
import { css } from 'lit'

export const toolbarStyles = css`
  :host {
    --tb-surface: var(--surface, light-dark(#ffffff, #1e1c19));
    --tb-raised: var(--raised, light-dark(#ffffff, #26231f));
    --tb-ink: var(--ink, light-dark(#1f1d1a, #ece7de));
    --tb-muted: var(--muted, light-dark(#6b665e, #a39c90));
    --tb-line: var(--line, light-dark(#e6e1d8, #35312b));
    --tb-edge: var(--edge, light-dark(#8a8479, #7d766b));
    --tb-accent: var(--accent, light-dark(#2b4c7e, #8fb1e8));
    --tb-soft: var(--accent-soft, light-dark(#e8edf5, #262e3b));
    --tb-hover: var(--hover, light-dark(#f3f0ea, #2a2723));
    --tb-bad: var(--bad, light-dark(#b3261e, #f2938c));
    --tb-float: var(--float, 0 0 0 1px var(--tb-line), 0 8px 24px -4px rgb(0 0 0 / 0.2));
    --tb-size: var(--target, 32px);
    display: block;
    background: var(--paper, light-dark(#fbfaf7, #161512));
    border-bottom: 1px solid var(--tb-line);
    color: var(--tb-ink);
    font: 500 13px / 1.4 var(--sans, system-ui, sans-serif);
  }
  :host(vellum-link-box) {
    display: contents;
  }
  :host([hidden]) {
    display: none;
  }
  .row {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: 6px;
    padding: 6px 16px;
    min-width: 0;
    box-sizing: border-box;
  }
  .group {
    display: flex;
    flex: none;
    gap: 2px;
  }
  .group + .group::before {
    content: '';
    align-self: center;
    width: 1px;
    height: 20px;
    margin-inline-end: 4px;
    background: var(--tb-line);
  }
  .group:not(:has(> button:not([hidden]))) {
    display: none;
  }
  button {
    position: relative;
    display: inline-flex;
    flex: none;
    align-items: center;
    justify-content: center;
    gap: 4px;
    min-width: var(--tb-size);
    height: var(--tb-size);
    padding: 0 6px;
    border: 0;
    border-radius: var(--radius-control, 6px);
    background: none;
    color: inherit;
    font: inherit;
    cursor: pointer;
    transition: background-color var(--quick, 140ms);
    -webkit-tap-highlight-color: transparent;
  }
  button[hidden] {
    display: none;
  }
  .block {
    width: 132px;
    justify-content: space-between;
    padding: 0 8px 0 10px;
  }
  @media (hover: hover) {
    button:hover:not([aria-disabled='true']) {
      background: var(--tb-hover);
    }
  }
  button[aria-pressed='true'] {
    background: var(--tb-soft);
    color: var(--tb-accent);
  }
  button[aria-expanded='true'] {
    background: var(--tb-hover);
  }
  button[aria-disabled='true'] {
    color: color-mix(in srgb, var(--tb-muted) 55%, transparent);
    cursor: default;
  }
  :is(button, input, a):focus-visible {
    outline: 2px solid var(--tb-accent);
    outline-offset: 2px;
  }
  .icon {
    display: inline-flex;
  }
  .icon svg {
    width: 20px;
    height: 20px;
    stroke-width: 1.5;
  }
  .block .icon svg {
    width: 16px;
    height: 16px;
  }
  .tip {
    position: absolute;
    top: calc(100% + 6px);
    left: 50%;
    translate: -50% 0;
    z-index: 3;
    padding: 4px 8px;
    border-radius: 6px;
    background: var(--tb-ink);
    color: var(--paper, light-dark(#fbfaf7, #161512));
    font-size: 12px;
    white-space: nowrap;
    pointer-events: none;
    opacity: 0;
    visibility: hidden;
  }
  .tip kbd {
    margin-inline-start: 6px;
    font: inherit;
    opacity: 0.75;
  }
  @media (hover: hover) {
    button:hover > .tip {
      opacity: 1;
      visibility: visible;
      transition: opacity var(--quick, 140ms) 500ms, visibility 0s 500ms;
    }
  }
  button:focus-visible > .tip {
    opacity: 1;
    visibility: visible;
  }
  button[aria-expanded='true'] > .tip {
    visibility: hidden;
  }
  [popover] {
    position: fixed;
    inset: auto;
    margin: 0;
    padding: 6px;
    border: 0;
    border-radius: var(--radius, 8px);
    background: var(--tb-raised);
    box-shadow: var(--tb-float);
    color: var(--tb-ink);
    font: inherit;
    box-sizing: border-box;
    max-width: calc(100vw - 16px);
    max-height: calc(100dvh - 16px);
    overflow-y: auto;
  }
  [role='menu'] {
    min-width: 220px;
  }
  [role='menu'] button {
    display: flex;
    width: 100%;
    min-height: var(--tb-size);
    padding: 0 10px 0 8px;
    gap: 8px;
    justify-content: flex-start;
  }
  [role='menu'] button:focus {
    background: var(--tb-hover);
    outline-offset: -2px;
  }
  [role='menu'] .mark {
    display: inline-flex;
    width: 20px;
    color: var(--tb-accent);
  }
  [role='menu'] kbd {
    margin-inline-start: auto;
    padding-inline-start: 24px;
    color: var(--tb-muted);
    font: inherit;
    font-weight: 400;
  }
  .link {
    width: 340px;
    padding: 12px;
  }
  .link form {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 8px;
  }
  .link label {
    grid-column: 1 / -1;
    color: var(--tb-muted);
  }
  .link input {
    min-width: 0;
    height: var(--tb-size);
    padding: 0 10px;
    border: 1px solid var(--tb-edge);
    border-radius: var(--radius-control, 6px);
    background: var(--tb-surface);
    color: inherit;
    font: 400 14px / 1.4 var(--sans, system-ui, sans-serif);
  }
  .link .primary {
    padding: 0 14px;
    background: var(--tb-accent);
    color: var(--on-accent, light-dark(#ffffff, #161512));
  }
  @media (hover: hover) {
    .link .primary:hover {
      background: var(--accent-hover, var(--tb-accent));
    }
  }
  .link .also {
    grid-column: 1 / -1;
    display: flex;
    gap: 8px;
  }
  .link .also button {
    padding: 0 8px;
    color: var(--tb-accent);
  }
  .link .wrong {
    grid-column: 1 / -1;
    margin: 0;
    color: var(--tb-bad);
    font-weight: 400;
  }
  @media (max-width: 760px) {
    :host {
      border-top: 1px solid var(--tb-line);
      border-bottom: 0;
      background: var(--tb-surface);
    }
    .row {
      justify-content: flex-start;
      padding: 4px 8px calc(4px + env(safe-area-inset-bottom, 0px));
      overflow-x: auto;
      scrollbar-width: none;
    }
    .tip {
      display: none;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    button,
    .tip {
      transition: none !important;
    }
  }
  @media print {
    :host {
      display: none;
    }
  }
`
