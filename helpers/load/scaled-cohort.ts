/** Far below one candidate, and above what a product of two floats is off: 300 × 1.1 is 330.00000000000006. */
const ROUNDING_ERROR = 1e-6

/** How many candidates a multiple of a cohort has: never fewer than asked for, so that 120 % of 411 are 494. */
export function scaledCohort(candidates: number, factor: number): number {
  return Math.ceil(candidates * factor - ROUNDING_ERROR)
}
