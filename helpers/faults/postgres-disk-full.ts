import type pg from 'pg'
import { RehearsalError } from '../errors.ts'
import { asAdmin } from './admin-connection.ts'
import { DATABASE_TROUBLED } from './budget.ts'
import type { FaultKind, FaultTarget } from './fault.ts'
import { answersTable } from './hot-table.ts'
import { untilGreen } from './look.ts'

/** Small and of the container's own: 64 MB unless somebody says otherwise. */
const SMALL_DISK = '/dev/shm'
/** A larger one is somebody's memory, and is not filled. */
const MAX_FREE_KILOBYTES = 256 * 1_024
const FOLDER = `${SMALL_DISK}/exam-rehearsal-tablespace`
const BALLAST = `${SMALL_DISK}/exam-rehearsal-ballast`
const TABLESPACE = 'exam_rehearsal_small_disk'

/**
 * The disk under the hot table, not the one under the write-ahead log: the log stays where it is durable, so that no
 * acknowledged commit is lost because of the way in which this fault is made. The table is moved to the small disk for
 * as long as the fault lasts.
 */
export const postgresDiskFull: FaultKind = {
  name: 'postgres-disk-full',
  part: 'postgres',
  contract:
    'The disk under the table of answers is full: each write that needs another page is refused (53100), reads and the rest go on.',
  candidatesNotice: 'interruption',
  budget: DATABASE_TROUBLED,
  needsTables: 'answers',
  needsContainers: 'it fills a small disk of its own, which only a container has',
  on: (target) => ({
    inject: async () => {
      // Before anything is made: a platform that does not name it is told so, and nothing is left behind.
      const table = answersTable(target)
      const free = await freeKilobytes(target)
      if (!(free > 0 && free <= MAX_FREE_KILOBYTES)) throw notSmall(free)
      await run(target, `mkdir -p ${FOLDER} && chown postgres ${FOLDER} && chmod 700 ${FOLDER}`)
      await asAdmin(target, async (client) => {
        await client.query(`CREATE TABLESPACE ${TABLESPACE} LOCATION '${FOLDER}'`)
        await client.query(`ALTER TABLE ${table} SET TABLESPACE ${TABLESPACE}`)
      })
      // dd ends with 1 because the disk is full, which is what it is for.
      await run(target, `dd if=/dev/zero of=${BALLAST} bs=8192; true`)
    },
    wasFelt: () =>
      asAdmin(target, async (client) => {
        const said = await writeOnSmallDisk(client)
        return {
          felt: said.startsWith('53100'),
          proof: `a row for a new table beside ${answersTable(target)}: ${said}`,
        }
      }),
    heal: async (limit) => {
      await run(target, `rm -f ${BALLAST}`)
      await asAdmin(target, async (client) => {
        const { rows } = await client.query('SELECT 1 FROM pg_tablespace WHERE spcname = $1', [TABLESPACE])
        if (rows.length === 0) return
        // Whatever is there: nobody need know which table was moved, or whether one was.
        await client.query(`ALTER TABLE ALL IN TABLESPACE ${TABLESPACE} SET TABLESPACE pg_default`)
        await client.query(`DROP TABLESPACE ${TABLESPACE}`)
      })
      await run(target, `rm -rf ${FOLDER}`)
      await untilGreen(target, 'postgres', limit)
    },
  }),
}

async function run(target: FaultTarget, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await target.services.postgres.exec(['sh', '-c', script])
  if (exitCode === 0) return stdout
  throw new RehearsalError('FAULT_NOT_SET', {
    expected: `${script} exits with 0`,
    seen: `${exitCode}: ${stderr}`.trim(),
    next: 'Run the same command inside the container.',
    service: 'PostgreSQL',
  })
}

async function freeKilobytes(target: FaultTarget): Promise<number> {
  const lastLine = (await run(target, `df -Pk ${SMALL_DISK}`)).trim().split('\n').at(-1)
  return Number(lastLine?.split(/\s+/)[3])
}

/** @returns the SQLSTATE and message that a write gets, or that it was accepted; nothing is left of it */
async function writeOnSmallDisk(client: pg.Client): Promise<string> {
  await client.query('BEGIN')
  try {
    await client.query(`CREATE TEMPORARY TABLE probe (content text) ON COMMIT DROP TABLESPACE ${TABLESPACE}`)
    await client.query(`INSERT INTO probe VALUES ('x')`)
    return 'accepted'
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return `${code}: ${message}`
  } finally {
    await client.query('ROLLBACK')
  }
}

function notSmall(kilobytes: number): RehearsalError {
  return new RehearsalError('FAULT_NOT_SET', {
    expected: `a small disk of the database's own at ${SMALL_DISK}, with at most ${MAX_FREE_KILOBYTES} KB free`,
    seen: `${kilobytes} KB free`,
    next: 'Leave this fault out where PostgreSQL shares the memory of the machine.',
    service: 'PostgreSQL',
  })
}
