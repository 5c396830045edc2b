import { figureProblems } from './refuse-problems.ts'

/** A part of a ramp: from wherever the part before ended, straight to `to`. */
export interface RampStage {
  readonly to: number
  readonly forMs: number
}

/** A figure that changes in straight lines: arrivals a second, or candidates at work. */
export interface Ramp {
  readonly from: number
  readonly stages: readonly RampStage[]
}

/** A straight piece of a ramp; milliseconds after its begin. */
export interface RampPiece {
  readonly fromMs: number
  readonly toMs: number
  readonly from: number
  readonly to: number
}

/** The straight pieces of a ramp, one after the other. */
export function rampPieces({ from, stages }: Ramp): readonly RampPiece[] {
  let atMs = 0
  let at = from
  return stages.map(({ to, forMs }) => {
    const piece = { fromMs: atMs, toMs: atMs + forMs, from: at, to }
    atMs += forMs
    at = to
    return piece
  })
}

/** How long a ramp takes, milliseconds. */
export function rampMs({ stages }: Ramp): number {
  return stages.reduce((sum, { forMs }) => sum + forMs, 0)
}

/** "100 to 400 in 300 s, then 0 in 60 s". */
export function describeRamp({ from, stages }: Ramp): string {
  return stages
    .map(
      ({ to, forMs }, index) =>
        `${index === 0 ? `${from} to ` : 'then '}${to} in ${Number((forMs / 1_000).toFixed(1))} s`,
    )
    .join(', ')
}

/** Everything that is wrong with a ramp; `whole`: of things that cannot be halved. */
export function rampProblems({ from, stages }: Ramp, { whole }: { readonly whole: boolean }): readonly string[] {
  return [
    ...figureProblems('from', from, { least: 0, whole }),
    ...(stages.length === 0 ? ['stages should name at least one stage, instead got none'] : []),
    ...stages.flatMap(({ to, forMs }, index) => [
      ...figureProblems(`stages[${index}].to`, to, { least: 0, whole }),
      ...figureProblems(`stages[${index}].forMs`, forMs, { least: 0 }),
    ]),
  ]
}
