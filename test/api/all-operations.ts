import { buildApp } from '../../api/app.ts';
import { closedPorts } from './closed-ports.ts';

export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly takesProject: boolean;
}

type Paths = Record<string, Record<string, { operationId: string; parameters?: { name: string; in: string }[] }>>;

/** What the API's own document has. */
export async function allOperations(): Promise<readonly Operation[]> {
  const app = buildApp(closedPorts());
  await app.ready();
  const { paths } = app.swagger() as unknown as { paths: Paths };
  await app.close();
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, parameters = [] }]) => ({
      id: operationId,
      method: method.toUpperCase() as Operation['method'],
      path,
      takesProject: parameters.some((parameter) => parameter.in === 'query' && parameter.name === 'projectId'),
    })),
  );
}

/** Nothing has this name, in a form that every kind of id accepts. */
export const NOBODY = '7d9a0a3e-1111-4222-8333-444455556666';

/** An address of the path, all of whose parameters are this id. */
export function at(path: string, id = NOBODY): string {
  return path.replaceAll(/\{\w+\}/gu, id);
}
