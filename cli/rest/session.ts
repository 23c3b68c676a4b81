import type { Command } from 'commander';
import { createClient } from '../../client/create-client.ts';
import type { WeftClient } from '../../client/create-client.ts';
import { followEvents } from '../../client/follow-events.ts';
import type { FollowedEvent, Following } from '../../client/follow-events.ts';
import { INTERRUPTED } from './exit-code.ts';
import { formatTable } from './format-table.ts';
import type { Row } from './format-table.ts';
import { toTerminalJson, toTerminalText } from './terminal-text.ts';

const LEAVE_MS = 1000;
const SERVER_DEFAULT = 'http://localhost:3000';

interface GlobalOptions {
  readonly output?: 'table' | 'json';
  readonly server?: string;
  readonly token?: string;
  readonly project?: string;
}

/** What a command works with. */
export interface Session {
  readonly client: WeftClient;
  /** The project that was named, as a query or a part of a body; empty when none was. */
  readonly project: { readonly projectId?: string };
  readonly signal: AbortSignal;
  /** One JSON document with `-o json`, else these rows. */
  readonly print: (answer: unknown, rows: () => readonly Row[]) => void;
  /** One JSON document with `-o json`, else this text; control characters are kept where no terminal reads them. */
  readonly printText: (answer: unknown, text: () => string) => void;
  /** The same for one of many: a JSON document has one line. */
  readonly printNext: (answer: unknown, text: () => string) => void;
  /** Events as they happen, over broken connections. */
  readonly follow: (open: Following['open']) => AsyncGenerator<FollowedEvent, never>;
  /** What belongs to no result; kept off stdout. */
  readonly hint: (text: string) => void;
}

export type OpenSession = (command: Command) => Session;

/**
 * Flags win over `WEFT_URL` and `WEFT_TOKEN`, these over the names of older clients. Ctrl-C ends the call, not the work; so does a
 * reader of our output that leaves.
 */
export function createOpenSession(env: Readonly<Record<string, string | undefined>>): OpenSession {
  return (command) => {
    const { output = 'table', server, token, project } = command.optsWithGlobals<GlobalOptions>();
    const baseUrl = server ?? env['WEFT_URL'] ?? env['LOOM_API_URL'] ?? SERVER_DEFAULT;
    const secret = token ?? env['WEFT_TOKEN'] ?? env['LOOM_API_TOKEN'];
    const interrupt = new AbortController();
    const endWith = (exitCode: number) => (): void => {
      interrupt.abort();
      // Whatever does not hear of it must not keep whoever has asked to leave.
      setTimeout(() => process.exit(exitCode), LEAVE_MS).unref();
    };
    process.once('SIGINT', endWith(INTERRUPTED));
    process.stdout.once('error', endWith(0));
    const { signal } = interrupt;
    const write = (answer: unknown, text: () => string, indent: number): void => {
      if (output === 'json') process.stdout.write(`${toTerminalJson(JSON.stringify(answer, null, indent))}\n`);
      else process.stdout.write(process.stdout.isTTY ? toTerminalText(text()) : text());
    };
    const printText: Session['printText'] = (answer, text) => {
      write(answer, text, 2);
    };
    return {
      client: createClient({ baseUrl, signal, ...(secret === undefined || secret === '' ? {} : { token: secret }) }),
      project: project === undefined ? {} : { projectId: project },
      signal,
      print: (answer, rows) => {
        printText(answer, () => formatTable(rows()));
      },
      printText,
      printNext: (answer, text) => {
        write(answer, text, 0);
      },
      follow: (open) => followEvents({ open, signal }),
      hint: (text) => {
        if (output === 'table') process.stderr.write(`${text}\n`);
      },
    };
  };
}

/** The options that were given: what is undefined is left out. */
export function given<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }; // only undefined was taken away
}
