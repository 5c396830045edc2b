import { describe } from 'vitest'
import { candidateExperiencePhase } from '../fixtures/candidate-experience-phase.ts'
import { onStage } from '../fixtures/rehearsal.ts'

const experience = onStage(candidateExperiencePhase)

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
  experience.promise('nobody-stuck', 'who logs in, starts, answers and hands in is never left standing')
  experience.promiseTheRest('and nothing else was found')
})
