// A cache of the server's responses. Each address is requested once while it is cached.

const MOST = 600; // responses that are cached
const ABORTED = Symbol("nobody waits for it any more");

export class Responses {
  #found = new Map(); // addresses to responses, or promises of them; the last used one is last
  #pending = new Map(); // addresses to functions that cancel their requests

  /** Request data. A cached response is returned without a request.
   * @returns {Promise} of `{ data }`, or of `{ status }` for an error status; rejects if the server is unreachable. */
  get(address) {
    const known = this.#found.get(address);
    const found = known ?? this.#request(address);
    this.#found.delete(address);
    this.#found.set(address, found);
    for (const old of this.#found.keys()) {
      if (this.#found.size <= MOST) break;
      if (!this.#pending.has(old)) this.#found.delete(old);
    }
    return Promise.resolve(found);
  }

  /** Whether the data of an address is cached. */
  has(address) {
    return this.#found.has(address) && !this.#pending.has(address);
  }

  /** Cancel all requests that nobody waits for any more. */
  need(addresses) {
    const needed = new Set(addresses);
    for (const [address, stop] of this.#pending) if (!needed.has(address)) stop.abort(ABORTED);
  }

  /** Remove some responses from the cache. */
  forget(matches) {
    for (const address of this.#found.keys()) if (matches(address)) this.#found.delete(address);
  }

  async #request(address) {
    const stop = new AbortController();
    this.#pending.set(address, stop);
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
      if (this.#pending.get(address) === stop) this.#pending.delete(address);
    }
  }
}
