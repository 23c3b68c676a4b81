import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../contract/search-attributes.ts';

const CONNECT_TIMEOUT_MS = 5000;
const CALL_TIMEOUT_MS = 10_000;
// A server learns of a namespace that another one of its cluster has made within seconds.
const KNOWN_WITHIN_MS = 30_000;
const POLL_MS = 200;
const RETENTION_SECONDS = 7 * 86_400;
// gRPC status codes.
const NOT_FOUND = 5;
const ALREADY_EXISTS = 6;
// temporal.api.enums.v1.IndexedValueType
const VALUE_TYPES = { TEXT: 1, KEYWORD: 2, INT: 3, DOUBLE: 4, BOOL: 5, DATETIME: 6, KEYWORD_LIST: 7 } as const;

/**
 * Makes the namespace and our search attributes where they are missing: on a server of the user's own, and on data of an earlier
 * version (the dev server gives attributes only to namespaces that it makes itself). Changes nothing that exists.
 */
export async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: CONNECT_TIMEOUT_MS }).catch((cause: unknown) => {
    throw new Error(`No Temporal server answers at ${address}. Check TEMPORAL_ADDRESS.`, { cause });
  });
  const call = <T>(what: () => Promise<T>): Promise<T> => connection.withDeadline(Date.now() + CALL_TIMEOUT_MS, what);
  try {
    if ((await call(() => connection.workflowService.describeNamespace({ namespace })).catch(nullFor(NOT_FOUND))) === null) {
      const seconds = RETENTION_SECONDS as never; // typed as Long; a number is encoded as well
      await call(() => connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: { seconds } })).catch(
        nullFor(ALREADY_EXISTS),
      );
    }
    const deadline = performance.now() + KNOWN_WITHIN_MS;
    while ((await call(() => addMissingAttributes(connection, namespace)).catch(nullFor(NOT_FOUND))) === null) {
      if (performance.now() > deadline) throw new Error(`The namespace ${namespace} did not become known at ${address} within ${String(KNOWN_WITHIN_MS)} ms.`);
      await delay(POLL_MS);
    }
  } finally {
    await connection.close();
  }
}

async function addMissingAttributes(connection: Connection, namespace: string): Promise<true> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SEARCH_ATTRIBUTES).filter(({ name }) => !Object.hasOwn(customAttributes, name));
  if (missing.length > 0) {
    const searchAttributes = Object.fromEntries(missing.map(({ name, type }) => [name, VALUE_TYPES[type]]));
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  }
  return true;
}

/** Turns the failure with this gRPC status into null; others pass. */
function nullFor(status: number): (error: unknown) => null {
  return (error) => {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === status) return null;
    throw error;
  };
}
