import { z } from 'zod';

/** One version, or any; a list of versions would need a client that has read several at once. */
export const IfMatch = z.object({
  'if-match': z
    .string()
    .max(64)
    .regex(/^(?:\*|(?:W\/)?"[1-9]\d{0,8}")$/, 'must be an ETag of this resource, such as "3"')
    .exactOptional()
    .meta({ description: 'Refused with 409 when it has another version by now.' }),
});

/** The update under the condition of the header, which wins over a version in the body. */
export function withVersion<T extends { readonly version?: number }>(update: T, ifMatch: string | undefined): T {
  const version = /\d+/.exec(ifMatch ?? '')?.[0];
  return version === undefined ? update : { ...update, version: Number(version) };
}
