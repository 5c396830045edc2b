import {
  type AnswerRecord,
  findVersion,
  isPlaceholder,
  type VersionRecord,
  versionOfRow,
  wasSentAs,
} from './answer-ledger.ts'
import type { AnswerRow } from './evidence-rows.ts'
import { oncePer } from './once-per.ts'

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
 * Whether these rows say under which nonce an answer was sent: one of them does. A platform that stores none at all is
 * compared by version and choice; where others have one, a row without is not what a healthy save leaves. Once per list.
 */
export const storesNonces = oncePer((rows: readonly AnswerRow[]): boolean =>
  rows.some(({ client_event_id }) => client_event_id !== null),
)

/**
 * Trace a row back to what was attempted. The stored nonce decides, because with five options one swapped value in
 * five would look right (C4).
 *
 * @param answer what was tried for that session and question; undefined when nothing was.
 * @param hasNonces whether rows beside this one have a nonce, see {@link storesNonces}
 */
export function explainRow(row: AnswerRow, answer: AnswerRecord | undefined, hasNonces: boolean): RowOrigin {
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
  const byNonce = explainNonce(row, record, hasNonces)
  if (byNonce?.kind === 'phantom') return byNonce
  // What the version did not choose was never sent, under whichever nonce.
  return explainValue(row, answer, record) ?? byNonce ?? { kind: 'explained', version: record }
}

function explainNonce(row: AnswerRow, record: VersionRecord, hasNonces: boolean): RowOrigin | null {
  // A backend that stores neither is compared by what was chosen, and by that alone.
  if (record.nonce === undefined || (row.client_seq === null && row.client_event_id === null)) return null
  if (row.client_event_id === null) {
    return hasNonces ? { kind: 'undecided', why: 'the row stores no client_event_id, and others do' } : null
  }
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
