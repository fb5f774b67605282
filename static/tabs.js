// The tab of the visitor that is followed.

export class Tabs {
  constructor(menu) {
    this.menu = menu;
  }

  /** The followed tab, or null for all of them. */
  get followed() {
    return this.menu.value === "" ? null : Number(this.menu.value);
  }

  /** Offer tabs, if there are several. */
  offer(count) {
    const chosen = this.menu.value;
    const names = [...Array(count).keys()].map((tab) => new Option(`Tab ${tab + 1}`, String(tab)));
    this.menu.replaceChildren(new Option("All tabs", ""), ...names);
    this.menu.value = Number(chosen) < count ? chosen : "";
    this.menu.hidden = count < 2;
  }
}
