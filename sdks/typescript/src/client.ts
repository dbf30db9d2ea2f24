import createFetchClient, { type Client as FetchClient } from "openapi-fetch";

import type { Calls } from "./calls.js";
import { Download } from "./downloads.js";
import { refusal } from "./errors.js";
import { Feed, type FeedOptions } from "./feed.js";
import type { paths } from "./generated/api.js";
import { OPERATIONS, type Operation } from "./generated/operations.js";
import { type FollowOptions, form, type Import, ImportFailed, type ImportOptions } from "./imports.js";
import { type Page, Pages } from "./pages.js";
import { identifier, type Ref, Tags } from "./references.js";
import { type Fetch, PATIENT, patiently, type Retries, sleep } from "./retries.js";

/** What a span's offsets count: UTF-16 code units, as JavaScript's strings do, or Unicode code points. */
export type Offsets = "utf16" | "code_point";

export interface Options {
  /** The server's address; else the environment's ONRECORD_URL. */
  url?: string;
  /** Else the environment's ONRECORD_TOKEN; an empty one is none. */
  token?: string;
  offsets?: Offsets;
  retries?: Partial<Retries>;
  fetch?: Fetch;
}

type Given = Record<string, unknown>;

const LOCAL = "http://127.0.0.1:8000";
const environment: Record<string, string | undefined> = typeof process === "object" ? process.env : {};

// Its methods are those of OPERATIONS, made in the constructor.
export interface Client extends Calls {}

/**
 * Speaks to one onrecord server. Throws `Refused` where the server says no, and what `fetch` throws where there is none.
 */
export class Client {
  readonly url: string;
  /** openapi-fetch's client, for calls by path: with the token and tried again, but refusals are answers there. */
  readonly http: FetchClient<paths>;
  readonly offsets: Offsets;
  readonly retries: Retries;
  readonly #token: string;
  readonly #fetch: Fetch;
  readonly #tags = new Tags();

  constructor(options: Options = {}) {
    this.url = (options.url ?? (environment["ONRECORD_URL"] || LOCAL)).replace(/\/+$/, "");
    this.#token = options.token ?? environment["ONRECORD_TOKEN"] ?? "";
    this.offsets = options.offsets ?? "utf16";
    this.retries = { ...PATIENT, ...options.retries };
    this.#fetch = options.fetch ?? ((request) => globalThis.fetch(request));
    this.http = createFetchClient<paths>({
      baseUrl: this.url,
      headers: this.#headers(),
      fetch: (request) => patiently(() => request.clone(), this.#fetch, this.retries),
    });
    for (const [name, operation] of Object.entries(OPERATIONS)) {
      Object.defineProperty(this, name, { value: (given?: Given) => this.#call(operation, given ?? {}) });
    }
  }

  /** The changes of a project, from `cursor` on, without end. */
  follow(project: Ref, options: FeedOptions = {}): Feed {
    const asked = { project: identifier(project) as string, ...pick(options, ["type", "signal"]) };
    return new Feed((cursor) => this.listChanges({ ...asked, ...(cursor === undefined ? {} : { cursor }) }), options);
  }

  /** Sends a file; the answer is a job that a worker of the server then runs. */
  async startImport(options: ImportOptions): Promise<Import> {
    const key = options.idempotencyKey ?? crypto.randomUUID();
    const headers = { ...this.#headers(), "Idempotency-Key": key };
    const init = { method: "POST", headers, signal: options.signal ?? null };
    const body = form(options, identifier(options.project) as string);
    const make = () => new Request(`${this.url}/api/v1/imports/`, { ...init, body });
    const response = await patiently(make, this.#fetch, this.retries);
    const answer = JSON.parse((await response.text()) || "null");
    if (!response.ok) throw refusal(response, answer);
    this.#tags.remember(answer, response.headers.get("ETag"));
    return answer;
  }

  /** Waits until an import has ended. */
  async followImport(job: Ref, { progress, every = 500, signal }: FollowOptions = {}): Promise<Import> {
    for (;;) {
      const now = await this.getImport({ id: job, ...(signal ? { signal } : {}) });
      progress?.(now);
      if (now.status === "failed") throw new ImportFailed(now);
      if (now.status !== "queued" && now.status !== "running") return now;
      await sleep(every, signal);
    }
  }

  /** Sends a file and waits until it is in. What was refused of it stands in `report`; throws `ImportFailed`. */
  async importFile(options: ImportOptions & FollowOptions): Promise<Import> {
    return this.followImport(await this.startImport(options), options);
  }

  #headers(): Record<string, string> {
    return this.#token ? { Authorization: `Bearer ${this.#token}` } : {};
  }

  #call(operation: Operation, given: Given): unknown {
    if (operation.file) return new Download(() => this.#open(operation, given));
    if (!operation.paged) return this.#send(operation, given);
    return new Pages((turn) => this.#send(operation, { ...given, ...turn }) as Promise<Page<unknown>>);
  }

  async #send(operation: Operation, given: Given): Promise<unknown> {
    const { data, error, response } = await this.#request(operation, this.#written(operation, given));
    if (!response.ok) throw refusal(response, error);
    this.#tags.remember(data, response.headers.get("ETag"));
    return data;
  }

  /** The answer, whose body is still to come. */
  async #open(operation: Operation, given: Given): Promise<Response> {
    const fetch: Fetch = (request) => patiently(() => request.clone(), this.#fetch, this.retries, true);
    const init = { ...this.#written(operation, given), parseAs: "stream", fetch };
    const { error, response, data } = await this.#request(operation, init);
    if (!response.ok) throw refusal(response, error);
    return new Response(data as ReadableStream, response);
  }

  #written(operation: Operation, given: Given): object {
    const query: Given = pick(given, operation.query);
    if (operation.query.includes("offset_unit")) query["offset_unit"] ??= this.offsets;
    const path = Object.fromEntries(operation.path.map((name) => [name, identifier(given[name])]));
    const header = this.#conditions(operation, given);
    return { params: { path, query, header }, ...pick(given, ["body", "signal"]) };
  }

  /** The headers of a call: a key, so that it can be sent again, and the version that it is about. */
  #conditions(operation: Operation, given: Given): Record<string, string> {
    const header: Record<string, string> = {};
    if (operation.keyed) header["Idempotency-Key"] = (given["idempotencyKey"] as string) ?? crypto.randomUUID();
    if (operation.conditional) {
      const said = given["ifMatch"];
      const tag = typeof said === "string" ? said : this.#tags.of(said ?? given["id"]);
      if (tag !== undefined) header["If-Match"] = tag;
    }
    return header;
  }

  #request(operation: Operation, init: object): Promise<Fetched> {
    // The types of a call are those of `Calls`; by name, openapi-fetch cannot know them.
    const request = this.http.request as (method: string, path: string, init: object) => Promise<Fetched>;
    return request(operation.method, operation.at, init);
  }
}

interface Fetched {
  data?: unknown;
  error?: unknown;
  response: Response;
}

function pick(given: object, names: readonly string[]): Given {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => names.includes(name) && value !== undefined));
}
