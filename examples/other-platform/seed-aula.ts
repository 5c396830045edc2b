import { randomBytes, scryptSync } from 'node:crypto'
import pg from 'pg'
import type { SeedPerson, SeedRequest } from '../../helpers/platform/exam-platform.ts'

/** Cheap on purpose: a rehearsal measures Aula, not scrypt. The cost travels with the hash. */
const COST = { N: 1_024, r: 8, p: 1 } as const
const HASH_BYTES = 32
const SALT_BYTES = 16
const SECONDS_PER_MINUTE = 60

/** Write exam, questions and people as Aula keeps them, all or nothing. */
export async function seedAula({ databaseUrl, exam, candidates }: SeedRequest): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'exam-rehearsal seed' })
  await client.connect()
  try {
    await client.query('BEGIN')
    await client.query(
      'INSERT INTO exam (id, title, opens, closes, minutes, sheet_size) VALUES ($1, $2, $3, $4, $5, $6)',
      [
        exam.id,
        exam.title,
        exam.opensAt,
        exam.closesAt,
        exam.paper.durationSeconds / SECONDS_PER_MINUTE,
        exam.paper.count,
      ],
    )
    const subjects = new Map(exam.themes.map(({ id, title }) => [id, title]))
    // One row a question: an array of arrays is a matrix to PostgreSQL.
    await client.query(
      `INSERT INTO question (id, exam_id, subject, wording, choices, key)
       SELECT (q ->> 'id')::uuid, $1, q ->> 'subject', q ->> 'wording',
              ARRAY(SELECT jsonb_array_elements_text(q -> 'choices')), (q ->> 'key')::smallint
       FROM jsonb_array_elements($2::jsonb) q`,
      [
        exam.id,
        JSON.stringify(
          exam.questions.map(({ id, themeId, stem, options, correctIndex }) => ({
            ...{ id, wording: stem, choices: options, key: correctIndex },
            subject: subjects.get(themeId),
          })),
        ),
      ],
    )
    const people = [...candidates.map((one) => row(one, false)), row(exam.admin, true)]
    await client.query(
      `INSERT INTO person (id, login, secret, is_staff, name)
       SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::boolean[], $5::text[])`,
      [0, 1, 2, 3, 4].map((column) => people.map((cells) => cells[column])),
    )
    await client.query('COMMIT')
    await client.query('ANALYZE')
  } finally {
    await client.end()
  }
}

function row({ userId, email, password, displayName }: Omit<SeedPerson, 'id'>, isStaff: boolean): readonly unknown[] {
  const salt = randomBytes(SALT_BYTES)
  const hash = scryptSync(password, salt, HASH_BYTES, COST).toString('hex')
  return [userId, email, ['scrypt', COST.N, COST.r, COST.p, salt.toString('hex'), hash].join('$'), isStaff, displayName]
}
