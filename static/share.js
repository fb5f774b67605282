// Sharing: the server makes a link to this recording that needs no login.

import { copied } from "./copy.js";

/** Bind the dialog. @param dialog has the form. @param position returns the current moment. */
export function bindSharing(button, dialog, position) {
  const [, form] = dialog.querySelectorAll("form");
  const [made, output] = [dialog.querySelector("input[readonly]"), dialog.querySelector("output")];
  button.addEventListener("click", () => dialog.showModal());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const fields = new FormData(form);
    fields.set("at", fields.has("here") ? String(Math.round(position())) : "0");
    const answer = await fetch(form.action, { method: "POST", body: fields }).catch(() => null);
    const found = await answer?.json().catch(() => null);
    made.hidden = !found?.address;
    if (!found?.address) {
      output.textContent = found?.problem ?? "No link could be made. Reload this page, and try again.";
      return;
    }
    made.value = found.address;
    made.select();
    const until = new Date(found.expires_at * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    output.textContent = `${(await copied(found.address)) ? "Copied. " : ""}It works until ${until}; flask replay unlink ${found.id} revokes it.`;
  });
}
