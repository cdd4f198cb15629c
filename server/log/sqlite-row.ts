/** Rows as arrays: quicker than objects, and the driver's types know objects only. */

import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite'

export type Row = readonly SQLOutputValue[]

/** The first row of a statement whose connection was opened with `returnArrays`; null for none. */
export function firstRow(statement: StatementSync, ...values: SQLInputValue[]): Row | null {
  const row: unknown = statement.get(...values)
  return row === undefined ? null : (row as Row)
}

/** Row after row; leaving the loop early frees the statement. */
export function eachRow(statement: StatementSync, ...values: SQLInputValue[]): Iterable<Row> {
  const rows: Iterable<unknown> = statement.iterate(...values)
  return rows as Iterable<Row>
}

export function prepareAll<Name extends string>(
  database: DatabaseSync,
  sql: Readonly<Record<Name, string>>,
): Record<Name, StatementSync> {
  const prepared = Object.entries<string>(sql).map(([name, text]) => [name, database.prepare(text)])
  return Object.fromEntries(prepared) as Record<Name, StatementSync>
}

/** One value of one row, as a number; 0 for none. */
export function firstNumber(database: DatabaseSync, sql: string): number {
  return Number(firstRow(database.prepare(sql))?.[0] ?? 0)
}
