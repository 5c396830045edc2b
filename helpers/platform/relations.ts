/**
 * What a column must be for the queries of `sql/`. `key`: anything that can be compared with itself, such as a UUID or a
 * number. A time without a zone is none: nobody could tell which moment it is.
 */
export type ColumnKind = 'key' | 'text' | 'texts' | 'number' | 'boolean' | 'time' | 'json'

/** Type identifiers of PostgreSQL (pg_type.oid, the same in every version); absent for `key`. */
export const KINDS: Readonly<Record<Exclude<ColumnKind, 'key'>, readonly number[]>> = {
  text: [25, 1042, 1043],
  texts: [1009, 1015],
  number: [20, 21, 23, 700, 701, 1700],
  boolean: [16],
  time: [1184],
  json: [3802],
}

/** The relations that the queries of `sql/` read, with the columns that they name; see docs/schema-mapping.md. */
export const RELATIONS: Readonly<Record<string, Readonly<Record<string, ColumnKind>>>> = {
  users: { id: 'key', email: 'text' },
  exams: { id: 'key', closes_at: 'time' },
  questions: {
    id: 'key',
    year: 'number',
    block: 'text',
    stem: 'text',
    options: 'json',
    correct_index: 'number',
    created_at: 'time',
    updated_at: 'time',
  },
  test_sessions: {
    id: 'key',
    user_id: 'key',
    exam_id: 'key',
    mode: 'text',
    status: 'text',
    year: 'number',
    blocks: 'texts',
    total_questions: 'number',
    duration_seconds: 'number',
    started_at: 'time',
    expires_at: 'time',
    submitted_at: 'time',
    score_correct: 'number',
    score_total: 'number',
    score_pct: 'number',
  },
  session_questions: { session_id: 'key', position: 'number', question_id: 'key', snapshot_json: 'json' },
  session_answers: {
    session_id: 'key',
    question_id: 'key',
    selected_index: 'number',
    is_correct: 'boolean',
    answered_at: 'time',
    changed_count: 'number',
    marked_for_review: 'boolean',
    client_seq: 'number',
    client_event_id: 'text',
  },
  attempt_events: {
    id: 'key',
    session_id: 'key',
    user_id: 'key',
    event_type: 'text',
    event_ts: 'time',
    question_id: 'key',
    client_event_id: 'text',
    payload_json: 'json',
  },
  user_theme_mastery: { user_id: 'key', theme_id: 'key', attempts: 'number' },
  system_flag_history: { id: 'key', name: 'text', enabled: 'boolean', changed_at: 'time' },
  job_run: {
    id: 'key',
    job_name: 'text',
    status: 'text',
    reason: 'text',
    steps_done: 'number',
    rows_written: 'number',
    started_at: 'time',
  },
  bkt_runs: { id: 'key', created_at: 'time' },
  rank_runs: { id: 'key', created_at: 'time' },
  irt_runs: { id: 'key', created_at: 'time' },
  email_outbox: { id: 'key', sent_at: 'time' },
  notifications: { id: 'key', created_at: 'time' },
}
