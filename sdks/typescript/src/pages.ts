/** One page, as the server gave it. */
export interface Page<T> {
  next: string | null;
  previous: string | null;
  results: T[];
  count?: number;
}

/** What is put into the address of a page beside what its list asks for. */
export interface Turn {
  cursor?: string;
  page_size?: number;
  count?: boolean;
}

/** A list of the API: `for await (const quote of client.listQuotes({ … }))` goes through all of it, page by page. */
export class Pages<T> implements AsyncIterable<T> {
  readonly #ask: (turn: Turn) => Promise<Page<T>>;

  constructor(ask: (turn: Turn) => Promise<Page<T>>) {
    this.#ask = ask;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for await (const page of this.pages()) yield* page.results;
  }

  async *pages(): AsyncGenerator<Page<T>, void, undefined> {
    for (let turn: Turn | null = {}; turn; ) {
      const page: Page<T> = await this.#ask(turn);
      yield page;
      turn = following(page);
    }
  }

  /** All of it at once. */
  async all(): Promise<T[]> {
    const found: T[] = [];
    for await (const page of this.pages()) found.push(...page.results);
    return found;
  }

  /** The first there is; undefined where there is none. */
  async first(): Promise<T | undefined> {
    return (await this.#ask({ page_size: 1 })).results[0];
  }

  /** How many there are, without fetching them. */
  async count(): Promise<number> {
    return (await this.#ask({ page_size: 1, count: true })).count ?? 0;
  }
}

/** Only the cursor is taken from the next page's address: a token goes where its owner sent it. */
function following<T>(page: Page<T>): Turn | null {
  const cursor = page.next === null ? null : new URL(page.next).searchParams.get("cursor");
  return cursor === null ? null : { cursor };
}
