import { rename, writeFile } from 'node:fs/promises';
import type { Asked, QuestionId } from '../src/domain/work/question.ts';

// More than a person answers for one assignment.
const QUESTIONS_MAX = 100;

interface Entry {
  readonly asked: Asked;
  /** Where the harness looks for the answer. */
  readonly file: string;
}

/**
 * The questions of one assignment: one at a time goes out, the next when the one before has its answer, which is left in its file,
 * whole or not at all.
 */
export class QuestionBook {
  readonly #send: (asked: Asked) => QuestionId | null;
  readonly #waiting: Entry[] = [];
  readonly #files = new Map<QuestionId, string>();
  #open: QuestionId | null = null;

  /** `send` names the question that it has sent; null = nobody is there any more who could answer. */
  constructor(send: (asked: Asked) => QuestionId | null) {
    this.#send = send;
  }

  ask(asked: Asked, file: string): void {
    if (this.#files.size + this.#waiting.length >= QUESTIONS_MAX) return;
    this.#waiting.push({ asked, file });
    if (this.#open === null) this.#sendNext();
  }

  /** False for a question that was never asked here. A repeat leaves the same answer. Rejects when it cannot be written. */
  async answer(questionId: QuestionId, answer: string | null): Promise<boolean> {
    const file = this.#files.get(questionId);
    if (file === undefined) return false;
    await writeFile(`${file}.part`, answer ?? '', { mode: 0o600 });
    await rename(`${file}.part`, file);
    if (this.#open === questionId) this.#sendNext();
    return true;
  }

  #sendNext(): void {
    const next = this.#waiting.shift();
    this.#open = next === undefined ? null : this.#send(next.asked);
    if (next !== undefined && this.#open !== null) this.#files.set(this.#open, next.file);
  }
}
