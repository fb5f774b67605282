// The moment in the address of the player, for sharing.

/** Return the fragment of the address for a position. */
export function addressOf(position) {
  return `#t=${Math.round(position)}`;
}

/** Write a position into the address. */
export function remember(position) {
  history.replaceState(null, "", addressOf(position));
}

/** Let a form lead back to the moment at which it is sent. @param position returns that moment. */
export function leadBack(form, position) {
  form?.addEventListener("submit", () => { form.action = `${form.getAttribute("action").split("#")[0]}${addressOf(position())}`; });
}

/** Read the position from the address; invalid text means the start. */
export function remembered() {
  const match = /^#t=(\d{1,12})$/.exec(location.hash);
  return match ? Number(match[1]) : 0;
}

const STORED = "flask-replay-compare";

/** Store a moment for a comparison; if one is stored, return the address that compares both. @param place its base. */
export function compared(place, moment) {
  const stored = sessionStorage.getItem(STORED);
  if (!stored || stored === moment) {
    sessionStorage.setItem(STORED, moment);
    return "";
  }
  sessionStorage.removeItem(STORED);
  return `${place}?${new URLSearchParams({ a: stored, b: moment })}`;
}
