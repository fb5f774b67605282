// Receive the events of a running recording: over a socket, or by polling if there is none.

const PAUSE = 400; // milliseconds between two polls
const AGAIN = 1000; // milliseconds before a reconnect
const REFUSED = 1008; // close code: the viewer may no longer watch

/** Messages for the end of a recording. */
export const ENDINGS = {
  finished: "The session has ended.",
  interrupted: "The session was interrupted: its worker was killed, and what it had not written is missing.",
  refused: "You may no longer watch this session.",
  gone: "The session has ended. Its recording was not kept, or is no longer open to you.",
};

export class Live {
  /** @param root the address of the recording; @param onNews called with new steps; @param onEnd with the reason. */
  constructor(root, onNews, onEnd) {
    this.root = root;
    this.onNews = onNews;
    this.onEnd = onEnd;
    this.over = false;
  }

  /** Continue after the known steps. */
  start(cursor) {
    this.cursor = cursor;
    this.#connect();
  }

  #connect() {
    let opened = false;
    let socket;
    try {
      socket = new WebSocket(this.#address("live").replace(/^http/, "ws"));
    } catch { // the policy of some browsers forbids sockets
      this.#ask();
      return;
    }
    socket.addEventListener("message", (event) => {
      opened = true;
      this.#take(JSON.parse(event.data));
    });
    socket.addEventListener("close", (event) => {
      if (this.over) return;
      if (event.code === REFUSED) this.#end("refused");
      else if (opened) setTimeout(() => this.#connect(), AGAIN);
      else this.#ask();
    });
  }

  async #ask() {
    while (!this.over) {
      try {
        const answer = await fetch(this.#address("live.json"), { headers: { Accept: "application/json" } });
        if (answer.status === 404) this.#end("gone");
        else if (answer.ok) this.#take(await answer.json());
      } catch { /* the server is unreachable at the moment */ }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }

  #take(news) {
    if (this.over) return;
    this.cursor = news.cursor;
    if (news.steps.length) this.onNews(news);
    if (news.ended) this.#end(news.summary?.status ?? "gone");
  }

  #end(reason) {
    this.over = true;
    this.onEnd(reason);
  }

  #address(name) {
    return new URL(`${this.root}/${name}?after=${encodeURIComponent(JSON.stringify(this.cursor))}`, location.href).href;
  }
}
