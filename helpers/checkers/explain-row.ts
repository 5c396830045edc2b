import {
  type AnswerRecord,
  findVersion,
  isPlaceholder,
  type VersionRecord,
  versionOfRow,
  wasSentAs,
} from './answer-ledger.ts'
import type { AnswerRow } from './evidence-rows.ts'

/**
 * Where a row of the database comes from.
 * - `explained`: a candidate sent exactly this for this question, in this version.
 * - `empty`: a placeholder that holds no answer at all.
 * - `phantom`: nobody ever sent this.
 * - `undecided`: the row carries nothing that could be traced.
 */
export type RowOrigin =
  | { readonly kind: 'explained'; readonly version: VersionRecord }
  | { readonly kind: 'empty' }
  | { readonly kind: 'phantom'; readonly why: string }
  | { readonly kind: 'undecided'; readonly why: string }

/**
 * Trace a row back to what was attempted. The stored nonce decides, because with five options one swapped value in
 * five would look right (C4).
 *
 * @param answer what was tried for that session and question; undefined when nothing was.
 */
export function explainRow(row: AnswerRow, answer: AnswerRecord | undefined): RowOrigin {
  if (isPlaceholder(row)) return { kind: 'empty' }
  if (answer === undefined) return { kind: 'phantom', why: 'nobody ever answered that question in that session' }
  const version = versionOfRow(row, answer)
  if (version === null) {
    return row.client_event_id === null
      ? { kind: 'phantom', why: `nobody ever chose ${row.selected_index} for that question` }
      : { kind: 'phantom', why: `event ${row.client_event_id} was never sent for that question` }
  }
  const record = findVersion(answer, version)
  if (record === undefined) return { kind: 'phantom', why: `version ${version} was never sent` }
  return explainNonce(row, record) ?? explainValue(row, answer, record) ?? { kind: 'explained', version: record }
}

function explainNonce(row: AnswerRow, record: VersionRecord): RowOrigin | null {
  // A backend that stores neither is compared by what was chosen, and by that alone.
  if (record.nonce === undefined || (row.client_seq === null && row.client_event_id === null)) return null
  if (row.client_event_id === null) return { kind: 'undecided', why: 'the row stores no client_event_id' }
  if (wasSentAs(record, row.client_event_id)) return null
  return {
    kind: 'phantom',
    why: `version ${record.version} was sent as event ${[record.nonce, ...record.otherNonces].join(' or ')}, the row says ${row.client_event_id}`,
  }
}

function explainValue(row: AnswerRow, answer: AnswerRecord, record: VersionRecord): RowOrigin | null {
  const allowed = possibleValues(answer, record)
  if (allowed.includes(row.selected_index)) return null
  return {
    kind: 'phantom',
    why: `version ${record.version} chose ${allowed.map(String).join(' or ')}, the row holds ${row.selected_index}`,
  }
}

/**
 * The values that the answer may have after this version took effect. One for a version that chose; a version that
 * only marks keeps what was there, and what was there may depend on older versions whose outcome is unknown.
 */
export function possibleValues(answer: AnswerRecord, record: VersionRecord): readonly (number | null)[] {
  if (record.value !== undefined) return [record.value]
  const values: (number | null)[] = []
  const older = answer.versions.filter(({ version }) => version < record.version).sort((a, b) => b.version - a.version)
  for (const { value, ok, info } of older) {
    if (value === undefined || ok + info === 0) continue
    values.push(value)
    if (ok > 0) return values
  }
  return [...values, null]
}
