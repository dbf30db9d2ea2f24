/**
 * onrecord for TypeScript: who said what, on the record.
 *
 * `Client` has a method for each operation of the API, under its name there. Lists walk all pages, writes are tried
 * again without a double, refusals are exceptions. Offsets count UTF-16 code units, as JavaScript's strings do:
 * `body.slice(piece.start, piece.end) === piece.exact` for each piece of a span.
 */
export { Client, type Offsets, type Options } from "./client.js";
export type { Answer, Arguments, Calls, OperationName } from "./calls.js";
export { Download, type ExportRecord, Incomplete } from "./downloads.js";
export {
  Conflict,
  type Fault,
  Forbidden,
  Invalid,
  NotFound,
  Refused,
  Stale,
  TryLater,
  Unauthorized,
} from "./errors.js";
export { Feed, type FeedOptions } from "./feed.js";
export { type FollowOptions, type Import, ImportFailed, type ImportOptions } from "./imports.js";
export { Pages } from "./pages.js";
export type { Ref } from "./references.js";
export type { Retries } from "./retries.js";
export type { components, operations, paths } from "./generated/api.js";

import type { components } from "./generated/api.js";

/** The shapes of the API by name: `Schemas["Quote"]`. */
export type Schemas = components["schemas"];
