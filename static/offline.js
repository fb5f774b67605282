// In a file that plays by itself: answers the player's requests from the data in the file. It runs before the player,
// which does not know of it.

(async () => {
  const packed = Uint8Array.from(atob(document.getElementById("saved").textContent), (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const saved = await new Response(unpacked).json();
  add("style", "text/css", saved.style);
  document.body.replaceWith(new DOMParser().parseFromString(saved.body, "text/html").body);
  const root = document.body.dataset.root;
  const addresses = []; // addresses of files, made when a page first needs them
  const making = new Set(); // stylesheets, drawings and pages being made, to stop recursion
  const PLACING = ["text/css", "text/html", "image/svg+xml"]; // types of files that name others
  const FRAMES = 3; // levels of frames within frames: each frame embeds its page

  const encoded = (text) => btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
  const place = new RegExp(`${saved.place}(\\d+)`, "g");
  const placed = (text) => text.replace(place, (_, number) => address(Number(number)));

  function address(number) {
    if (addresses[number]) return addresses[number];
    const [type, content, text] = saved.files[number] ?? ["text/plain", "", true];
    if (!text || !PLACING.includes(type)) return (addresses[number] = `data:${type};base64,${text ? encoded(content) : content}`);
    const framed = type === "text/html";
    if (making.has(number) || (framed && making.size >= FRAMES)) return `data:${type},`;
    making.add(number);
    const made = `data:${type};charset=utf-8;base64,${encoded(placed(content))}`;
    making.delete(number);
    if (!framed || !making.size) addresses[number] = made; // a page within others may lack frames
    return made;
  }

  /** Return the data at an address of the player's server; undefined for none. */
  function answer(target) {
    const { pathname, searchParams } = new URL(target, "http://file");
    const [what, number] = pathname.slice(root.length + 1).replace(".json", "").split("/");
    if (what === "steps" || what === "story") return saved[what];
    const step = saved.of[Number(number)];
    if (what === "step") return step?.details;
    if (what === "way") return step?.way;
    if (what === "state" || what === "template") return panel(step.panels, what, searchParams.get("frame"));
    if (what === "page" && step?.left?.[searchParams.get("to")]) return step.left[searchParams.get("to")];
    return (step?.[searchParams.get("as") ?? "then"] ?? step?.then)?.[what];
  }

  /** Return the data of a panel for a render. @param number the number of the render; null for the first one shown. */
  function panel({ first, frames }, what, number) {
    const found = frames[number ?? first]?.[what];
    if (!found) return { frame: -1, frames: [], sources: [], made: [] };
    if (what === "state") return found;
    return { ...found, sources: found.sources.map((source) => ({ ...source, text: joined(source.text) })) };
  }

  function joined(lines) {
    return lines.map((line) => saved.lines[line]).join("\n");
  }

  function add(name, type, textContent) {
    document.head.append(Object.assign(document.createElement(name), { type, textContent }));
  }

  window.fetch = async (target) => {
    const found = answer(target);
    return new Response(JSON.stringify(found ?? null), { status: found ? 200 : 404 });
  };
  const modules = Object.entries(saved.modules).map(([name, text]) => `"${name}":"data:text/javascript;base64,${encoded(text)}"`);
  add("script", "importmap", `{"imports":{${modules.join(",")}}}`);
  const { chosen } = await import("replay/candidates.js");
  Object.defineProperty(HTMLIFrameElement.prototype, "src", {
    get() {
      return this.getAttribute("src") ?? "";
    },
    set(target) {
      this.setAttribute("sandbox", ""); // no script runs in a page here, whatever the switch says
      const text = placed(chosen(joined(answer(target) ?? []), document.getElementById("screen")));
      if (/^\s*<!doctype html>/i.test(text)) this.srcdoc = text;
      else { // srcdoc has no quirks
        const page = URL.createObjectURL(new Blob([text], { type: "text/html;charset=utf-8" }));
        this.addEventListener("load", () => URL.revokeObjectURL(page), { once: true }); // else it stays in memory
        this.setAttribute("src", page);
      }
    },
  });
  await import("replay/player.js");
})();
