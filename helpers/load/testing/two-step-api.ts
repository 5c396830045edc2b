import { z } from 'zod'
import type { ExamApi } from '../../candidate/exam-api.ts'
import { replyReader } from '../../candidate/read-reply.ts'
import { referenceApi } from '../../candidate/reference-api.ts'
import { outcomeOf } from '../../history/outcome.ts'

const FORM = z.object({ csrf: z.string() })
const { read } = replyReader({ codeField: 'error_code' })

/** How a stub is spoken to that wants a form for each log-in, and otherwise as the reference is. */
export const twoStepApi: ExamApi = {
  ...referenceApi,
  openLogin: () => ({
    method: 'GET',
    path: '/v1/auth/login',
    headers: {},
    read: (response) =>
      read(response, FORM, ({ csrf }) => {
        const cookie = /sid=[^;]+/.exec(response.headers['set-cookie'] ?? '')?.[0]
        return cookie === undefined
          ? outcomeOf('unparsable-body')
          : { ...outcomeOf('success'), reply: { csrf, cookie } }
      }),
  }),
  login: (credentials, form) => {
    const call = referenceApi.login(credentials)
    return { ...call, headers: { ...call.headers, cookie: `${form?.cookie}`, 'x-csrf-token': `${form?.csrf}` } }
  },
}
