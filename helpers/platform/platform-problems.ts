import { z } from 'zod'
import { type ExamApi, METHODS } from '../candidate/exam-api.ts'
import { CAPABILITIES, type Capability } from './capabilities.ts'
import type { ExamPlatform } from './exam-platform.ts'
import { MISTAKES } from './refusals.ts'

/** The calls of an API by name, so that a missing one is named before a candidate needs it. */
const CALLS = [
  'login',
  'refreshToken',
  'logout',
  'createSession',
  'currentSession',
  'readSession',
  'readQuestions',
  'saveAnswer',
  'submit',
  'review',
] as const satisfies readonly (keyof ExamApi)[]

const OPERATIONS = [
  'login',
  'refresh-token',
  'logout',
  'create-session',
  'current-session',
  'read-session',
  'read-questions',
  'save-answer',
  'submit',
  'review',
] as const satisfies readonly (keyof ExamPlatform['routes'])[]

/** More is a mistake in the unit, and the end of a phase waits for it. */
const LONGEST_GRACE_S = 600

const aFunction = z.custom<(...given: never[]) => unknown>((value) => typeof value === 'function', 'a function')
/** It is asked for a token that nobody gave out, too: only a provoked refusal would show otherwise, in the middle of a run. */
const givesHeaders = z.custom<NonNullable<ExamApi['authorise']>>((value) => {
  if (typeof value !== 'function') return false
  try {
    const headers: unknown = value({ accessToken: 'not-a-token', refreshToken: 'not-a-token' })
    return (
      typeof headers === 'object' &&
      headers !== null &&
      Object.values(headers).length > 0 &&
      Object.values(headers).every((text) => typeof text === 'string')
    )
  } catch {
    return false
  }
}, 'a function that gives headers, all of them texts and at least one, for any text as a token')
const path = z.string().regex(/^\/\S*$/, 'a path that begins with /')
const route = z.object({ method: z.string().min(1), route: path, authenticated: z.boolean() })
const status = z.int().min(400).max(599)
const field = z.string().min(1)

const freezeOperation = z.strictObject({
  id: z.string().min(1),
  method: z.enum(METHODS),
  path,
  body: z.unknown().optional(),
  underFreeze: z.enum(['refused', 'allowed']),
  // 401 is what whoever has no token is to be told, frozen or not.
  success: z.union([z.int().min(200).max(299), z.literal(401)]),
  changes: z.array(z.string()),
  authenticated: z.boolean(),
})

const job = z.object({ name: z.string().min(1), command: z.array(z.string()).min(1) })

const freeze = z.strictObject({
  operations: z.array(freezeOperation).refine((all) => all.some(({ underFreeze }) => underFreeze === 'refused'), {
    error: 'at least one operation that the freeze refuses',
  }),
  switchPath: path,
  refusal: z.strictObject({
    status,
    errorCode: z.string().min(1),
    fields: z.array(field),
    codeField: field,
    requestIdField: field.optional(),
  }),
  singleProcess: z.literal(true).optional(),
  propagationMs: z.number().positive(),
  jobs: z.array(job),
  slowJob: job.optional(),
  jobStatus: z.object({ running: field, done: field, skipped: field, stopped: field }),
  auditEvents: z.object({ toggled: field, blocked: field }),
})

const schema = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/, 'a name of letters, digits, dots and dashes'),
  // Also here: an `authorize` that nobody asks would be taken for none at all.
  api: z.strictObject({
    name: z.string().min(1),
    ...(Object.fromEntries(CALLS.map((call) => [call, aFunction])) as Record<(typeof CALLS)[number], typeof aFunction>),
    authorise: givesHeaders.optional(),
    openLogin: aFunction.optional(),
  }),
  routes: z.strictObject({
    ...(Object.fromEntries(OPERATIONS.map((name) => [name, route])) as Record<
      (typeof OPERATIONS)[number],
      typeof route
    >),
    'open-login': route.optional(),
  }),
  health: z.strictObject({ ready: path, readyStatus: field.optional(), live: path, metrics: path.optional() }),
  refusals: z.strictObject({
    envelope: z.strictObject({
      fields: z.array(field).min(1),
      code: field,
      codeLike: z.instanceof(RegExp).optional(),
      message: field,
      requestId: field.optional(),
      details: field.optional(),
    }),
    to: z.record(z.enum(MISTAKES), z.strictObject({ status, code: field.optional() })),
  }),
  freeze: freeze.optional(),
  monitor: z.object({ path: aFunction, read: aFunction }).optional(),
  capabilities: z.strictObject(
    Object.fromEntries(Object.keys(CAPABILITIES).map((name) => [name, z.boolean()])) as Record<
      Capability,
      z.ZodBoolean
    >,
  ),
  schema: z.string().min(1).optional(),
  // It stands in statements that take no parameter for it.
  answersTable: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62})?$/,
      'a name of a table: letters, digits and _, with its schema before a point if it needs one',
    )
    .optional(),
  singleProcess: z.literal(true).optional(),
  fixedWorkers: z.literal(true).optional(),
  workerCommand: field.optional(),
  environment: aFunction.optional(),
  fixedDuration: z.literal(true).optional(),
  graceSeconds: z.number().min(0).max(LONGEST_GRACE_S).optional(),
  seed: aFunction.optional(),
  enrol: aFunction.optional(),
})

