import type { components } from "./generated/api.js";
import { sleep } from "./retries.js";

type Change = components["schemas"]["Change"];
type Changes = components["schemas"]["Changes"];

export interface FeedOptions {
  /** Where to go on: the `cursor` of a feed that was followed before. */
  cursor?: string | undefined;
  /** Milliseconds between two questions; null to end with what there is now. */
  every?: number | null;
  /** Only changes of such objects. */
  type?: components["schemas"]["ObjectType"];
  signal?: AbortSignal;
}

/**
 * The changes of a project, in order, with nothing left out.
 *
 * `cursor` is where to go on: keep it. It moves on once all changes of an answer have been taken, so that a program
 * that stops in between sees some of them again, and misses none.
 */
export class Feed implements AsyncIterable<Change> {
  cursor: string | undefined;
  readonly #ask: (cursor: string | undefined) => Promise<Changes>;
  readonly #every: number | null;
  readonly #signal: AbortSignal | undefined;

  constructor(ask: (cursor: string | undefined) => Promise<Changes>, options: FeedOptions) {
    this.#ask = ask;
    this.cursor = options.cursor;
    this.#every = options.every === undefined ? 2000 : options.every;
    this.#signal = options.signal;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Change, void, undefined> {
    for (;;) {
      const answer = await this.#ask(this.cursor);
      yield* answer.results;
      this.cursor = answer.next;
      if (answer.more) continue;
      if (this.#every === null) return;
      await sleep(this.#every, this.#signal);
    }
  }
}
