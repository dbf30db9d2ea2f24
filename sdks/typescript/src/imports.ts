import type { components } from "./generated/api.js";
import type { Ref } from "./references.js";

export type Import = components["schemas"]["Import"];

export interface ImportOptions {
  project: Ref;
  format: components["schemas"]["ImportFormat"];
  /** In Node: `await fs.openAsBlob(path)`; it is read as it is sent. */
  file: Blob;
  /** The file's name; else that of a `File`. */
  name?: string;
  on_conflict?: components["schemas"]["OnConflict"];
  dry_run?: boolean;
  repair?: boolean;
  /** Foreign labels in ours; docs/formats.md tells how. */
  mapping?: Record<string, unknown>;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

export interface FollowOptions {
  /** Is shown the job every time that it is asked for. */
  progress?: (job: Import) => void;
  /** Milliseconds between two questions. */
  every?: number;
  signal?: AbortSignal;
}

/** The server could not go on with a file. `job.report` says how far it came; what was stored stays. */
export class ImportFailed extends Error {
  override readonly name = "ImportFailed";

  constructor(readonly job: Import) {
    const items = job.report.items.slice(0, 5).map(({ file, line, detail, code }) => `${file}:${line ?? ""} ${detail} [${code}]`);
    super([`The import of ${job.file} failed.`, ...items].join("\n  "));
  }
}

/** What is sent; what is not said is left to the server. */
export function form(options: ImportOptions, project: string): FormData {
  const data = new FormData();
  data.set("project", project);
  data.set("format", options.format);
  for (const name of ["on_conflict", "dry_run", "repair"] as const) {
    if (options[name] !== undefined) data.set(name, String(options[name]));
  }
  if (options.mapping) data.set("mapping", JSON.stringify(options.mapping));
  data.set("file", options.file, options.name ?? (options.file instanceof File ? options.file.name : "upload"));
  return data;
}
