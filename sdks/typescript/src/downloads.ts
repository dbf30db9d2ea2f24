import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";

/** The last line of a file that the server could not finish. */
const CUT_OFF = "--- cut off: the server could not finish this export ---";
const CHANGED = "The file is not what the server sent: its hash differs.";
const UNFINISHED = "The file is cut off: the server could not finish it.";

/** A file that the server streams. Each method makes the call; `records` and `stream` hold nothing in memory. */
export class Download {
  readonly #open: () => Promise<Response>;

  constructor(open: () => Promise<Response>) {
    this.#open = open;
  }

  /** The file, piece by piece. Fails with `Incomplete` at its end where the server could not finish it. */
  async stream(): Promise<ReadableStream<Uint8Array>> {
    return bodyOf(await this.#open()).pipeThrough(held());
  }

  /** The file. Throws `Incomplete` where it is cut off. */
  async blob(): Promise<Blob> {
    const response = await this.#open();
    return new Response(bodyOf(response).pipeThrough(held()), response).blob();
  }

  /** The lines of an NDJSON export, parsed. Throws `Incomplete` where the file is cut off or not what was sent. */
  async *records(): AsyncGenerator<ExportRecord, void, undefined> {
    const hash = sha256.create(); // not the platform's: crypto.subtle takes no stream
    const encoder = new TextEncoder();
    let last: string | undefined;
    for await (const line of lines(await this.stream())) {
      const record = JSON.parse(line) as ExportRecord;
      last = record.record;
      if (last === "end" && record["sha256"] !== bytesToHex(hash.clone().digest())) throw new Incomplete(CHANGED);
      hash.update(encoder.encode(`${line}\n`));
      yield record;
    }
    if (last !== "end") throw new Incomplete("The file is cut off: its last line, of record `end`, is missing.");
  }
}

/** One line of an export in the format `ndjson`; docs/formats.md tells their shapes. */
export interface ExportRecord {
  record: string;
  [field: string]: unknown;
}

/** A file that was cut off or changed on its way. */
export class Incomplete extends Error {
  override readonly name = "Incomplete";
}

/** Lets a file through but for its end, which is held back until it is known whether it is whole. */
function held(): TransformStream<Uint8Array, Uint8Array> {
  const mark = new TextEncoder().encode(`\n${CUT_OFF}\n`);
  let end = new Uint8Array();
  return new TransformStream({
    transform(chunk, controller) {
      const come = new Uint8Array(end.length + chunk.length);
      come.set(end);
      come.set(chunk, end.length);
      const sure = Math.max(0, come.length - mark.length);
      end = come.slice(sure);
      if (sure) controller.enqueue(come.subarray(0, sure));
    },
    flush(controller) {
      if (end.length === mark.length && end.every((byte, at) => byte === mark[at])) throw new Incomplete(UNFINISHED);
      controller.enqueue(end);
    },
  });
}

async function* lines(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const found = (rest + decoder.decode(value, { stream: !done })).split("\n");
      rest = found.pop() ?? "";
      yield* found;
      if (done) break;
    }
    if (rest) yield rest;
  } finally {
    await reader.cancel();
  }
}

function bodyOf(response: Response): ReadableStream<Uint8Array> {
  return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
}
