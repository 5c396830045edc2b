import { describe } from 'vitest'
import { onStage } from '../fixtures/rehearsal.ts'
import { candidateExperience, EXPERIENCE_GUESTS } from '../helpers/experience/candidate-experience.ts'
import { backendRestarted } from '../helpers/faults/backend-restarted.ts'
import { dayWithFaults, faultsOneByOne } from '../helpers/faults/day-with-faults.ts'
import type { FaultSchedule } from '../helpers/faults/schedule.ts'
import type { Profile } from '../helpers/load/profile.ts'

/** Access tokens run out several times in the exam, and what is over after an hour is over after seconds. */
const SETTINGS = { accessTokenSeconds: 6, refreshGraceSeconds: 4, loginLimitPerEmail: 12 } as const

/** Half an hour off UTC in summer: whoever tells a local time is found out. */
const SERVER_TIME_ZONE = 'Australia/Lord_Howe'

const SHORT_DAY = { arrivalsMs: 4_000, barrierAfterMs: 500, submitSpreadMs: 3_000, expiryMarginMs: 5_000 } as const

const faults = (profile: Profile): FaultSchedule => faultsOneByOne(profile, [backendRestarted])

const experience = onStage({
  id: '5-candidate-experience',
  title: 'Phase 5: what candidates go through with reloads, second devices, wrong clocks and a restart',
  day: (profile) => {
    const day = { ...dayWithFaults(profile, faults(profile)), vanish: 0.1, resumeReads: 0.4 }
    return day.name === 'smoke' || day.name === 'dev' ? { ...day, ...SHORT_DAY } : day
  },
  faults,
  guests: () => EXPERIENCE_GUESTS,
  backend: {
    backendEnv: {
      ACCESS_TOKEN_SECONDS: String(SETTINGS.accessTokenSeconds),
      REFRESH_GRACE_SECONDS: String(SETTINGS.refreshGraceSeconds),
      LOGIN_LIMIT_PER_EMAIL: String(SETTINGS.loginLimitPerEmail),
      TZ: SERVER_TIME_ZONE,
    },
  },
  companion: (_, scenario) => candidateExperience({ scenario, settings: SETTINGS, restart: backendRestarted.name }),
})

describe(experience.title, () => {
  experience.promise('phase-completed', 'the rehearsal of this phase ran to its end')
  experience.promise('faults-felt', 'the backend was really restarted in the middle of the exam')

  experience.promise('resume', 'a reload, a second device or a restart: the exam is there as it was left')
  experience.promise('resume-equivalence', 'nobody comes back to less than was acknowledged')
  experience.promise('logout-keeps-session', 'logging out deletes nothing')
  experience.promise('one-session-per-candidate', 'coming back is never starting anew')
  experience.promise('token-renewal', 'nobody is thrown out of the exam by a token')

  experience.promise('timer', 'the timer gains and loses nothing, whoever restarts and whatever the clock says')
  experience.promise('told-time', 'the time that is told is the time that counts, in every time zone')
  experience.promise('monotonic-reads', 'time never comes back, nor does an older answer')
  experience.promise('server-decides-time', 'a wrong clock is neither an advantage nor a disadvantage')
  experience.promise('swept-in-time', 'whoever vanished is closed within 5 s')

  experience.promise('clear-errors', 'every refusal can be understood, traced, and says when to try again')
  experience.promiseTheRest('and nothing else was found')
})
