// The moment in the address of the player, by which it can be shared.

/** Return what stands behind the address of the player for a position. */
export function addressOf(position) {
  return `#t=${Math.round(position)}`;
}

/** Keep a position in the address. */
export function remember(position) {
  history.replaceState(null, "", addressOf(position));
}

/** Read the position from the address; junk is the start. */
export function remembered() {
  const match = /^#t=(\d{1,12})$/.exec(location.hash);
  return match ? Number(match[1]) : 0;
}

const KEPT = "flask-replay-compare";

/** Keep a moment to be compared; if one is kept, return the address that shows both. @param place of the comparison. */
export function compared(place, moment) {
  const kept = sessionStorage.getItem(KEPT);
  if (!kept || kept === moment) {
    sessionStorage.setItem(KEPT, moment);
    return "";
  }
  sessionStorage.removeItem(KEPT);
  return `${place}?${new URLSearchParams({ a: kept, b: moment })}`;
}
