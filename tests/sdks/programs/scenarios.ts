/** What a user of the TypeScript client would write. Each scenario has its twin in scenarios.py. */
import { openAsBlob } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";

import { Client, Incomplete, Invalid, type Schemas, Stale } from "@onrecord/client";

const TEXT = "He said 😀 “yes” 🌉, then 👩‍👩‍👧 left.";
const client = new Client();

/** The server finds the words; the offsets are those of this language's strings. */
async function create({ project }: { project: string }) {
  const article = await client.createArticle({ body: { project, title: "Emoji", body: TEXT } });
  const quote = await client.createQuote({
    body: { article: article.id, content: { exact: "“yes”" }, cue: { exact: "said" } },
  });
  const start = TEXT.indexOf("then");
  const sent = { start, end: start + 4, exact: "then" };
  const second = await client.createQuote({ body: { article: article.id, content: sent } });
  return {
    id: quote.id,
    body: article.body === TEXT,
    slice: TEXT.slice(quote.content.start, quote.content.end),
    start: quote.content.start,
    sent: [second.content.start === start, second.content.exact],
    cue: quote.cue?.exact,
  };
}

async function pages({ article }: { article: string }) {
  const quotes = client.listQuotes({ article, page_size: 200 });
  const texts: string[] = [];
  for await (const quote of quotes) texts.push(quote.content.exact);
  const sizes: number[] = [];
  for await (const page of quotes.pages()) sizes.push(page.results.length);
  return {
    texts,
    sizes,
    count: await quotes.count(),
    first: (await quotes.first())?.content.exact,
    none: (await client.listQuotes({ article, q: "no such words" }).first()) ?? null,
  };
}

async function conflict({ article }: { article: string }) {
  const mine = await add(article);
  const theirs = await client.getQuote({ id: mine.id });
  await client.updateQuote({ id: theirs, body: { venue: "City Hall" } });
  const stale = await client.updateQuote({ id: mine, body: { note: "Too late" } }).catch((error: unknown) => error);
  if (!(stale instanceof Stale)) throw stale;
  const fresh = await client.getQuote({ id: mine.id });
  const both = await client.updateQuote({ id: fresh, body: { note: "In time" } });
  await client.deleteQuote({ id: both });
  return { code: stale.code, etag: stale.etag, id: mine.id, venue: both.venue, note: both.note };
}

/** An article's annotations have no version: the client remembers the tag of what it has read. */
async function replace({ article }: { article: string }) {
  const { set } = await add(article);
  const read = await client.getArticleAnnotations({ article, set });
  const body = { quotes: [{ content: { exact: "then" } }] };
  const write = () => client.writeArticleAnnotations({ article, set, mode: "replace", ifMatch: read, body });
  await write();
  const stale = await write().catch((error: unknown) => error);
  if (!(stale instanceof Stale)) throw stale;
  const now = await client.getArticleAnnotations({ article, set });
  return { code: stale.code, texts: now.quotes.map((quote) => quote.content.exact) };
}

/** One write, over a wire that may fail. */
async function add_one({ article }: { article: string }) {
  const begun = performance.now();
  const quote = await add(article);
  return { id: quote.id, seconds: (performance.now() - begun) / 1000 };
}

async function bad({ article }: { article: string }) {
  const cue = { start: 0, end: 2, exact: "He!" };
  const body = { article, content: { exact: "not there" }, cue };
  const invalid = await client.createQuote({ body }).catch((error: unknown) => error);
  if (!(invalid instanceof Invalid)) throw invalid;
  const faults = invalid.faults.map((fault) => [fault.pointer, fault.code]).sort();
  return { status: invalid.status, faults, request_id: invalid.requestId !== null };
}

/** All there is; then, from the cursor on, what comes while one waits. */
async function follow({ project, article }: { project: string; article: string }) {
  const feed = client.follow(project, { every: null });
  const seen: number[] = [];
  for await (const change of feed) seen.push(change.seq);
  const quote = await add(article);
  const found: string[][] = [];
  for await (const change of client.follow(project, { cursor: feed.cursor, every: 100 })) {
    found.push([change.action, change.type, change.id]);
    if (found.length === 1) await client.deleteQuote({ id: quote });
    if (change.action === "deleted") break;
  }
  const ascends = seen.every((seq, at) => at === 0 || seq > (seen[at - 1] ?? 0));
  return { id: quote.id, ascends, seen: seen.length, found };
}

/** Line by line; cut off, it is known to be; and as a file. */
async function export_({ project, path }: { project: string; path: string }) {
  const records: string[] = [];
  for await (const { record } of client.exportProject({ project, format: "ndjson" }).records()) records.push(record);
  const blob = await client.exportProject({ project, format: "brat" }).blob();
  await writeFile(path, blob.stream());
  const { size } = await stat(path);
  return { records, size: size === blob.size, zip: (await readFile(path)).subarray(0, 2).toString() };
}

async function export_cut({ project, format, path }: { project: string; format: "ndjson"; path: string | null }) {
  const download = client.exportProject({ project, format });
  try {
    if (path) await writeFile(path, (await download.blob()).stream());
    else for await (const _ of download.records());
  } catch (error) {
    if (error instanceof Incomplete) return error.message;
    throw error;
  }
}

/** What comes before it is known that there will not be more. */
async function export_stream({ project }: { project: string }) {
  const decoder = new TextDecoder();
  let found = "";
  try {
    const stream = await client.exportProject({ project, format: "doccano" }).stream();
    for await (const chunk of stream) found += decoder.decode(chunk, { stream: true });
  } catch (error) {
    if (error instanceof Incomplete) return { found, error: error.message };
    throw error;
  }
  return { found, error: null };
}

/** Sent, followed, and told what was refused. */
async function import_({ project, path }: { project: string; path: string }) {
  const seen: string[] = [];
  const job = await client.importFile({
    project,
    format: "ndjson",
    file: await openAsBlob(path),
    progress: (now) => seen.push(now.status),
    every: 100,
  });
  const refused = job.report.items.filter(({ outcome }) => outcome === "refused").map(({ line, code }) => [line, code]);
  return { status: job.status, seen: seen.at(-1), all: job.done === job.total, refused };
}

/** Several calls at once. */
async function at_once({ project, article }: { project: string; article: string }) {
  await Promise.all(["a", "b", "c"].map((key) => client.createQuote({ body: request(article, key) })));
  const quotes = await client.listQuotes({ article, page_size: 2 }).all();
  const keys = quotes.map((quote) => quote.external_id).filter((key) => key !== null);
  let changes = 0;
  for await (const _ of client.follow(project, { every: null })) changes++;
  return { keys: keys.sort(), changes, me: (await client.getMe()).username };
}

function add(article: string): Promise<Schemas["Quote"]> {
  return client.createQuote({ body: request(article) });
}

function request(article: string, key: string | null = null): Schemas["QuoteRequest"] {
  return { article, content: { exact: "left" }, external_id: key };
}

const scenarios: Record<string, (given: never) => Promise<unknown>> = {
  create,
  pages,
  conflict,
  replace,
  add_one,
  bad,
  follow,
  export: export_,
  export_cut,
  export_stream,
  import: import_,
  at_once,
};

const [, , name = "", given = "{}"] = process.argv;
const scenario = scenarios[name];
if (!scenario) throw new Error(`no scenario ${name}`);
console.log(JSON.stringify(await scenario(JSON.parse(given) as never)));
