/**
 * Rows that were read from the database after heal and quiesce. A query that failed is `known: false` with the reason,
 * and whatever needs it becomes unknown; it is never an empty list.
 */
export type Rows<Row> =
  /** `counted`: so many more were read and not kept, for they lack nothing; only where nobody compares rows. */
  | { readonly known: true; readonly rows: readonly Row[]; readonly counted?: number }
  /** `absent`: the platform declares to have nothing of the kind, so there is nothing to judge. */
  | { readonly known: false; readonly reason: string; readonly absent?: true }

export interface SessionRow {
  readonly id: string
  readonly user_id: string
  /** E-mail of the user. Its local part is the id of the candidate (`c-0042@...`): how a row is traced back. */
  readonly email: string
  readonly exam_id: string | null
  readonly mode: string
  readonly status: string
  readonly total_questions: number
  readonly started_at: string
  readonly expires_at: string
  readonly submitted_at: string | null
  readonly score_correct: number | null
  readonly score_total: number | null
}

export interface AnswerRow {
  readonly session_id: string
  readonly question_id: string
  readonly selected_index: number | null
  readonly is_correct: boolean | null
  readonly answered_at: string
  readonly client_seq: number | null
  readonly client_event_id: string | null
  readonly marked_for_review: boolean
}

export interface ClosingEventRow {
  readonly session_id: string
  readonly event_type: string
  readonly event_ts: string
}

/** The frozen key of one question of one session's paper, from its snapshot. */
export interface PaperRow {
  readonly session_id: string
  readonly question_id: string
  readonly position: number
  readonly correct_index: number
}

/** One file of `sql/invariants/`: the offending rows. */
export interface InvariantRows {
  readonly id: string
  /** First comment line of the file: the promise. */
  readonly title: string
  readonly rows: Rows<Readonly<Record<string, unknown>>>
}

/** One durability setting as the server reports it (P20). */
export interface SettingRow {
  readonly service: string
  readonly name: string
  readonly value: string
  readonly required: string
  readonly holds: boolean
}

export interface Evidence {
  readonly sessions: Rows<SessionRow>
  readonly answers: Rows<AnswerRow>
  readonly closingEvents: Rows<ClosingEventRow>
  readonly papers: Rows<PaperRow>
  readonly settings: Rows<SettingRow>
  readonly invariants: readonly InvariantRows[]
}
