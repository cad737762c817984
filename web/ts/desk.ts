// The desk's custom elements. Every page works without them; none makes HTML of text.

type JSONObject = Record<string, unknown>;

// The three times go on.
class DeskClock extends HTMLElement {
  #timer = 0;
  connectedCallback(): void {
    const ahead = Date.parse(this.dataset.now ?? "") - Date.now();
    const tick = (): void => {
      const now = new Date(Date.now() + ahead);
      for (const t of this.querySelectorAll<HTMLElement>("time[data-zone]")) {
        const zone = t.dataset.zone ?? "UTC";
        const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" })
          .formatToParts(now);
        const p = (k: string): string => parts.find((x) => x.type === k)?.value ?? "";
        const day = `${p("month")}-${p("day")} ${p("hour")}:${p("minute")}`;
        t.textContent = zone === "UTC" ? `${p("year")}-${day}` : day;
      }
    };
    this.#timer = window.setInterval(tick, 5000);
  }
  disconnectedCallback(): void { clearInterval(this.#timer); }
}

// Text is kept on the server within two seconds of the last key, and says so only
// when the server has answered. What it does not take stays in the window, and is tried
// again until the server does. After a saving it asks what the guidelines find.
class SaveForm extends HTMLElement {
  #timer = 0;
  #stop = new AbortController();
  connectedCallback(): void {
    const form = this.querySelector("form");
    const url = this.dataset.saved;
    const out = this.querySelector("[data-state]");
    if (!form || !url || !out) return;
    let typed = 0, kept = 0, warned = false;
    const mark = (): void => { document.documentElement.toggleAttribute("data-unsaved", typed !== kept); };
    const say = (text: string | undefined, to?: string): void => {
      out.textContent = text ?? "";
      if (!to) return;
      const a = document.createElement("a");
      a.href = to;
      a.target = "_blank";
      a.textContent = text ?? "";
      out.replaceChildren(a);
    };
    const send = async (): Promise<void> => {
      if (this.#stop.signal.aborted) return;
      const now = typed;
      say(this.dataset.wait);
      try {
        const r = await fetch(url, { method: "POST", body: new FormData(form), headers: { "Sec-Desk": "save" }, redirect: "manual", signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(15000)]) });
        if (r.status === 409) { say(this.dataset.conflict, url.replace("?", "/conflict?")); return; }
        if (r.status >= 400 && r.status < 500) { say(this.dataset.large); return; }
        if (r.type === "opaqueredirect") { say(this.dataset.locked, "/signin?back=/drafts"); throw new Error("locked"); }
        if (!r.ok) throw new Error(String(r.status));
        kept = now;
        mark();
        const version = r.headers.get("Desk-Version");
        const field = form.querySelector<HTMLInputElement>("input[name=version]");
        if (field && version) field.value = version;
        say((this.dataset.done ?? "").replace("{time}", r.headers.get("Desk-Saved") ?? ""));
        void this.#check(form);
      } catch (e) {
        if (this.#stop.signal.aborted) return;
        if (!(e instanceof Error && e.message === "locked")) say(this.dataset.fail);
        clearTimeout(this.#timer);
        this.#timer = window.setTimeout(() => void save(), 5000);
      }
    };
    // One saving after another: each is written on the one before.
    let last = Promise.resolve();
    const save = (): Promise<void> => {
      clearTimeout(this.#timer);
      return last = last.then(send);
    };
    form.addEventListener("input", () => {
      typed++;
      mark();
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => void save(), 1000);
    });
    window.addEventListener("pagehide", () => { if (typed !== kept) navigator.sendBeacon(url, new FormData(form)); });
    // Another form of the page, such as the lock, goes when the text is kept: once it is
    // locked, nothing is. If it cannot be kept, that is said first.
    document.addEventListener("submit", (e) => {
      const other = e.target, by = e.submitter;
      if (typed === kept || warned || other === form || !(other instanceof HTMLFormElement)) return;
      e.preventDefault();
      void save().then(() => {
        warned = typed !== kept;
        if (!warned) other.requestSubmit(by);
      });
    });
    // The form itself brings the text now: a saving that comes after it would bring it back.
    form.addEventListener("submit", () => {
      kept = typed;
      mark();
      clearTimeout(this.#timer);
      this.#stop.abort();
    });
  }
  async #check(form: HTMLFormElement): Promise<void> {
    const box = document.getElementById("found");
    const list = box?.querySelector("[data-findings]");
    if (!box || !list || !this.dataset.check) return;
    const r = await fetch(this.dataset.check, { method: "POST", body: new FormData(form), redirect: "manual" });
    if (!r.ok) return; // what stands there is of the last saving
    const told = await r.json() as { list: { blocks: boolean; tag: string; field: string; label: string; wrong: string; do: string; cite: string }[]; count: string; have: number; of: number; meter: string; wrong: string };
    const make = (tag: string, text: string, name = ""): HTMLElement => {
      const e = document.createElement(tag);
      e.textContent = text;
      e.className = name;
      return e;
    };
    list.replaceChildren(...told.list.map((x) => {
      const li = make("li", "", "stack"), row = make("div", "", "row"), a = document.createElement("a");
      a.href = `#f-${x.field}`;
      a.textContent = x.label;
      row.append(make("span", x.tag, x.blocks ? "tag late" : "tag soon"), a);
      li.append(row, make("p", x.wrong), make("p", x.do), make("small", x.cite));
      return li;
    }));
    const set = (at: string, text: string): void => { const e = box.querySelector(at); if (e && e.textContent !== text) e.textContent = text; };
    set("[data-count]", told.count);
    set("[data-meter]", told.meter);
    set("[data-wrong] bdi", told.wrong);
    box.querySelector("[data-wrong]")?.toggleAttribute("hidden", told.wrong === "");
    const meter = box.querySelector("meter");
    if (meter) { meter.max = told.of; meter.value = told.have; }
  }
}

// A passkey signs: the sign-in challenge, or the hash of what leaves the country.
class PassKey extends HTMLElement {
  connectedCallback(): void {
    const form = this.closest("form");
    const field = this.querySelector<HTMLInputElement>("input[name=assertion]");
    if (!form || !field) return;
    form.addEventListener("submit", (e) => {
      if (field.value) return;
      e.preventDefault();
      void this.#ask().then((answer) => { field.value = JSON.stringify(answer); form.requestSubmit(); },
        () => { this.#fail(); });
    });
  }
  async #ask(): Promise<JSONObject> {
    const { handle, options } = JSON.parse(this.dataset.options ?? "{}") as { handle: string; options: { publicKey: never } };
    const field = this.querySelector<HTMLInputElement>("input[name=handle]");
    if (field) field.value = handle;
    const key = options.publicKey ?? options;
    const credential = this.dataset.create
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(key) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(key) });
    return (credential as PublicKeyCredential).toJSON() as unknown as JSONObject;
  }
  #fail(): void {
    let p = this.querySelector<HTMLElement>("[role=alert]");
    if (!p) {
      p = document.createElement("p");
      p.setAttribute("role", "alert");
      p.className = "notice late";
      this.append(p);
    }
    p.textContent = this.dataset.failed ?? "";
  }
}

