/** How lists and tasks of the text look. Every rule begins at .vellum-text. */
import { css } from 'lit'

export const lists = css`
  .vellum-text :is(ul, ol) {
    padding-inline-start: 1.6em;
  }
  .vellum-text li {
    position: relative;
  }
  .vellum-text li > :is(ul, ol) {
    margin-top: 0.4em;
  }
  .vellum-text li + li {
    margin-top: 0.3em;
  }
  .vellum-text li::marker {
    color: var(--ed-muted);
    font-variant-numeric: tabular-nums;
  }
  .vellum-text ul:has(> .task) {
    padding-inline-start: 0;
    list-style: none;
  }
  .vellum-text .task {
    display: flex;
    gap: 10px;
  }
  .vellum-text .task > * {
    margin: 0;
  }
  .vellum-text .task-box {
    flex: none;
    display: flex;
    align-items: center;
    height: 1.6em;
  }
  .vellum-text .task-box input {
    width: 18px;
    height: 18px;
    margin: 0;
    accent-color: var(--ed-accent);
    cursor: pointer;
  }
  .vellum-text .task-box input:focus-visible {
    outline: 2px solid var(--ed-accent);
    outline-offset: 2px;
  }
  .vellum-text[contenteditable='false'] .task-box input {
    pointer-events: none;
  }
  .vellum-text .task-text {
    flex: 1;
    min-width: 0;
  }
  .vellum-text .task[data-checked='true'] > .task-text > p {
    color: var(--ed-muted);
    text-decoration: line-through;
    text-decoration-color: color-mix(in srgb, var(--ed-muted) 60%, transparent);
  }
`
