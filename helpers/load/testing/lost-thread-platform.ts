import { referenceApi } from '../../candidate/reference-api.ts'
import { definePlatform } from '../../platform/exam-platform.ts'
import reference from '../../platform/reference-platform.ts'

/*
 * The reference platform, with an adapter that ends the thread in which a candidate with one of these e-mails saves an
 * answer (the questions of the stub begin with the e-mail). For tests.
 */

export default definePlatform({
  ...reference,
  api: {
    ...referenceApi,
    saveAnswer(tokens, answer) {
      if (answer.question.startsWith('exits@')) process.exit(3)
      if (answer.question.startsWith('fails@')) throw new Error('the adapter is broken')
      if (answer.question.startsWith('hangs@')) {
        const never = new Int32Array(new SharedArrayBuffer(4))
        Atomics.wait(never, 0, 0)
      }
      return referenceApi.saveAnswer(tokens, answer)
    },
  },
})
