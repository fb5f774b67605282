// What the list and the player share.

/** Write the times of a page in the viewer's own zone and language. */
export function localTimes() {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of document.querySelectorAll("time[datetime]")) {
    const date = new Date(Number(time.getAttribute("datetime")) * 1000);
    if (!Number.isNaN(date.valueOf())) time.textContent = format.format(date);
  }
}

/** Ask before a form that destroys something is sent. */
export function confirmForms() {
  for (const form of document.querySelectorAll("form[data-confirm]")) {
    form.addEventListener("submit", (event) => {
      if (!window.confirm(form.dataset.confirm)) event.preventDefault();
    });
  }
}

/** Write milliseconds as 3:07, 1:02:09. */
export function clock(milliseconds) {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = String(seconds % 60).padStart(2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** Make an element; what is in it is always text, whatever a recording holds. */
export function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Ask the player's server; null when there is no answer. */
export async function load(address) {
  try {
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Name a step to the server: in a recording that goes on, its number may change. */
export function keyOf(step) {
  return step?.key ? `key=${encodeURIComponent(step.key.join(":"))}` : "";
}
