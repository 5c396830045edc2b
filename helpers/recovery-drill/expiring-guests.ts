import { setTimeout as sleep } from 'node:timers/promises'
import type { Credentials, ExamApi, Interpretation, SessionRequest, Tokens } from '../candidate/exam-api.ts'
import { logInWith } from '../candidate/log-in.ts'
import type { CompanionContext } from '../companion.ts'
import { openVisitor, type Visitor } from '../experience/visitor.ts'
import { seededRandom } from '../random.ts'

/** A guest tries each thing so often: the platform is being broken meanwhile. */
const TRIES = 20
const PAUSE_MS = 250
const TIMEOUT_MS = 3_000

export interface ExpiringGuestsOptions {
  readonly api: ExamApi
  readonly seed: number
  readonly exam: { readonly id: string; readonly paper: SessionRequest['paper'] }
  readonly guests: readonly ({ readonly id: string } & Credentials)[]
  /** The first guest's time is over after this, seconds... */
  readonly firstSeconds: number
  /** ...and each further one's so much later. */
  readonly stepSeconds: number
}

/** Guests whose time runs out one after the other, so that some of it does while the platform is away. */
export interface ExpiringGuests extends AsyncDisposable {
  /** So that later only the sessions are to be started. */
  logIn(): Promise<void>
  /** Start all sessions and give one answer in each. @returns ids of the sessions that were started */
  start(): Promise<ReadonlySet<string>>
}

/** Guests that ask for less time than the exam would give them; everything they do is in the history. */
export function expiringGuests(
  context: Pick<CompanionContext, 'stage' | 'clock' | 'recorder' | 'signal'>,
  { api, seed, exam, guests, firstSeconds, stepSeconds }: ExpiringGuestsOptions,
): ExpiringGuests {
  const { stage, clock, recorder, signal } = context
  const everybody = guests.map((account) => ({
    account,
    ids: seededRandom(seed, exam.id, account.id, 'drill'),
    tokens: undefined as Tokens | undefined,
    device: openVisitor({
      candidate: account.id,
      device: 'main',
      baseUrl: () => stage.baseUrl(),
      recorder,
      clock,
      timeoutMs: TIMEOUT_MS,
      signal,
    }),
  }))

  return {
    async logIn() {
      for (const guest of everybody) {
        const done = await untilOk(
          () => logInWith(api, guest.account, (f, call) => guest.device.ask({ f, call: call() })),
          signal,
        )
        guest.tokens = done?.reply
      }
    },
    async start() {
      const started = new Set<string>()
      for (const [index, { device, tokens, ids }] of everybody.entries()) {
        if (tokens === undefined) continue
        const idempotencyKey = ids.uuid()
        const paper = { ...exam.paper, durationSeconds: firstSeconds + index * stepSeconds }
        const call = api.createSession(tokens, { examId: exam.id, idempotencyKey, paper })
        const created = await untilOk(() => device.ask({ f: 'create-session', call, idempotencyKey }), signal)
        if (created?.reply === undefined) continue
        const { session } = created.reply
        started.add(session)
        await answerOne(device, api, tokens, session, ids.uuid(), signal)
      }
      return started
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(everybody.map(({ device }) => device[Symbol.asyncDispose]()))
    },
  }
}

/** The first question of the paper: what is scored later must have something in it. */
async function answerOne(
  device: Visitor,
  api: ExamApi,
  tokens: Tokens,
  session: string,
  nonce: string,
  signal: AbortSignal,
): Promise<void> {
  const read = await untilOk(
    () => device.ask({ f: 'read-session', session, call: api.readSession(tokens, session) }),
    signal,
  )
  const question = read?.reply?.answers[0]?.question
  if (question === undefined) return
  const about = { session, question, value: 1, version: 1, nonce }
  await untilOk(
    (attempt) => device.ask({ f: 'save-answer', ...about, attempt, call: api.saveAnswer(tokens, about) }),
    signal,
  )
}

/** Undefined: it did not come to that. */
async function untilOk<Reply>(
  attempt: (attempt: number) => Promise<Interpretation<Reply>>,
  signal: AbortSignal,
): Promise<Interpretation<Reply> | undefined> {
  for (let tries = 1; tries <= TRIES && !signal.aborted; tries += 1) {
    const done = await attempt(tries)
    if (done.outcome === 'ok') return done
    // It rejects for one reason only: the load is over.
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }
  return undefined
}
