// Copying to the clipboard.

/** Copy a text; return whether that was allowed. */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // a site without TLS has no clipboard
    const area = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus?.({ preventScroll: true });
    return done;
  }
}

/** Make a button that copies a text and then says so. */
export function copyButton(label, text) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "quiet small", textContent: label });
  button.addEventListener("click", async () => {
    button.textContent = (await copied(text())) ? "Copied" : "Cannot be copied here";
  });
  return button;
}
