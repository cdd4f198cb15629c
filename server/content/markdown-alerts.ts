/** GitHub's alerts and the callouts of a page. */
export const alerts = [
  { sign: 'NOTE', kind: 'note' },
  { sign: 'TIP', kind: 'tip' },
  { sign: 'WARNING', kind: 'warning' },
  { sign: 'CAUTION', kind: 'danger' },
  { sign: 'IMPORTANT', kind: 'note' },
] as const
