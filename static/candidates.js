// In a file that plays by itself: chooses images of a srcset. Browsers take the largest one if its address holds it, so
// all others are removed from the page.

const SET = /<(?:img|source)(?=\s)[^>]*?\ssrcset="[^"]*,[^"]*"[^>]*>/gi;
const IMAGE = /[\s,]*(\S*[^\s,])(?:\s+([^,\s]+))?[^,]*/g;

/** Return a page with one image in each srcset, the one that a browser would choose.
 * @param screen the element that contains the pages, in their size. */
export function chosen(text, screen) {
  if (!SET.test(text)) return text;
  const frame = document.createElement("iframe");
  frame.className = "coming";
  screen.append(frame);
  const room = { query: (media) => frame.contentWindow.matchMedia(media).matches, width: (length) => widthOf(length, frame.contentDocument) };
  const made = text.replace(SET, (tag) => withOne(tag, room));
  frame.remove();
  return made;
}

function withOne(tag, room) {
  const auto = `${attribute(tag, "width")}px`; // what loads late may be as wide as it is shown
  const sizes = attribute(tag, "sizes").replace(/^auto\b/, auto === "px" ? "100vw" : auto);
  return tag.replace(/(\ssrcset=")([^"]*)/i, (_, name, set) => {
    const images = [...set.matchAll(IMAGE)].map(([, image, size]) => ({
      image: size ? `${image} ${size}` : image,
      density: density(size ?? "", sizes, room),
    }));
    return `${name}${best(images).image}`;
  });
}

function density(written, sizes, room) {
  const [, size, unit] = /([\d.]+)([wx])/.exec(written) ?? ["", "1", "x"];
  return unit === "x" ? Number(size) : Number(size) / (wanted(sizes, room) || 1);
}

/** The width for which an image is wanted (HTML, section 4.8.4.2.2). */
function wanted(sizes, room) {
  for (const size of sizes.split(/,(?![^(]*\))/)) {
    const [, media, length] = /^\s*(.*?)\s*([^\s()]+|[\w-]*\(.*\))\s*$/.exec(size) ?? ["", "", ""];
    if (length && (!media || room.query(media))) return room.width(length);
  }
  return room.width("100vw");
}

function widthOf(length, page) {
  const measure = page.createElement("div");
  measure.style.cssText = `position: absolute; width: ${length}`;
  page.documentElement.append(measure);
  const { width } = measure.getBoundingClientRect();
  measure.remove();
  return width;
}

/** The image whose density suits the screen: as Chromium does, by the geometric mean of neighbours. */
function best(images) {
  const sorted = images.sort((one, other) => one.density - other.density);
  const ratio = window.devicePixelRatio;
  for (const [place, image] of sorted.entries()) {
    const next = sorted[place + 1];
    if (!next) return image;
    const between = ratio <= 1 && ratio > image.density ? ratio : Math.sqrt(image.density * next.density);
    if (next.density >= ratio && ratio < between) return image;
    if (next.density >= ratio) return next;
  }
  return sorted[0];
}

function attribute(tag, name) {
  const [, double, single, bare] = new RegExp(`\\s${name}=(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, "i").exec(tag) ?? [];
  return double ?? single ?? bare ?? "";
}
