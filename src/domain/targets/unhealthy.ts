export const PROBE_ERROR_CHARS_MAX = 1024;

/** The result of a look at a target where nothing could be started now, with the reason, cut to its bound. */
export function unhealthy(error: string): { readonly healthy: false; readonly error: string } {
  return { healthy: false, error: error.slice(0, PROBE_ERROR_CHARS_MAX) };
}
