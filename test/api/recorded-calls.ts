import type { Answer, World } from './api-world.ts';
import { WORK } from './api-world.ts';

type Options = NonNullable<Parameters<World['request']>[2]>;

export interface Call {
  readonly method: Parameters<World['request']>[0];
  readonly url: string;
  readonly options: Options;
}

/** The last request of an example call, which is the operation itself: those before it make what it needs. */
export async function lastCallOf(world: World, example: (world: World) => Promise<Answer>): Promise<{ readonly call: Call; readonly answer: Answer }> {
  let last: Call | undefined;
  const request: World['request'] = async (method, url, options?: Options) => {
    last = { method, url, options: options ?? {} };
    return world.request(method, url, options);
  };
  const answer = await example({
    ...world,
    request,
    get: (url, headers?: Record<string, string>) => request('GET', url, { headers: headers ?? {} }),
    post: (url, payload, headers?: Record<string, string>) =>
      request('POST', url, { ...(payload === undefined ? {} : { payload: payload as object }), headers: headers ?? {} }),
    submit: async (body?: object) => (await request('POST', '/api/work', { payload: { ...WORK, ...body } })).json(),
  });
  if (last === undefined) throw new Error('The example makes no request.');
  return { call: last, answer };
}
