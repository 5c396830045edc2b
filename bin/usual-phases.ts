import type { RehearsalConfig } from '../helpers/config/rehearsal-config.ts'
import { LOAD_SHAPES, type ProfileName } from '../helpers/load/profile.ts'

/** A load shape is a load and nothing else. */
const SHAPE_PHASE = '2-load'

/**
 * The phases of a run without `--only`: of a load shape the load, else those of the configuration; none named: all that
 * there are.
 */
export function usualPhases(profile: ProfileName, { phases = [] }: Pick<RehearsalConfig, 'phases'>): readonly string[] {
  return LOAD_SHAPES.has(profile) ? [SHAPE_PHASE] : phases
}
