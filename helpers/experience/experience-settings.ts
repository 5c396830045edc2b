/** What the backend is set to in phase 5, where hours are to be over in seconds. */
export interface ExperienceSettings {
  readonly accessTokenSeconds: number
  readonly refreshGraceSeconds: number
  readonly loginLimitPerEmail: number
}
