/** Whether a platform at this address is on the machine of the generator: by its loopback addresses. */
export function isCoLocated(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl)
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/**
 * How generator and platform share a machine, one sentence for the report (P9).
 *
 * @param stackCpus what the platform is capped to; undefined: it is not
 * @param cpus cores of the machine
 */
export function describeSplit(stackCpus: number | undefined, cpus: number): string {
  const platform = stackCpus === undefined ? `may use all ${cpus} cores` : `is capped to ${stackCpus} of ${cpus} cores`
  return `co-located: the load generator is one thread on the machine of the platform, which ${platform}; response times contain what each costs the other`
}
