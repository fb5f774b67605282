// Runs in a recorded page before its own scripts, if the viewer turns them on. The page has no origin and no network.
// This replaces what would fail without them, and removes what no policy forbids.

((settings) => {
  "use strict";
  if (window === top) { // opened on its own it could navigate to another host: no frame restricts it
    const policy = document.createElement("meta");
    policy.httpEquiv = "Content-Security-Policy";
    policy.content = "script-src 'none'";
    document.head.append(policy);
    return;
  }
  const { moment, seed } = settings;
  const began = performance.now();
  const Actual = Date;
  const now = () => moment + Math.floor(performance.now() - began);
  const fixed = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: false, writable: false });

  // Time and random numbers are those of the recording, so a chart of "today" shows the day of the recording.
  function Then(...given) {
    if (!new.target) return new Actual(now()).toString();
    return Reflect.construct(Actual, given.length ? given : [now()], new.target);
  }
  Object.setPrototypeOf(Then, Actual);
  Then.prototype = Actual.prototype;
  Actual.prototype.constructor = Then;
  Then.now = now;
  globalThis.Date = Then;
  let state = seed;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };

  // No policy keeps these from contacting other hosts.
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "WebTransport"]) {
    delete globalThis[name];
    fixed(name, undefined);
  }

  // A frame that a script inserts would have everything that is removed here.
  const framed = /<(\/?)(iframe|frame|object|embed|portal|fencedframe)(?=[\s/>])/gi;
  globalThis.trustedTypes?.createPolicy("default", {
    createHTML: (html, _, sink) => (/srcdoc/i.test(sink) ? "" : html.replace(framed, "<$1span data-was=$2")),
    createScript: (text) => text,
    createScriptURL: (address) => address,
  });

  // Pages without an origin have no storage, no cookies and no history of their own.
  function memory() {
    const held = new Map();
    return {
      get length() { return held.size; },
      key: (index) => [...held.keys()][index] ?? null,
      getItem: (name) => held.get(String(name)) ?? null,
      setItem: (name, value) => { held.set(String(name), String(value)); },
      removeItem: (name) => { held.delete(String(name)); },
      clear: () => { held.clear(); },
    };
  }
  fixed("localStorage", memory());
  fixed("sessionStorage", memory());
  Object.defineProperty(Document.prototype, "cookie", { get: () => "", set: () => {}, configurable: false });
  history.pushState = () => {};
  history.replaceState = () => {};

  addEventListener("message", ({ data, source }) => {
    if (data === "replay: are you there?") source?.postMessage("replay: here", "*");
  });
})(SETTINGS);
