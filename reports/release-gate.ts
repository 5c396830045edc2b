import type { RunVerdict } from '../helpers/run-verdict.ts'
import type { GateId } from '../helpers/verdict.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Clocks of the machine that rehearsed and of the one that asks may differ; a run from the future is not believed. */
const CLOCK_SKEW_MS = 5 * 60_000
/** Broken once by an image is broken: no load of the machine and no threshold makes it true. */
const NOT_OUTVOTED: readonly GateId[] = ['zero-data-loss', 'no-corrupted-sessions']

/** What a release asks of a run. */
export interface GateQuestion {
  readonly profile: string
  /** `sha256:…` of the backend that is to be released. */
  readonly imageDigest: string
  readonly maxAgeMs: number
  readonly nowMs: number
  /** The hash of the configuration as it is now, were it rehearsed on this host. */
  configHash(host: string): string
}

export type JudgedRun = { readonly id: string } & ({ readonly verdict: RunVerdict } | { readonly unreadable: string })

/**
 * Every reason why this run does not let the release pass, in plain words; empty: it does, as far as its verdict tells.
 * Pure. That its files are those that were written is for the caller to prove.
 */
export function refusals(run: JudgedRun, question: GateQuestion): string[] {
  if ('unreadable' in run) return [`its verdict is missing or cannot be read: ${run.unreadable}`]
  const { verdict } = run
  const reasons: string[] = []
  const refuse = (when: boolean, reason: string) => {
    if (when) reasons.push(reason)
  }
  refuse(verdict.runId !== run.id, `its verdict is of another run, ${verdict.runId}`)
  refuse(verdict.verdict !== 'GO', `it is ${verdict.headline}`)
  refuse(verdict.scope !== 'full', `it is partial: only ${verdict.coverage.complete} of 7 phases were rehearsed whole`)
  refuse(
    verdict.profile !== question.profile,
    `it is of profile ${verdict.profile}, and ${question.profile} is asked for`,
  )
  for (const gate of verdict.gates) {
    refuse(gate.valid === 'not-judged', `a gate was not judged: ${gate.title} (${gate.reason ?? 'no reason given'})`)
    refuse(verdict.verdict === 'GO' && gate.valid !== true && gate.valid !== 'not-judged', contradiction(gate.title))
  }
  refuse(
    verdict.verdict === 'GO' && verdict.problems.length > 0,
    'it says GO and names problems: it contradicts itself',
  )
  refuse(verdict.source.sha === null, 'from which source it came is not known')
  refuse(verdict.source.dirty !== false, dirtyWords(verdict.source.dirty))
  reasons.push(...imageRefusals(verdict, question.imageDigest))
  refuse(verdict.configHash === undefined, 'what it was held to is not on record')
  refuse(
    verdict.configHash !== undefined && verdict.configHash !== question.configHash(verdict.host),
    'it was held to another configuration than the one there is now (load, thresholds, faults, host or adapter)',
  )
  return [...reasons, ...ageRefusals(verdict, question)]
}

/** What of a verdict says of which image and source it is, and whether something is proven broken. */
export type Standing = Pick<RunVerdict, 'verdict' | 'source' | 'gates'> & {
  readonly environment: Pick<RunVerdict['environment'], 'images'>
}

/**
 * Why a run speaks against releasing the image of `go`, whatever other runs say; undefined: it does not. What was proven broken
 * is not outvoted by rehearsing again until it is green, or by waiting until it is old, and it counts in whatever scope and
 * profile it was found. Pure.
 */
export function objection(run: JudgedRun, go: Standing): string | undefined {
  if ('unreadable' in run || !isBroken(run.verdict, go)) return undefined
  return `the same image was NO-GO: ${run.verdict.headline}`
}

/**
 * Why an earlier run speaks against releasing this image although a later one is a GO: it proved that answers or sessions
 * are lost, by the very same source of the rehearsal. Whoever rehearses a rare loss often enough gets a GO. Undefined: it does
 * not. Pure.
 */
export function lossBefore(run: JudgedRun, go: Standing): string | undefined {
  return 'verdict' in run && isLoss(run.verdict, go) ? objection(run, go) : undefined
}

/** A NO-GO of the image of `go`: one that is newer speaks against it, see {@link objection}. Pure. */
export function isBroken(run: Standing, go: Standing): boolean {
  return run.verdict === 'NO-GO' && isOfImage(run, go)
}

/** One by which answers or sessions were lost, and of the same source: it speaks against `go` also when it is older. Pure. */
export function isLoss(run: Standing, go: Standing): boolean {
  const lost = run.gates.some(({ id, valid }) => valid === false && NOT_OUTVOTED.includes(id))
  return lost && run.source.sha === go.source.sha && isBroken(run, go)
}

function contradiction(title: string): string {
  return `it says GO although a gate is not true: ${title}`
}

function dirtyWords(dirty: boolean | null): string {
  return dirty === null ? 'whether its source was clean is not known' : 'its source had uncommitted changes'
}

function imageRefusals(verdict: Standing, wanted: string): string[] {
  const images = imagesOf(verdict)
  if (images.length === 0) return ['which backend image it rehearsed is not on record']
  if (images.every((image) => digestsOf(image).includes(wanted))) return []
  return [`it rehearsed another backend image: ${images.map(inDigests).join(' and ')}`]
}

/** Of the same bits, by whichever name: where one was asked for by its digest and the other by a tag, both have an id. */
function isOfImage(run: Standing, go: Standing): boolean {
  const same = new Set(imagesOf(go).flatMap(digestsOf))
  const images = imagesOf(run)
  return images.length > 0 && images.every((image) => digestsOf(image).some((digest) => same.has(digest)))
}

/** The images of all phases are joined by ` | ` where they differ. */
function imagesOf({ environment: { images } }: Standing): readonly string[] {
  return images.backend?.split(' | ') ?? []
}

/** An image is the name that it was asked for by, which may end in its digest, and its id. */
function digestsOf(image: string): readonly string[] {
  return image.match(/(?<=^|[@ ])sha256:[0-9a-f]{64}(?= |$)/g) ?? []
}

function inDigests(image: string): string {
  return digestsOf(image).join(' = ') || image
}

function ageRefusals({ finishedAt }: RunVerdict, { nowMs, maxAgeMs }: GateQuestion): string[] {
  if (finishedAt === null) return ['it has not finished']
  const ageMs = nowMs - Date.parse(finishedAt)
  if (Number.isNaN(ageMs)) return [`when it finished cannot be read: ${finishedAt}`]
  if (ageMs < -CLOCK_SKEW_MS) return [`it says that it will finish in the future: ${finishedAt}`]
  if (ageMs <= maxAgeMs) return []
  return [`it is too old: it finished ${inWords(ageMs)} ago, and at most ${inWords(maxAgeMs)} is allowed`]
}

function inWords(ms: number): string {
  return ms < HOUR_MS ? `${Number((ms / MINUTE_MS).toFixed(1))} min` : `${Number((ms / HOUR_MS).toFixed(1))} h`
}
