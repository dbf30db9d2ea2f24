/** The types of the calls, one for each operation of the OpenAPI document. */
import type { Download } from "./downloads.js";
import type { operations } from "./generated/api.js";
import type { Pages } from "./pages.js";
import type { Ref } from "./references.js";

export type OperationName = keyof operations;

type Given<K extends OperationName, Where extends "path" | "query" | "header"> = operations[K]["parameters"] extends infer P
  ? Where extends keyof P
    ? [Exclude<P[Where], undefined>] extends [never]
      ? unknown
      : undefined extends P[Where]
        ? Partial<Exclude<P[Where], undefined>>
        : P[Where]
    : unknown
  : unknown;

type InPath<P> = { [N in keyof P]: P[N] extends string ? Ref : P[N] };
type Body<K extends OperationName> = operations[K] extends {
  requestBody: { content: { "application/json": infer B } };
}
  ? { body: B }
  : unknown;
type IfMatch<H> = H extends { "If-Match"?: string }
  ? {
      /** An object that was read, its ETag, or `*` to write blindly. Not needed where the object itself is given. */
      ifMatch?: string | object;
    }
  : unknown;
type Key<H> = H extends { "Idempotency-Key"?: string }
  ? {
      /** A word of your own, where a call should be the same one after a restart. */
      idempotencyKey?: string;
    }
  : unknown;

interface Always {
  signal?: AbortSignal;
}

/** What a call takes: parameters of path and query under their names, `body`, and the headers that it knows. */
export type Arguments<K extends OperationName> = InPath<Given<K, "path">> &
  Omit<Given<K, "query">, "cursor" | "count"> &
  (Given<K, "query"> extends { cursor?: string } ? (K extends "listChanges" ? { cursor?: string } : unknown) : unknown) &
  Body<K> &
  IfMatch<Given<K, "header">> &
  Key<Given<K, "header">> &
  Always;

type Json<R> = R extends { content: { "application/json": infer A } } ? A : never;

/** What the server answers. */
export type Answer<K extends OperationName> = operations[K]["responses"] extends infer R
  ? 200 extends keyof R
    ? Json<R[200]>
    : 201 extends keyof R
      ? Json<R[201]>
      : 202 extends keyof R
        ? Json<R[202]>
        : void
  : never;

/** Of an answer: a file (to the generator a string), a list of many pages, or an object. */
type Returned<A> = [A] extends [never] | [string] ? Download : A extends { results: (infer I)[]; previous: unknown } ? Pages<I> : Promise<A>;

/** What takes files is `Client`'s own: `importFile`. */
type Called = {
  [K in OperationName]: operations[K] extends { requestBody: { content: infer C } }
    ? "application/json" extends keyof C
      ? K
      : never
    : K;
}[OperationName];

export type Calls = {
  [K in Called]: {} extends Arguments<K>
    ? (given?: Arguments<K>) => Returned<Answer<K>>
    : (given: Arguments<K>) => Returned<Answer<K>>;
};
