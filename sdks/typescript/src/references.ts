/** What stands for an object in a call: its id, or the object as it was read, which also knows its version. */
export type Ref = string | { readonly id: string };

export function identifier(reference: unknown): unknown {
  return typeof reference === "object" && reference !== null && "id" in reference ? reference.id : reference;
}

/**
 * The ETags of what was read, for as long as somebody holds it: objects without a version (an article's annotations)
 * have no other way to remember theirs.
 */
export class Tags {
  readonly #known = new WeakMap<object, string>();

  remember(read: unknown, tag: string | null): void {
    if (tag !== null && typeof read === "object" && read !== null) this.#known.set(read, tag);
  }

  /** Undefined for a mere id: the server then asks for the tag. */
  of(given: unknown): string | undefined {
    if (typeof given !== "object" || given === null) return undefined;
    const { id, version } = given as { id?: unknown; version?: unknown };
    return this.#known.get(given) ?? (id !== undefined && version !== undefined ? `"${id}.${version}"` : undefined);
  }
}
