// Functions that the list and the player share.

/** Show the times of a page in the user's time zone and language. */
export function localTimes() {
  const minute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const second = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const date = new Date(Number(time.getAttribute("datetime")) * 1000);
    const format = time.hasAttribute("data-second") ? second : minute;
    if (!Number.isNaN(date.valueOf())) time.textContent = format.format(date);
  }
}

/** Ask for confirmation before a form that deletes something is sent. */
export function confirmForms() {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-confirm]"))) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    });
  }
}

/** Return milliseconds as text: 3:07, 1:02:09. */
export function clock(milliseconds) {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Make an element. Its content is always text, whatever a recording contains. */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Fetch data from the player's server; null if it does not answer. */
export async function load(address) {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Return the name of a step for the server. In a running recording, its number may change. */
export function keyOf(step) {
  return step?.key ? `key=${encodeURIComponent(step.key.join(":"))}` : "";
}
