/** How the carets and selections of others look. Every rule begins at .vellum-text. */
import { css } from 'lit'

export const carets = css`
  .vellum-text .person-selection {
    background: color-mix(in srgb, var(--person) 22%, transparent);
  }
  .vellum-text .person-caret {
    position: relative;
    display: inline-block;
    width: 0;
    height: 1.15em;
    margin: 0;
    vertical-align: text-bottom;
    user-select: none;
    pointer-events: none;
    white-space: nowrap;
    text-indent: 0;
  }
  .vellum-text .person-caret::before {
    content: '';
    position: absolute;
    inset: 0 auto 0 -1px;
    width: 2px;
    background: var(--person);
    border-radius: 1px;
  }
  .vellum-text .person-name {
    position: absolute;
    bottom: 100%;
    left: -1px;
    z-index: 1;
    max-width: 16em;
    padding: 2px 6px;
    overflow: hidden;
    text-overflow: ellipsis;
    border-radius: 4px 4px 4px 0;
    color: var(--on-person, #fff);
    background: var(--person);
    font: 500 12px / 1.35 var(--ed-sans);
    font-style: normal;
    letter-spacing: 0;
    opacity: 0;
    transition: opacity var(--quick, 140ms);
  }
  .vellum-text .person-caret.named .person-name {
    opacity: 1;
  }
  @media (prefers-reduced-motion: reduce) {
    .vellum-text .person-name {
      transition: none;
    }
  }
  @media print {
    .vellum-text .person-caret {
      display: none;
    }
  }
`
