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
  const [files, media] = [settings.files, settings.media].map((entries) => new Map(Object.entries(entries)));

  // An address is found as it is written, without needless escapes, or whatever time and random number it has: scripts add these
  // so that no cache answers. Other long numbers name things.
  const plain = (address) => {
    try {
      return decodeURIComponent(address);
    } catch {
      return address;
    }
  };
  const YEAR = 31_536_000; // a visitor's clock may be wrong
  const lasting = (address) => plain(address).replace(/(?<!\d)(?:0\.\d{8,}|(\d{10})(?:\d{3}){0,2})(?!\d)/g, (number, seconds) => (
    seconds && Math.abs(seconds - moment / 1000) > YEAR ? number : ""));
  const [answers, messages] = [settings.answers, settings.messages].map(Object.entries);
  function recorded(entries, address) {
    const form = [String, plain, lasting].find((one) => entries.some(([name]) => one(name) === one(address)));
    return form && entries.find(([name]) => form(name) === form(address))[1];
  }

  const began = performance.now();
  const Actual = Date;
  const now = () => moment + Math.floor(performance.now() - began);
  const fixed = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: false, writable: false });

  // Time and random numbers are those of the recording, so a chart of "today" shows the day of the recording.
  function Then(...parameters) {
    if (!new.target) return new Actual(now()).toString();
    return Reflect.construct(Actual, parameters.length ? parameters : [now()], new.target);
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

  // No policy keeps these from contacting other hosts. The last one makes frames that could, from a stylesheet.
  for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "RTCDataChannel", "WebTransport", "XSLTProcessor"]) {
    delete globalThis[name];
    fixed(name, undefined);
  }

  // Nor does one keep links from connecting ahead. A page can replace every method, so only those from before decide.
  const { apply } = Reflect;
  const { charCodeAt, includes, slice, toLowerCase } = String.prototype;
  const lower = (text) => apply(toLowerCase, text, []);
  const holds = (written, word) => apply(includes, lower(written), [word]);
  const ahead = (relations) => holds(relations, "preconnect") || holds(relations, "dns-prefetch");
  const connects = (name, value) => lower(name) === "rel" && ahead(value);
  const reader = (owner, name) => {
    const { get } = Object.getOwnPropertyDescriptor(owner.prototype, name);
    return (one) => apply(get, one, []);
  };
  const [kindOf, nameOf, valueOf] = [reader(Node, "nodeType"), reader(Attr, "localName"), reader(Attr, "value")];
  const setters = [
    [HTMLLinkElement, "rel"], [HTMLLinkElement, "relList"], [DOMTokenList, "value"], [Attr, "value"], [Node, "nodeValue"], [Node, "textContent"],
  ];
  for (const [owner, property] of setters) {
    const isAttribute = owner === Attr || owner === Node;
    const { set, ...rest } = Object.getOwnPropertyDescriptor(owner.prototype, property);
    Object.defineProperty(owner.prototype, property, {
      ...rest,
      set(written) {
        const isRelation = !isAttribute || (kindOf(this) === 2 && nameOf(this) === "rel");
        const value = isRelation ? `${written}` : written; // read once
        if (!isRelation || !ahead(value)) apply(set, this, [value]);
      },
    });
  }
  const tokens = DOMTokenList.prototype;
  const { add, toggle, replace: exchange } = tokens;
  tokens.add = function more(...given) {
    for (let at = 0; at < given.length; at += 1) {
      const token = `${given[at]}`;
      if (!ahead(token)) apply(add, this, [token]);
    }
  };
  tokens.toggle = function change(given, ...force) {
    const token = `${given}`;
    return !ahead(token) && apply(toggle, this, [token, ...force]);
  };
  tokens.replace = function change(old, given) {
    const token = `${given}`;
    return !ahead(token) && apply(exchange, this, [old, token]);
  };
  for (const [{ prototype }, name] of [[Element, "setAttributeNode"], [Element, "setAttributeNodeNS"], [NamedNodeMap, "setNamedItem"], [NamedNodeMap, "setNamedItemNS"]]) {
    const put = prototype[name];
    prototype[name] = function set(one) { return connects(nameOf(one), valueOf(one)) ? null : apply(put, this, [one]); };
  }
  for (const [owner, name] of [[Element.prototype, "setHTML"], [ShadowRoot.prototype, "setHTML"], [Document, "parseHTML"]]) delete owner[name];

  // What a script writes is parsed with what it writes next, and with the page behind the script. So what ends within a tag, or
  // within something that is parsed otherwise, waits for its rest: an element that is put behind it must be one.
  const { crypto } = globalThis;
  const { getRandomValues } = crypto;
  const { createElement } = document;
  const { querySelector: find } = DocumentFragment.prototype;
  const { set: parse } = Object.getOwnPropertyDescriptor(Element.prototype, "innerHTML");
  const [contentOf, outerOf] = [reader(HTMLTemplateElement, "content"), reader(Element, "outerHTML")];
  const numbers = new Uint32Array(2);
  let isTried = false;
  let waiting = "";
  function isWhole(markup) {
    if (code(markup, markup.length - 1) === 60) return false;
    const template = apply(createElement, document, ["template"]);
    apply(getRandomValues, crypto, [numbers]);
    const id = `end-${numbers[0]}-${numbers[1]}`;
    const end = `<template id="${id}"></template>`;
    try {
      isTried = true; // no script of the page may see the name
      apply(parse, template, [markup + end]);
    } finally {
      isTried = false;
    }
    const found = apply(find, contentOf(template), [`#${id}:not(svg *, math *)`]);
    return found !== null && outerOf(found) === end;
  }

  // In markup, the first of two attributes with the same name counts.
  const code = (text, place) => apply(charCodeAt, text, [place]);
  const isBlank = (letter) => letter === 32 || (letter >= 9 && letter <= 13);
  function begins(text, place, word) {
    for (let at = 0; at < word.length; at += 1) if ((code(text, place + at) | 32) !== code(word, at)) return false;
    return true;
  }
  /** Return the place of the value of a relation whose name begins at a place, or 0. */
  function relationAt(text, place) {
    const before = code(text, place - 1);
    if (!isBlank(before) && before !== 34 && before !== 39 && before !== 47) return 0;
    if (!begins(text, place, "rel")) return 0;
    let end = place + 3;
    while (isBlank(code(text, end))) end += 1;
    if (code(text, end) !== 61) return 0;
    do end += 1; while (isBlank(code(text, end)));
    return end;
  }
  function withoutConnecting(markup) {
    if (!holds(markup, "link")) return markup;
    let made = "";
    let from = 0;
    let link = 0; // where the name of the last link ends, while nothing was put there
    for (let place = 0; place < markup.length; place += 1) {
      const letter = code(markup, place) | 32;
      const before = code(markup, place - 1);
      if (letter === 108 && (before === 60 || before === 58) && begins(markup, place, "link")) link = place + 4; // XML has prefixes
      const value = link && letter === 114 && relationAt(markup, place);
      if (!value) continue;
      const quote = code(markup, value);
      const isQuoted = quote === 34 || quote === 39;
      let end = isQuoted ? value + 1 : value;
      while (end < markup.length && (isQuoted ? code(markup, end) !== quote : !isBlank(code(markup, end)) && code(markup, end) !== 62)) end += 1;
      const relations = apply(slice, markup, [value, end]);
      if (!ahead(relations) && !holds(relations, "&")) continue; // entities could hide a name
      made += `${apply(slice, markup, [from, link])} rel="none" `;
      from = link;
      link = 0;
    }
    return made + apply(slice, markup, [from]);
  }

  // Scripts read the page's address, as if no player were around it. The path in the real location stays the player's, because
  // a page without an origin may not change it; so scripts ask for another location, see within_frame in markup/scripts.py.
  const { location } = globalThis;
  let place = location;
  try {
    place = new URL(settings.url.replace(/^[\s/\\]*/, "/"), location.origin);
    history.replaceState(null, "", `${location.origin}${location.pathname}${place.search}${location.hash}`);
  } catch { /* no address can have this */ }
  const whole = () => `${place.origin}${place.pathname}${location.search}${location.hash}`;
  const follow = (written) => { // within the page, because no other could be shown
    const { href, hash } = new URL(written, whole());
    if (href.split("#")[0] === whole().split("#")[0]) location.hash = hash;
  };
  const known = {
    get pathname() { return place.pathname; },
    get href() { return whole(); },
    toString: whole, valueOf: () => shown, assign: follow, replace: follow, reload() {},
  };
  const shown = new Proxy(Object.create(Location.prototype), {
    get: (_, name) => (Object.hasOwn(known, name) ? known[name] : location[name]),
    set: (_, name, value) => {
      if (name === "hash") location.hash = value;
      if (name === "href") follow(value);
      return true;
    },
  });
  const { location: above } = top;
  const around = new Map([["location", shown], ["top", globalThis]]);
  const owner = new Proxy({}, {
    get: (_, name) => around.get(name) ?? globalThis[name],
    set: (_, name, value) => { if (name === "location") follow(value); return true; },
  });
  fixed("replay$value", (given) => (given === location || given === above ? shown : given === top ? globalThis : given));
  fixed("replay$owner", (given) => (given === globalThis || given === document || given === top ? owner : given));
  Object.defineProperty(globalThis, "parent", { value: globalThis, configurable: true, enumerable: true, writable: true }); // scripts have such variables
  for (const name of ["URL", "documentURI"]) Object.defineProperty(Document.prototype, name, { get: whole, configurable: true });
  for (const [{ prototype }, name] of [[HTMLFormElement, "action"], [HTMLButtonElement, "formAction"], [HTMLInputElement, "formAction"]]) {
    const { get, ...property } = Object.getOwnPropertyDescriptor(prototype, name);
    Object.defineProperty(prototype, name, { ...property, get() { return this.getAttribute(name) ? apply(get, this, []) : whole(); } });
  }
  Object.defineProperty(Document.prototype, "referrer", { get: () => settings.referrer, configurable: true });
  Object.defineProperty(Document.prototype, "domain", { get: () => place.hostname, configurable: true });
  Object.defineProperty(globalThis, "origin", { value: place.origin, configurable: true, writable: true });
  Document.prototype.hasFocus = () => true;
  for (const [name, value] of Object.entries(settings.navigator)) {
    Object.defineProperty(Navigator.prototype, name, { get: () => value, configurable: true });
  }

  // Numbers and dates are written in the visitor's language.
  let { languages } = settings.navigator;
  try {
    Intl.getCanonicalLocales(languages);
  } catch { // a browser sends what its user wrote
    languages = undefined;
  }
  if (languages) {
    for (const name of Object.getOwnPropertyNames(Intl).filter((one) => Intl[one].supportedLocalesOf)) {
      Intl[name] = new Proxy(Intl[name], {
        apply: (format, self, [locales = languages, ...more]) => Reflect.apply(format, self, [locales, ...more]),
        construct: (format, [locales = languages, ...more], target) => Reflect.construct(format, [locales, ...more], target),
      });
    }
    for (const { prototype } of [Actual, Number, BigInt]) {
      for (const name of ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"]) {
        const write = prototype[name];
        if (Object.hasOwn(prototype, name)) prototype[name] = function format(locales = languages, ...more) { return write.call(this, locales, ...more); };
      }
    }
  }

  // The path and query of an address of the app, and its path; of other addresses, nothing.
  function own(written) {
    try {
      const { origin, pathname, search } = new URL(written, document.baseURI);
      return origin === new URL(document.baseURI).origin ? [pathname + search, pathname] : [];
    } catch {
      return [];
    }
  }

  // What scripts load are the files of the recording. Only in a query are times and random numbers of the moment.
  const queried = (address) => address.replace(/\?.*/s, lasting);
  const alike = new Map([...files].reverse().map(([name, address]) => [queried(name), address]));
  function fileFor(written) {
    const [whole, path] = own(written);
    return (whole && (files.get(whole) ?? files.get(path) ?? alike.get(queried(whole)))) ?? written;
  }
  const absolute = (address) => new URL(address, document.baseURI).href;
  const named = new Map([...files].map(([name, address]) => [absolute(address), name]));
  const original = (address) => (named.has(address) ? absolute(named.get(address)) : address);
  const WRITTEN = "data-replay-written-"; // see markup/references.py
  const sources = new Set(["src", "href", "poster", "data"]);
  const loading = [HTMLImageElement, HTMLScriptElement, HTMLLinkElement, HTMLMediaElement, HTMLVideoElement, HTMLSourceElement, HTMLInputElement];
  for (const { prototype } of loading) {
    for (const name of sources) {
      const property = Object.getOwnPropertyDescriptor(prototype, name);
      if (!property) continue;
      Object.defineProperty(prototype, name, {
        ...property,
        get() { // scripts find other files beside their own, and read the query of their address
          const address = property.get.call(this);
          return named.has(address) ? absolute(this.getAttribute(name)) : address;
        },
        set(written) {
          const file = fileFor(written);
          const read = this instanceof HTMLImageElement || this instanceof HTMLLinkElement; // by a canvas or a script
          if (file !== written && read) this.crossOrigin ??= "anonymous";
          this.removeAttribute(`${WRITTEN}${name}`);
          property.set.call(this, file);
        },
      });
    }
  }
  const { getAttribute, setAttribute, setAttributeNS } = Element.prototype;
  Element.prototype.getAttribute = function get(name) {
    const value = getAttribute.call(this, name);
    if (value === null || !sources.has(String(name).toLowerCase())) return value;
    return getAttribute.call(this, `${WRITTEN}${name}`) ?? (URL.canParse(value, document.baseURI) && named.get(absolute(value)) || value);
  };
  Element.prototype.setAttribute = function set(given, written) {
    const name = `${given}`;
    const value = lower(name) === "rel" ? `${written}` : written;
    if (connects(name, value)) return;
    const loads = sources.has(name.toLowerCase()) && !/^(a|area)$/i.test(this.localName);
    apply(setAttribute, this, [name, loads ? fileFor(value) : value]);
  };
  Element.prototype.setAttributeNS = function set(space, given, written) {
    const name = `${given}`;
    const value = lower(name) === "rel" ? `${written}` : written;
    if (connects(name, value)) return;
    apply(setAttributeNS, this, [space, name, this.localName === "image" && /(^|:)href$/.test(name) ? fileFor(value) : value]);
  };

  // Scripts find elements by the addresses that these had, see markup/references.py.
  const byAddress = /\[\s*(src|href|poster|data)(\s*[~|^$*]?=(?:"[^"]*"|'[^']*'|[^\]"'])*)\]/g;
  const select = (text) => String(text).replace(byAddress, (whole, name, value) => `:is(${whole},[${WRITTEN}${name}${value}])`);
  for (const { prototype } of [Document, DocumentFragment, Element]) {
    for (const name of ["querySelector", "querySelectorAll", "matches", "closest"]) {
      const find = prototype[name];
      if (find) prototype[name] = function search(selectors) { return find.call(this, select(selectors)); };
    }
  }
  const attribute = /(<(?:img|link|script|source|video|audio|input|image)\s[^>]*?\s?(?:src|href|poster)=)(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/gi;

  function inMarkup(tag, before, double, single, bare) {
    const written = (double ?? single ?? bare).replaceAll("&amp;", "&");
    const file = fileFor(written);
    return file === written ? tag : `${before}"${file.replaceAll("&", "&amp;")}"`;
  }

  // What scripts set in any other way, and copy from templates, has its files as soon as it is in the page.
  const inStyles = (text) => text.replace(/(?:url\(\s*(["']?)([^"')]+)\1\s*\)|(@import\s+)(["'])([^"']+)\4)/gi, (whole, _, url, rule, __, name) => {
    const written = (url ?? name).trim();
    const file = fileFor(written);
    return file === written ? whole : `${rule ?? ""}url("${file}")`;
  });
  const inSet = (text) => text.replace(/(^|,)(\s*)([^\s,]+)/g, (_, comma, blank, written) => comma + blank + fileFor(written));
  const changed = new Map([["style", inStyles], ["srcset", inSet], ["src", fileFor], ["poster", fileFor], ["href", fileFor]]);
  const loads = "use, img, source, link, script, video, audio, input, image, [style]";
  const observed = { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: [...changed.keys()] };

  // A page without an origin shows no part of another drawing, so the part is put into the page.
  const drawings = new Map(); // promises of drawings, by address
  let parts = 0;
  async function insertPart(use) {
    const [written, id] = (getAttribute.call(use, "href") ?? getAttribute.call(use, "xlink:href") ?? "").split("#");
    const file = written && id ? fileFor(written) : written;
    if (file === written) return;
    if (!drawings.has(file)) drawings.set(file, ask(file).then((answer) => answer.text()));
    const drawing = new DOMParser().parseFromString(await drawings.get(file), "image/svg+xml");
    const part = drawing.getElementById(id);
    if (!part) return;
    const defs = document.createElementNS(part.namespaceURI, "defs");
    part.id = `part-${++parts}-${id}`;
    defs.append(document.importNode(part, true));
    use.before(defs);
    apply(setAttribute, use, ["href", `#${part.id}`]);
  }

  function correct(element) {
    if (element.localName === "use") {
      insertPart(element).catch(() => {}); // the drawing is missing or broken
    } else if (element.localName === "style") {
      const text = inStyles(element.textContent);
      if (text !== element.textContent) element.textContent = text;
    } else if (element.matches?.(loads)) {
      for (const [name, replace] of changed) {
        const written = getAttribute.call(element, name);
        const right = written && replace(written);
        if (right !== written) apply(setAttribute, element, [name, right]);
      }
    }
  }
  const observer = new MutationObserver((records) => records.forEach(({ target, addedNodes }) => {
    correct(target.nodeType === Node.TEXT_NODE ? target.parentNode ?? target : target);
    for (const node of addedNodes) {
      if (node.nodeType !== Node.ELEMENT_NODE) continue;
      [node, ...node.querySelectorAll(`style, ${loads}`)].forEach(correct);
    }
  }));
  observer.observe(document, observed);
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function attach(options) {
    const root = attachShadow.call(this, options);
    observer.observe(root, observed);
    return root;
  };
  const { replaceSync, replace, insertRule } = CSSStyleSheet.prototype;
  Object.assign(CSSStyleSheet.prototype, {
    replaceSync(text) { return replaceSync.call(this, inStyles(String(text))); },
    replace(text) { return replace.call(this, inStyles(String(text))); },
    insertRule(rule, ...more) { return insertRule.call(this, inStyles(String(rule)), ...more); },
  });
  if (globalThis.Worklet) {
    const { addModule } = Worklet.prototype;
    Worklet.prototype.addModule = function add(address, ...more) { return addModule.call(this, fileFor(address), ...more); };
  }
  globalThis.FontFace = class extends FontFace {
    constructor(family, source, ...more) { super(family, typeof source === "string" ? inStyles(source) : source, ...more); }
  };

  // Scripts find other files beside one that a style names, too.
  const { getComputedStyle } = globalThis;
  const inValue = (value) => (typeof value === "string" ? value.replace(/(?<=url\(")[^"]*/g, original) : value);
  globalThis.getComputedStyle = (...given) => new Proxy(Reflect.apply(getComputedStyle, globalThis, given), {
    get: (style, name) => {
      const value = style[name];
      return typeof value === "function" ? (...parameters) => inValue(value.apply(style, parameters)) : inValue(value);
    },
  });

  // A page without an origin sends itself messages from none, and to none.
  const { postMessage } = globalThis;
  globalThis.postMessage = (message, to, ...more) => postMessage.call(globalThis, message, to === place.origin ? "*" : to, ...more);
  const { get: originOf } = Object.getOwnPropertyDescriptor(MessageEvent.prototype, "origin");
  Object.defineProperty(MessageEvent.prototype, "origin", {
    get() { return this.source === globalThis ? place.origin : originOf.call(this); }, configurable: true, enumerable: true,
  });

  const ask = globalThis.fetch;
  const parsed = new Promise((resolve) => { document.addEventListener("readystatechange", resolve, { once: true }); }); // no server is faster

  // What the app answered with texts, while the visitor was on the page, is answered again.
  function recordedAnswer(method, target) {
    const [status, document, text, type] = recorded(answers, `${String(method).toUpperCase()} ${own(target)[0]}`) ?? [];
    if (!status) return undefined;
    const said = status === 304 ? 200 : status; // a browser takes what it has
    const isText = typeof document === "string" && type && !/[/+]json$/i.test(type);
    if (text === null && !isText) return ["application/json", JSON.stringify(document), said];
    return [`${type}; charset=utf-8`, text ?? document, said];
  }
  globalThis.fetch = (target, options) => {
    const method = options?.method ?? target?.method ?? "GET";
    const address = target?.url ?? target;
    const from = (answer) => Object.defineProperty(answer, "url", { value: absolute(address) });
    const found = recordedAnswer(method, address);
    const file = /^get$/i.test(method) ? fileFor(address) : address;
    if (!found && file !== address) return ask(file, { signal: options?.signal }).then(from);
    if (!found) return ask.call(globalThis, target, options).then(from);
    const [type, text, status] = found;
    const body = status === 204 || status === 205 ? null : text;
    return parsed.then(() => from(new Response(body, { status, statusText: settings.phrases[status], headers: { "Content-Type": type } })));
  };

  // The data that the app sent over the page's connections arrives again.
  class Connection extends EventTarget {
    constructor(address, sent) {
      super();
      this.url = absolute(address);
      this.readyState = 0;
      for (const type of ["open", "message"]) this.addEventListener(type, (event) => this[`on${type}`]?.(event));
      parsed.then(() => {
        if (!this.readyState) this.readyState = 1;
        for (const event of [new Event("open"), ...sent.map(([type, data]) => new MessageEvent(type || "message", { data, origin: place.origin }))]) {
          if (this.readyState === 1) this.dispatchEvent(event);
        }
      });
    }
    send() {}
    close() { this.readyState = this.constructor.CLOSED; }
  }
  for (const [name, states] of [["EventSource", ["CONNECTING", "OPEN", "CLOSED"]], ["WebSocket", ["CONNECTING", "OPEN", "CLOSING", "CLOSED"]]]) {
    globalThis[name] = new Proxy(globalThis[name], {
      construct: (kind, [address, ...more], target) => {
        const sent = recorded(messages, `${own(absolute(address).replace(/^ws/, "http"))[0]}`);
        return sent ? new Again(address, sent) : Reflect.construct(kind, [address, ...more], target);
      },
    });
    const Again = class extends Connection {};
    states.forEach((state, number) => { Again[state] = Again.prototype[state] = number; });
  }

  const { open, send, setRequestHeader } = XMLHttpRequest.prototype;
  const statuses = new WeakMap(); // of recorded answers, by request
  const bare = new WeakSet(); // requests for files: with headers or cookies, a browser would ask first whether it may send these
  XMLHttpRequest.prototype.open = function begin(method, target, ...more) {
    const found = recordedAnswer(method, target);
    const file = /^get$/i.test(method) ? fileFor(target) : target;
    statuses.set(this, found?.[2]);
    bare[found || file !== target ? "add" : "delete"](this);
    return open.call(this, method, found ? `data:${found[0]},${encodeURIComponent(found[1])}` : file, ...more);
  };
  XMLHttpRequest.prototype.setRequestHeader = function set(...header) {
    if (!bare.has(this)) apply(setRequestHeader, this, header);
  };
  XMLHttpRequest.prototype.send = function start(...body) {
    if (bare.has(this)) this.withCredentials = false;
    apply(send, this, body);
  };

  for (const [name, said] of [["status", (known) => known], ["statusText", (known) => settings.phrases[known]]]) {
    const { get, ...property } = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, name);
    Object.defineProperty(XMLHttpRequest.prototype, name, {
      ...property,
      get() {
        const known = statuses.get(this);
        const read = apply(get, this, []);
        return read && known ? said(known) : read; // nothing until it has the answer
      },
    });
  }

  const { set: setType, ...type } = Object.getOwnPropertyDescriptor(XMLHttpRequest.prototype, "responseType");
  Object.defineProperty(XMLHttpRequest.prototype, "responseType", {
    ...type,
    set(wanted) {
      const name = `${wanted}`;
      if (name !== "document") apply(setType, this, [name]);
    },
  });
  Object.defineProperty(XMLHttpRequest.prototype, "responseXML", { get: () => null, configurable: false });

  // A frame that a script inserts would have everything that is removed here, if it has a text of its own. Entities could hide a
  // name, and an XMLHttpRequest parses what no policy sees.
  const framed = /<(\/?)(iframe|frame|object|embed|portal|fencedframe)(?=[\s/>])/gi;
  const apart = (name) => `${name.slice(0, 3)}\u2060${name.slice(3)}`; // it looks the same in a text
  globalThis.trustedTypes?.createPolicy("default", {
    createHTML: (given, _, sink) => {
      if (isTried) return given;
      const isWritten = holds(sink, "write");
      const html = isWritten ? waiting + given : given;
      const replaced = `${html.replace(framed, "<$1span data-was=$2").replace(attribute, inMarkup).replace(/srcdoc/gi, apart)}`;
      const made = withoutConnecting(replaced);
      const isRefused = holds(sink, "srcdoc") || holds(made, "srcdoc") || holds(made, "<!entity") || holds(made, "<!attlist");
      if (!isWritten) return isRefused ? "" : made;
      const isDropped = isRefused || holds(made, "<noscript"); // it is parsed otherwise where scripts run
      const isReady = !isDropped && isWhole(made);
      waiting = isDropped || isReady ? "" : html;
      return isReady ? made : "";
    },
    createScript: (text) => text,
    createScriptURL: fileFor,
  });

  // A policy of the page returns texts, which the one above examines where they are used.
  const text = (rule) => (written, ...more) => String(rule ? rule(written, ...more) : written);
  if (globalThis.TrustedTypePolicyFactory) {
    TrustedTypePolicyFactory.prototype.createPolicy = (name, rules = {}) => ({
      name, createHTML: text(rules.createHTML), createScript: text(rules.createScript), createScriptURL: text(rules.createScriptURL),
    });
  }

  // The visitor's preferences count, not the viewer's.
  const { matchMedia } = globalThis;
  const feature = /\(\s*([a-z-]+)\s*(?::\s*([a-z-]+)\s*)?\)/gi;
  globalThis.matchMedia = (query) => matchMedia.call(globalThis, String(query).replace(feature, (written, name, value) => {
    const preference = media.get(name.toLowerCase());
    if (!preference) return written;
    return (value ? preference === value : !/^no(ne|-preference)$/.test(preference)) ? "(min-width: 0)" : "(max-width: 0)";
  }));

  // Pages without an origin have no storage, no cookies and no history of their own.
  function memory() {
    const items = new Map();
    const methods = {
      get length() { return items.size; },
      key: (index) => [...items.keys()][index] ?? null,
      getItem: (name) => items.get(String(name)) ?? null,
      setItem: (name, value) => { items.set(String(name), String(value)); },
      removeItem: (name) => { items.delete(String(name)); },
      clear: () => { items.clear(); },
    };
    return new Proxy(methods, {
      get: (_, name) => (name in methods ? methods[name] : items.get(name)),
      set: (_, name, value) => { items.set(name, String(value)); return true; },
      has: (_, name) => name in methods || items.has(name),
      deleteProperty: (_, name) => { items.delete(name); return true; },
      ownKeys: () => [...items.keys()],
      getOwnPropertyDescriptor: (_, name) => (items.has(name) ? { value: items.get(name), enumerable: true, configurable: true } : undefined),
    });
  }
  fixed("localStorage", memory());
  fixed("sessionStorage", memory());
  const cookies = new Map();
  Object.defineProperty(Document.prototype, "cookie", {
    get: () => [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
    set: (written) => {
      const [, name, value] = /^\s*([^=;]*?)\s*=\s*([^;]*)/.exec(written) ?? [];
      const [, until] = /;\s*expires\s*=\s*([^;]*)/i.exec(written) ?? [];
      const over = /;\s*max-age\s*=\s*(?:0|-)/i.test(written) || Actual.parse(until) < now();
      if (name && over) cookies.delete(name);
      else if (name) cookies.set(name, value.trim());
    },
    configurable: false,
  });
  const worker = { // it would throw when a script looks at it
    controller: null, ready: new Promise(() => {}), addEventListener() {}, startMessages() {},
    register: () => new Promise(() => {}), getRegistration: async () => undefined, getRegistrations: async () => [],
  };
  Object.defineProperty(Navigator.prototype, "serviceWorker", { get: () => worker, configurable: false });
  const cache = { open: () => new Promise(() => {}), match: async () => undefined, has: async () => false, delete: async () => false, keys: async () => [] };
  Object.defineProperty(globalThis, "caches", { get: () => cache, configurable: false });
  let entry = null; // what the page keeps in its history, of which only the current entry is known
  const { replaceState } = history;
  history.pushState = history.replaceState = (kept, _, written) => {
    const to = written === undefined || written === null ? new URL(whole()) : new URL(written, document.baseURI);
    if (to.origin !== place.origin) return;
    entry = kept;
    place = to;
    replaceState.call(history, null, "", `${location.origin}${location.pathname}${to.search}${to.hash}`);
  };
  Object.defineProperty(History.prototype, "state", { get: () => entry, configurable: true });

  addEventListener("message", ({ data, source }) => {
    if (data === "replay: are you there?") source?.postMessage("replay: here", "*");
    const [, id] = /^replay: show (.+)/.exec(data) ?? [];
    if (id) location.replace(`${location.href.split("#")[0]}#${id}`);
  });
  for (const script of [...document.scripts]) script.remove(); // scripts look for the first one of their page
})(SETTINGS);