/** Something wrong with a platform, for a RehearsalError. */
export interface PlatformProblem {
  readonly expected: string
  readonly seen: string
}

/** Everything that is wrong with what a module exported as its default; nothing when it is an `ExamPlatform`. */
export function platformProblems(value: unknown): readonly PlatformProblem[] {
  if (typeof value !== 'object' || value === null) {
    return [{ expected: 'a default export made by definePlatform({ ... })', seen: describe(value) }]
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => ({
      expected: `${['platform', ...issue.path].join('.')}: ${issue.message}`,
      seen: describe(at(value, issue.path)),
    }))
  }
  return contradictions(parsed.data)
}

/** What is declared and what is there must be the same: neither a capability by accident, nor a risk that is none. */
function contradictions({
  api,
  routes,
  capabilities,
  freeze,
  health,
  singleProcess,
  workerCommand,
}: Pick<
  z.infer<typeof schema>,
  'api' | 'routes' | 'capabilities' | 'freeze' | 'health' | 'singleProcess' | 'workerCommand'
>): readonly PlatformProblem[] {
  const problems: PlatformProblem[] = []
  const agree = (name: Capability, isThere: boolean, what: string): void => {
    if (capabilities[name] === isThere) return
    problems.push({
      expected: `platform.capabilities.${name} is true exactly when ${what} is there`,
      seen: `${capabilities[name]}, and ${what} is ${isThere ? 'there' : 'absent'}`,
    })
  }
  agree('runtimeFreezeToggle', freeze !== undefined, 'platform.freeze')
  agree('metrics', health.metrics !== undefined, 'platform.health.metrics')
  if (freeze !== undefined) agree('backgroundJobs', freeze.slowJob !== undefined, 'platform.freeze.slowJob')
  const [opens, isRouted] = [api.openLogin !== undefined, routes['open-login'] !== undefined]
  if (opens !== isRouted) {
    problems.push({
      expected: 'platform.routes.open-login is there exactly when platform.api.openLogin is',
      seen: `platform.api.openLogin is ${opens ? 'there' : 'absent'}, and its route is ${isRouted ? 'there' : 'absent'}`,
    })
  }
  // What the rehearsal asks itself would be counted, and held in the log, as what candidates have asked.
  if (capabilities.metrics || capabilities.requestLogs) problems.push(...askedByCandidates(health, routes))
  if (singleProcess === true && workerCommand !== undefined) {
    problems.push({
      expected: 'platform.workerCommand where there are workers, platform.singleProcess where there are none',
      seen: 'both',
    })
  }
  return problems
}

/** Addresses of its health that are those of a call of candidates, too: looks at them cannot be told from theirs. */
function askedByCandidates(
  health: z.infer<typeof schema>['health'],
  routes: z.infer<typeof schema>['routes'],
): readonly PlatformProblem[] {
  return (['ready', 'live', 'metrics'] as const).flatMap((name) => {
    const address = health[name]?.split('?')[0]
    const call = Object.entries(routes).find(([, one]) => one?.method === 'GET' && one.route === address)
    if (address === undefined || call === undefined) return []
    return [
      {
        expected: `platform.health.${name}: an address that no candidate asks, for its own looks would be counted and logged as theirs`,
        seen: `GET ${address}, which is platform.routes.${call[0]} as well`,
      },
    ]
  })
}

function at(value: unknown, keys: readonly PropertyKey[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) =>
      inner !== null && typeof inner === 'object' ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}

function describe(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  return value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 200) ?? String(value))
}
