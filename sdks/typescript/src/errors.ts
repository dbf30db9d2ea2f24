import type { components } from "./generated/api.js";

/** One thing that is wrong; some codes add fields of their own, as `quote-ambiguous` its candidates. */
export type Fault = components["schemas"]["Fault"];

type Problem = components["schemas"]["Problem"];

/**
 * The server says no. `faults` are what is wrong, each with a JSON pointer into what was sent: all of it; of very
 * much the first thousand, and `detail` says how many there are.
 *
 * Subclasses are by status (`error instanceof Stale`); `code` says exactly what it is.
 */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly faults: readonly Fault[];
  readonly requestId: string | null;
  readonly headers: Headers;

  constructor(response: Response, problem: Problem) {
    const placed = problem.errors.filter((fault) => fault.pointer);
    const places = placed.map((fault) => `${fault.pointer}: ${fault.detail} [${fault.code}]`);
    super([`${response.status} ${problem.code}: ${problem.detail}`, ...places].join("\n  "));
    this.name = new.target.name;
    this.status = response.status;
    this.code = problem.code;
    this.detail = problem.detail;
    this.faults = problem.errors;
    this.requestId = response.headers.get("X-Request-Id");
    this.headers = response.headers;
  }
}

/** 400 and 422: something in the request is wrong; `faults` say what and where. */
export class Invalid extends Refused {}

/** 401: no token, or not a good one. */
export class Unauthorized extends Refused {}

/** 403: the role or the token's scopes do not suffice. */
export class Forbidden extends Refused {}

/** 404: there is no such object, or not for this caller. */
export class NotFound extends Refused {}

/** 409: it clashes with what is there (`already-exists`, `in-use`, `set-not-open` …). */
export class Conflict extends Refused {}

/** 412: somebody else was faster. `etag` is the present version: read again, and repeat the change. */
export class Stale extends Refused {
  get etag(): string {
    return this.headers.get("ETag") ?? "";
  }
}

/** 429 and 503, after all tries: too many calls, or the database is busy. */
export class TryLater extends Refused {}

const BY_STATUS: Record<number, typeof Refused> = {
  400: Invalid,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  412: Stale,
  422: Invalid,
  429: TryLater,
  503: TryLater,
};

/** `body`: the answer's, parsed where it is JSON. What is no problem document is somebody else's answer, as a proxy's. */
export function refusal(response: Response, body: unknown): Refused {
  const madeUp = { code: `http-${response.status}`, detail: response.statusText, errors: [] };
  const problem = { ...madeUp, ...(typeof body === "object" ? body : {}) } as unknown as Problem;
  return new (BY_STATUS[response.status] ?? Refused)(response, problem);
}
