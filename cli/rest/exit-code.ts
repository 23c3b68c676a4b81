const FAILED = 1;
const USAGE = 2;
const NOT_FOUND = 3;
const NOT_ALLOWED = 4;
const UNREACHABLE = 5;
export const INTERRUPTED = 130;

const BY_CODE: Readonly<Record<string, number>> = { UNREACHABLE, TIMED_OUT: UNREACHABLE, INTERRUPTED };
const BY_STATUS: Readonly<Record<number, number>> = { 400: USAGE, 413: USAGE, 401: NOT_ALLOWED, 403: NOT_ALLOWED, 404: NOT_FOUND };

/** What a script can tell apart. A 404 that is not Weft's says nothing about the thing that was asked for. */
export function exitCodeOf({ code, status }: { code: string; status: number }): number {
  if (code === 'NOT_WEFT') return FAILED;
  return BY_CODE[code] ?? BY_STATUS[status] ?? FAILED;
}
