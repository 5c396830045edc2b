import type { Call, Credentials, ExamApi, Interpretation, LoginForm, Tokens } from './exam-api.ts'

/**
 * Has one step of a log-in sent, as an operation of its own with this name.
 *
 * @param reopen what another attempt at the log-in needs first: a fresh form, for a form may be good for one attempt only.
 *   Resolves to false where there is none to be had. Absent: nothing is needed
 */
export type AskLogIn = <Reply>(
  f: 'open-login' | 'login',
  call: () => Call<Reply>,
  reopen?: () => Promise<boolean>,
) => Promise<Interpretation<Reply>>

/**
 * Log in, by one call or, on a platform with `openLogin`, by two. A first step that brings no form is a log-in that failed, for
 * the reason of that step.
 */
export function logInWith(
  api: Pick<ExamApi, 'login' | 'openLogin'>,
  credentials: Credentials,
  ask: AskLogIn,
): Promise<Interpretation<Tokens>> {
  return api.openLogin === undefined
    ? ask('login', () => api.login(credentials))
    : inTwoSteps(api as Required<typeof api>, credentials, ask)
}

async function inTwoSteps(
  api: Required<Pick<ExamApi, 'login' | 'openLogin'>>,
  credentials: Credentials,
  ask: AskLogIn,
): Promise<Interpretation<Tokens>> {
  let form: LoginForm | undefined
  const open = async (): Promise<Interpretation<LoginForm>> => {
    const opened = await ask('open-login', () => api.openLogin())
    form = opened.reply
    return opened
  }
  const { reply, told: _, ...failed } = await open()
  if (reply === undefined) return failed
  return ask(
    'login',
    () => api.login(credentials, form),
    async () => (await open()).reply !== undefined,
  )
}
