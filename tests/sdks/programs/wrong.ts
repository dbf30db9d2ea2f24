/** What the types refuse. Only compiled: each line below an `@ts-expect-error` has to be an error. */
import { Client } from "@onrecord/client";

export async function wrong(client: Client): Promise<void> {
  // @ts-expect-error no such parameter
  client.listQuotes({ projekt: "x" });
  // @ts-expect-error no such type of quote
  await client.createQuote({ body: { article: "x", content: { exact: "y" }, type: "shouted" } });
  // @ts-expect-error content is missing
  await client.createQuote({ body: { article: "x" } });
  // @ts-expect-error id is missing
  await client.getQuote({});
  // @ts-expect-error a read takes no key
  await client.getQuote({ id: "x", idempotencyKey: "y" });
  const quote = await client.getQuote({ id: "x" });
  // @ts-expect-error a quote may have no cue
  quote.cue.exact;
  // @ts-expect-error a list is a list of quotes, not of pages
  (await client.listQuotes().all())[0]?.results;
}
