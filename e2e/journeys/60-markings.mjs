// Who may not know of a matter finds it nowhere: not on a page, in a file, a feed or a
// search; and its pages answer byte for byte as those of a matter that does not exist.
import { crawl } from "../look.mjs";
import { marker } from "../seed.mjs";
import { until } from "../stage.mjs";

export default async function markings(stage) {
  const nobody = stage.secret.replace(/\d{6}$/, "999999");
  const queries = ["", "?all=yes", "?whose=us", "?type=preserve&all=yes", "?state=sent"];
  const start = ["/", ...["", ".csv", ".json", ".ics"].flatMap((f) => queries.map((q) => `/queue${f}${q}`)),
    ...[marker, stage.secret, "nightjar", "seen"].map((q) => `/search?q=${encodeURIComponent(q)}`)];
  // A journal has what a person looked for, for that person: it tells them nothing.
  const own = (body) => [marker, stage.secret, "nightjar", "seen"].reduce((b, q) => b.replaceAll(`looked for ${q}`, "looked for"), body);
  const inside = (p) => p.role === "duty";
  // The pages that lead on from the matter, for those who may know of it.
  const further = {};
  for (const party of stage.parties) {
    const kinds = (further[party.id] = new Set(["", "/file", "/export", "/paper.pdf", "/do/ask", "/do/no.such.kind", "/files/00/00"]));
    for (const x of await crawl(party.people.duty, [`/m/live/${stage.secret}`], 2)) {
      const [, rest] = x.path.match(new RegExp(`^/m/live/${stage.secret}([^#]*)`)) ?? [];
      if (rest !== undefined) kinds.add(rest);
    }
  }
  await Promise.all(stage.everybody().map(async (p) => {
    const pages = await crawl(p, start, 5);
    const said = pages.filter((x) => x.status < 400).map((x) => [x.path, own(x.body.toString())]);
    const asked = (path) => path.includes("search");
    const found = said.filter(([path, body]) => body.includes(marker) && !asked(path) || body.includes(stage.secret) && !asked(path));
    if (inside(p) !== found.length > 0) throw new Error(`${p.party.id} ${p.role} ${inside(p) ? "finds it nowhere" : `finds it on ${found.map(([path]) => path)}`}`);
    if (inside(p)) return;
    // A search says back what was asked, and no more: as for words that are nowhere.
    for (const [path, body] of said.filter(([path, body]) => asked(path) && (body.includes(marker) || body.includes(stage.secret)))) {
      const q = new URL(path, p.party.url).searchParams.get("q") ?? "";
      for (const word of [marker, stage.secret]) {
        if (body.includes(word) && !q.includes(word)) throw new Error(`${p.party.id} ${p.role}: ${path} tells ${word}`);
      }
      if (new RegExp(`/m/[^"]*${stage.secret}`).test(body)) throw new Error(`${p.party.id} ${p.role}: ${path} leads to it`);
    }
    const plain = async (path, ref, method) => {
      const r = method === "GET" ? await p.get(path) : await p.context.request.post(p.party.url + path, { form: { tlp: "AMBER" }, headers: { origin: p.party.url }, maxRedirects: 0 });
      const headers = Object.entries(r.headers()).filter(([k]) => k !== "date").map((h) => h.join(": ")).join("\n");
      // The time of day, and the name that an error has for the telephone, differ.
      const body = (await r.text()).replaceAll(ref, "REF").replace(/\b\d\d:\d\d(:\d\d)?\b/g, "TIME").replace(/\b\d{4}-\d\d-\d\d(T[^"<]*)?/g, "DAY").replace(/\bE-[A-Z2-7]{6}\b/g, "E").replace(/\d+ (s|min|秒|分钟)\b/g, "AGO");
      return `${r.status()}\n${headers.replaceAll(ref, "REF")}\n${body}`;
    };
    for (const [realm, rest] of [...[...further[p.party.id]].map((k) => ["live", k]), ["exercise:desk", ""]]) {
      for (const method of rest.startsWith("/do/") ? ["GET", "POST"] : ["GET"]) {
        const about = (ref) => plain(`/m/${realm}/${ref}${rest}`, ref, method);
        // A line's state may change between two requests: what differs is asked again.
        await until(`${method} ${rest || "its page"} to answer ${p.party.id} ${p.role} as one that is not there`, async () => {
          const [it, none] = await Promise.all([about(stage.secret), about(nobody)]);
          if (it === none) return true;
          throw new Error(`${it.slice(0, 1500)}\n— and of none —\n${none.slice(0, 1500)}`);
        }, 2000);
      }
    }
  }));
}
