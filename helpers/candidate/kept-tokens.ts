import type { Clock } from '../clock.ts'
import type { Tokens } from './exam-api.ts'
import { fieldAt } from './field-at.ts'

/** However long a token lives, it is not kept for longer than this. */
const RENEW_AFTER_MS = 10 * 60_000
/** Of a token that does not say so: access tokens may last as little as 15 min. */
const USUAL_LIFE_MS = 15 * 60_000
/** A token is not sent so shortly before its end: an answer takes up to 2.5 s, and `exp` is a whole second. */
const LAST_USE_MS = 5_000
/** Between two tries to renew: a log-in that fails is written down like one of a candidate, and nobody needs hundreds. */
const TRY_AGAIN_AFTER_MS = 1_000
/** After a log-in whose tokens are refused as well. */
const REFUSED_AGAIN_AFTER_MS = 10_000

/** Tokens that are renewed in time. */
export interface KeptTokens {
  /** Of the first log-in. */
  readonly first: Tokens
  /**
   * The tokens to ask with now, renewed where that is due. A renewal that fails (it may fall into a restart, or a fault) is
   * tried again at a later call, and until their end the old ones are as good. null: they are over, and there are no others.
   * Never rejects.
   */
  current(): Promise<Tokens | null>
  /**
   * A platform has refused the current tokens as no log-in, before their time: the next call renews them. Not more often than
   * every ten seconds, for it may refuse those as well.
   */
  refused(): void
}

/**
 * Log in and keep the tokens: a platform answers an old one with 401, also what it refuses because of the freeze.
 *
 * @param logIn resolves with tokens; how long they live is what the access token says. What it rejects with the first time, this rejects with
 */
export async function keepTokens(logIn: () => Promise<Tokens>, clock: Clock): Promise<KeptTokens> {
  let tokens: Tokens
  let loggedInUs = 0
  let renewUs = 0
  let overUs = 0
  const renew = async (): Promise<Tokens> => {
    // The tokens cannot be older than the log-in.
    const fromUs = clock.nowUs()
    tokens = await logIn()
    loggedInUs = fromUs
    const lifeMs = lifeOf(tokens.accessToken) ?? USUAL_LIFE_MS
    renewUs = fromUs + Math.min(lifeMs / 2, RENEW_AFTER_MS) * 1_000
    overUs = fromUs + Math.max(lifeMs / 2, lifeMs - LAST_USE_MS) * 1_000
    return tokens
  }
  return {
    first: await renew(),
    async current() {
      if (clock.nowUs() >= renewUs) {
        try {
          await renew()
        } catch {
          renewUs = clock.nowUs() + TRY_AGAIN_AFTER_MS * 1_000
        }
      }
      return clock.nowUs() < overUs ? tokens : null
    },
    refused() {
      renewUs = Math.min(renewUs, loggedInUs + REFUSED_AGAIN_AFTER_MS * 1_000)
    },
  }
}

/** A claim of an access token; undefined: it has no such claim, or is none that can be read. */
export function claimOf(token: string, name: string): unknown {
  const payload = token.split('.')[1]
  if (payload === undefined) return undefined
  try {
    return fieldAt(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')), name)
  } catch {
    return undefined
  }
}

/**
 * How long a token lives, ms; undefined: it does not say so. By its own begin where it names one: the clock of the platform may
 * be another than ours.
 */
function lifeOf(token: string): number | undefined {
  const exp = claimOf(token, 'exp')
  const iat = claimOf(token, 'iat')
  if (typeof exp !== 'number') return undefined
  const lifeMs = exp * 1_000 - (typeof iat === 'number' ? iat * 1_000 : Date.now())
  return lifeMs > 0 ? lifeMs : undefined
}
