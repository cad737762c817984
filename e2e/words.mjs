// The desk's own words, from the one catalogue.
import { readFileSync, readdirSync } from "node:fs";

const root = new URL("../say/", import.meta.url);
const text = {};
for (const f of readdirSync(new URL("text/", root))) Object.assign(text, JSON.parse(readFileSync(new URL(`text/${f}`, root), "utf8")));
const terms = JSON.parse(readFileSync(new URL("terms.json", root), "utf8"));
const short = (lang) => (lang === "en" ? "en" : "zh");

// say is a text of the catalogue, with its values.
export function say(key, lang, values = {}) {
  const t = text[key]?.[short(lang)];
  if (typeof t !== "string") throw new Error(`say has no text ${key}`);
  return t.replace(/\{(\w+)\}/g, (_, k) => values[k] ?? `{${k}}`);
}

// name is what a kind, a state or a field is called.
export function name(list, id, lang) {
  const t = terms[list]?.[id]?.[short(lang)];
  if (!t) throw new Error(`say has no ${list} ${id}`);
  return t;
}
