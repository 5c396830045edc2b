/** Where every answer is written. */
export const HOT_TABLE = 'session_answers'
