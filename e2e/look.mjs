// What holds of every page, whoever made it: found by following links.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// shape is what pages of one kind have in common: one of a kind, and a second in another
// state, are looked at.
export function shape(path) {
  const u = new URL(path, "http://desk.invalid");
  const p = decodeURIComponent(u.pathname).replace(/^\/m\/([^/]+)\/[A-Z]+-\d+-\d+/, "/m/REALM/REF").replace(/[0-9a-f]{16,}/g, "ID").replace(/\/D-\d+/, "/D").replace(/[A-Z]{2,}-\d{4}-\d+/g, "REF")
    .replace(/\/(new|open|do)\/[^/]+$/, "/$1/KIND");
  return p + [...new Set(u.searchParams.keys())].sort().map((k) => `?${k}`).join("");
}

// crawl follows every link from the first page as one person, by plain requests, and
// returns what answered, by path. Each shape is followed at most `each` times.
export async function crawl(person, from = ["/"], each = 2) {
  const seen = new Map(), count = {}, queue = [...from];
  while (queue.length) {
    const batch = queue.splice(0, 6).filter((p) => {
      const s = shape(p);
      // Forms of all kinds are made alike, of a body: a few of them stand for all.
      if (seen.has(p) || (count[s] ?? 0) >= (s.endsWith("/KIND") ? 4 * each : each)) return false;
      count[s] = (count[s] ?? 0) + 1;
      seen.set(p, null);
      return true;
    });
    await Promise.all(batch.map(async (path) => {
      const r = await person.get(path);
      const type = r.headers()["content-type"] ?? "";
      const body = await r.body();
      // What is for saving is a file, also when it is written in HTML.
      const saved = /^attachment/.test(r.headers()["content-disposition"] ?? "");
      const page = { path, status: r.status(), type, headers: r.headers(), html: type.startsWith("text/html") && !saved, body };
      seen.set(path, page);
      const to = r.headers().location;
      if (to) queue.push(new URL(to, person.party.url + path).pathname);
      if (!page.html) return;
      for (const [, href] of body.toString().matchAll(/<a\b[^>]*?\shref="([^"]*)"/g)) {
        const u = new URL(href.replaceAll("&amp;", "&"), person.party.url + path);
        if (u.origin === person.party.url) queue.push(u.pathname + u.search);
      }
    }));
  }
  return [...seen.values()].filter(Boolean);
}

// accessible returns what axe-core finds; every rule, and best practices too.
export async function accessible(page, only) {
  await page.evaluate(axe);
  const found = await page.evaluate((values) => window.axe.run(document, values ? { runOnly: { type: "rule", values } } : {}), only);
  return found.violations.flatMap((v) => v.nodes.map((n) => `${v.id} at ${n.target.join(" ")}: ${n.failureSummary.split("\n")[1]?.trim()}`));
}

// wide is by how many pixels a page is wider than its window, and what sticks out.
export const wide = (page) => page.evaluate(() => {
  const over = document.scrollingElement.scrollWidth - innerWidth;
  if (over <= 0) return "";
  const inside = (e) => { for (let p = e.parentElement; p; p = p.parentElement) if (getComputedStyle(p).overflowX !== "visible") return true; return false; };
  const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !inside(e)).slice(0, 3);
  return `${over} px too wide: ${out.map((e) => `${e.tagName.toLowerCase()}.${e.className} “${e.textContent.trim().slice(0, 30)}”`).join(", ")}`;
});

// inert is what markup a page has that text of somebody else must have made.
export const inert = (page) => page.evaluate(() => {
  const found = [];
  for (const e of document.querySelectorAll("*")) {
    for (const a of e.attributes) {
      if (/^on/i.test(a.name)) found.push(`<${e.localName} ${a.name}>`);
      if (/^\s*(javascript|vbscript|data:text)/i.test(a.value) && /^(href|src|action|formaction|xlink:href)$/i.test(a.name)) found.push(`<${e.localName} ${a.name}=${a.value}>`);
    }
    if (e.localName === "script" && !/^\/asset\//.test(e.getAttribute("src") ?? "")) found.push("<script>");
    if (e.localName === "style" || e.hasAttribute("style")) found.push(`a style in <${e.localName}>`);
    if (/^(img|iframe|object|embed|base|frame)$/.test(e.localName)) found.push(`<${e.localName}>`);
  }
  return found;
});

// unbound is where text turns the direction of what stands around it.
export const unbound = (page) => page.evaluate(() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; (n = walk.nextNode());) {
    if (/[\u0590-\u08FF\u202A-\u202E\u2066-\u2069]/.test(n.data) && !n.parentElement.closest("bdi, [dir], textarea")) found.push(`${n.parentElement.localName}: ${n.data.trim().slice(0, 40)}`);
  }
  return found;
});
