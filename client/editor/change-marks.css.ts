/** How the marks over what others changed look. Adopted with the text; every rule begins at .vellum-text. */
import { css } from 'lit'

export const changeMarkStyles = css`
  .vellum-text {
    --ed-change: var(--change, var(--good, light-dark(#2e6b3f, #86c79a)));
  }
  .vellum-text .change.inserted {
    border-radius: 2px;
    background: color-mix(in srgb, var(--ed-change) 12%, transparent);
    text-decoration: underline 2px var(--ed-change);
    text-decoration-skip-ink: none;
    text-underline-offset: 0.22em;
  }
  .vellum-text .change.changed {
    box-shadow: -6px 0 0 -3px var(--ed-change);
  }
  .vellum-text .change.deleted {
    display: inline-block;
    width: 0;
    height: 1em;
    vertical-align: text-bottom;
    pointer-events: none;
    user-select: none;
  }
  .vellum-text .change.deleted::before {
    content: '';
    position: absolute;
    margin: 0.95em 0 0 -4px;
    border: 4px solid transparent;
    border-top: 0;
    border-bottom: 6px solid var(--bad, light-dark(#b3261e, #f2938c));
  }
  @media print {
    .vellum-text .change {
      background: none;
      box-shadow: none;
      text-decoration: none;
    }
    .vellum-text .change.deleted {
      display: none;
    }
  }
`
