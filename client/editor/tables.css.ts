/** How tables of the text look. Every rule begins at .vellum-text. */
import { css } from 'lit'

export const tables = css`
  .vellum-text table {
    display: table;
    width: 100%;
    border-collapse: collapse;
    font-size: 16px;
    line-height: 1.5;
    font-variant-numeric: tabular-nums lining-nums;
  }
  .vellum-text :is(td, th) {
    position: relative;
    min-width: 4em;
    padding: 7px 12px;
    border: 1px solid var(--ed-line);
    vertical-align: top;
    text-align: start;
  }
  .vellum-text th {
    font-weight: 600;
    background: var(--ed-wash);
  }
  .vellum-text :is(td, th)[data-align='center'] {
    text-align: center;
  }
  .vellum-text :is(td, th)[data-align='right'] {
    text-align: right;
  }
  .vellum-text .selectedCell::after {
    content: '';
    position: absolute;
    inset: 0;
    background: color-mix(in srgb, var(--ed-accent) 16%, transparent);
    pointer-events: none;
  }
  @media (max-width: 760px) {
    .vellum-text table {
      display: block;
      overflow-x: auto;
    }
  }
`