// acts is whether a single key acts: never in a field, never with a modifier, and off if
// the officer says so (WCAG 2.1.4).
const acts = (e: KeyboardEvent): boolean =>
  document.documentElement.hasAttribute("data-keys") && !e.ctrlKey && !e.metaKey && !e.altKey &&
  !(e.target instanceof HTMLElement && e.target.closest("input, select, textarea, [contenteditable]"));

// / searches, n begins a request, ? helps: on every page of somebody who has signed in.
document.addEventListener("keydown", (e) => {
  if (!acts(e)) return;
  const field = document.querySelector<HTMLInputElement>("input[type=search]");
  switch (e.key) {
    case "/": if (field) field.focus(); else location.assign("/search"); break;
    case "?": location.assign("/help#keys"); break;
    case "n": location.assign("/new"); break;
    default: return;
  }
  e.preventDefault();
});

// j and k move, Enter opens, x marks.
class ListKeys extends HTMLElement {
  #at = -1;
  connectedCallback(): void { document.addEventListener("keydown", this.#key); }
  disconnectedCallback(): void { document.removeEventListener("keydown", this.#key); }
  #key = (e: KeyboardEvent): void => {
    if (!acts(e)) return;
    const rows = [...this.querySelectorAll<HTMLElement>("[data-item]")];
    const go = (i: number): void => {
      rows[this.#at]?.removeAttribute("aria-selected");
      this.#at = Math.max(0, Math.min(rows.length - 1, i));
      const row = rows[this.#at];
      row?.setAttribute("aria-selected", "true");
      row?.querySelector<HTMLElement>("a")?.focus();
    };
    switch (e.key) {
      case "j": go(this.#at + 1); break;
      case "k": go(this.#at - 1); break;
      case "x": rows[this.#at]?.querySelector<HTMLInputElement>("input[type=checkbox]")?.click(); break;
      default: return;
    }
    e.preventDefault();
  };
}

// hide takes what a page shows off the screen, and leaves the way to the door. Text that
// could not be saved stays in the window: then the door opens in another.
const hide = (): void => {
  document.documentElement.setAttribute("data-locked", "");
  const a = document.querySelector<HTMLAnchorElement>(".locked a");
  if (!a) return;
  document.title = a.textContent ?? "";
  a.addEventListener("click", () => { a.target = document.documentElement.hasAttribute("data-unsaved") ? "_blank" : ""; });
  a.focus();
};

// What is new is told, and the list stays where it is; a session that has ended hides the
// page. One tab holds the stream for all: a browser opens few connections to one server.
class LiveNews extends HTMLElement {
  connectedCallback(): void {
    const src = this.dataset.src;
    if (!src) return;
    const channel = new BroadcastChannel("desk");
    let n = 0;
    const tell = (): void => {
      n++;
      let a = this.querySelector("a");
      if (!a) {
        const p = document.createElement("p");
        p.className = "notice";
        p.setAttribute("role", "status");
        a = document.createElement("a");
        a.href = location.href;
        p.append(a);
        this.append(p);
      }
      a.textContent = n === 1 ? this.dataset.one ?? "" : (this.dataset.many ?? "").replace("{n}", String(n));
    };
    channel.onmessage = (e) => { if (e.data === "locked") hide(); else tell(); };
    void navigator.locks.request("desk-live", () => new Promise<void>((done) => {
      const listen = (): void => {
        const stream = new EventSource(src);
        stream.addEventListener("news", () => { tell(); channel.postMessage("news"); });
        stream.addEventListener("error", () => {
          if (stream.readyState === EventSource.CLOSED) void why(); // else it tries again by itself
        });
      };
      const why = async (): Promise<void> => {
        const asked = new AbortController();
        const status = await fetch(src, { signal: asked.signal }).then((r) => r.status, () => 0);
        asked.abort();
        if (status !== 403) { window.setTimeout(listen, 5000); return; }
        hide();
        channel.postMessage("locked");
        done();
      };
      listen();
    }));
  }
}

customElements.define("desk-clock", DeskClock);
customElements.define("save-form", SaveForm);
customElements.define("pass-key", PassKey);
customElements.define("list-keys", ListKeys);
customElements.define("live-news", LiveNews);
