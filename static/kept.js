// What the server was asked for: each thing once, while it is remembered.

const MOST = 600; // answers that are kept
const ABORTED = Symbol("nobody waits for it any more");

export class Kept {
  #found = new Map(); // addresses to answers, or promises of them; the one used last stands last
  #asked = new Map(); // addresses to what stops their loads

  /** Ask for data. The same question is answered from memory.
   * @returns {Promise} of `{ data }`, or of `{ status }` where there is none; fails where nobody answers. */
  get(address) {
    const known = this.#found.get(address);
    const found = known ?? this.#ask(address);
    this.#found.delete(address);
    this.#found.set(address, found);
    for (const old of this.#found.keys()) {
      if (this.#found.size <= MOST) break;
      if (!this.#asked.has(old)) this.#found.delete(old);
    }
    return Promise.resolve(found);
  }

  /** Whether a question can be answered at once. */
  has(address) {
    return this.#found.has(address) && !this.#asked.has(address);
  }

  /** Stop all loads but those that somebody still waits for. */
  need(addresses) {
    const needed = new Set(addresses);
    for (const [address, stop] of this.#asked) if (!needed.has(address)) stop.abort(ABORTED);
  }

  /** Forget some answers. */
  forget(matches) {
    for (const address of this.#found.keys()) if (matches(address)) this.#found.delete(address);
  }

  async #ask(address) {
    const stop = new AbortController();
    this.#asked.set(address, stop);
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" }, signal: stop.signal });
      if (response.ok) return { data: await response.json() };
      this.#found.delete(address);
      return { status: response.status };
    } catch (error) {
      this.#found.delete(address);
      if (error === ABORTED) return { status: 0 };
      throw error;
    } finally {
      if (this.#asked.get(address) === stop) this.#asked.delete(address);
    }
  }
}
