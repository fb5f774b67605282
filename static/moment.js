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
