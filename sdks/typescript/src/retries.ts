/** How patient a client is. Times are in milliseconds. */
export interface Retries {
  tries: number;
  /** Doubles with each try, and is shortened at random so that clients part ways. */
  firstPause: number;
  /** A server that asks for more is not waited for. */
  longestPause: number;
}

export const PATIENT: Retries = { tries: 5, firstPause: 250, longestPause: 90_000 };

export type Fetch = (request: Request) => Promise<Response>;

const BUSY = [429, 503]; // nothing was done
const LOST = [502, 504]; // something may have been done: a proxy lost the answer

/**
 * Sends again what `make` makes, but only where that cannot make a double, and after as long as the server asks for.
 * The answer has been read, unless it is streamed: a connection may also be lost in the middle of it.
 */
export async function patiently(
  make: () => Request,
  fetch: Fetch,
  retries: Retries,
  stream = false,
): Promise<Response> {
  for (let tried = 1; ; tried++) {
    const request = make();
    const outcome = await once(request, fetch, stream);
    const pause = tried < retries.tries ? await pauseAfter(outcome, request, tried, retries) : undefined;
    if (pause === undefined) {
      if (outcome instanceof Response) return outcome;
      throw outcome.error;
    }
    await sleep(pause, request.signal);
  }
}

type Lost = { error: unknown };

async function once(request: Request, fetch: Fetch, stream: boolean): Promise<Response | Lost> {
  try {
    const response = await fetch(request);
    if (stream && response.ok) return response;
    const { status, statusText, headers } = response;
    const body = await response.arrayBuffer();
    return new Response(body.byteLength ? body : null, { status, statusText, headers });
  } catch (error) {
    return { error };
  }
}

async function pauseAfter(
  outcome: Response | Lost,
  request: Request,
  tried: number,
  retries: Retries,
): Promise<number | undefined> {
  if (!(await isWorthIt(outcome, request))) return undefined;
  const wait = retries.firstPause * 2 ** (tried - 1) * (0.5 + Math.random() / 2);
  const asked = outcome instanceof Response ? askedFor(outcome) : 0;
  if (asked > retries.longestPause) return undefined;
  return Math.max(asked, Math.min(wait, retries.longestPause));
}

async function isWorthIt(outcome: Response | Lost, request: Request): Promise<boolean> {
  const repeatable = request.method === "GET" || request.headers.has("Idempotency-Key");
  if (!(outcome instanceof Response)) return repeatable && !request.signal.aborted;
  if (outcome.status === 409) return (await codeOf(outcome)) === "key-in-flight";
  return BUSY.includes(outcome.status) || (LOST.includes(outcome.status) && repeatable);
}

function askedFor(response: Response): number {
  const said = response.headers.get("Retry-After") ?? "";
  return /^\d+$/.test(said) ? Number(said) * 1000 : 0;
}

async function codeOf(response: Response): Promise<unknown> {
  try {
    return ((await response.clone().json()) as { code?: unknown }).code;
  } catch {
    return undefined;
  }
}

export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}
