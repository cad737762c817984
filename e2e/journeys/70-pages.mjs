// Every page that links lead to, as the people who have pages of their own, in both
// languages: no fault that axe-core finds, in light or dark; no wider than a window of
// 320 px, or of 1280 px at 200 %; visible in forced colours; with its own title, one
// heading, the policy, and a quiet console.
import { accessible, crawl, inert, shape, wide } from "../look.mjs";

// outlined is what forced colours would leave without an edge or a contrast of its own.
const outlined = (page) => page.evaluate(() => [...document.querySelectorAll("button, input:not([type=hidden]), select, textarea, .button, .tag, .notice")]
  .filter((e) => e.checkVisibility() && !e.matches("[type=checkbox], [type=radio], [type=file]"))
  .filter((e) => { const s = getComputedStyle(e); return !["Top", "Left", "Bottom", "Right"].some((x) => s[`border${x}Style`] !== "none" && parseFloat(s[`border${x}Width`]) > 0) || s.color === s.backgroundColor; })
  .map((e) => `${e.localName}.${e.className} “${e.textContent.trim().slice(0, 20)}”`).slice(0, 3));

async function look(page, url, faults, scheme) {
  const r = await page.goto(url);
  const note = (what) => faults.push(`${new URL(url).pathname}${new URL(url).search}: ${what}`);
  if (r.status() !== 200) return note(`it answers ${r.status()}`);
  const policy = r.headers()["content-security-policy"] ?? "";
  if (!policy.startsWith("default-src 'none'") || !policy.includes("require-trusted-types-for 'script'") || /unsafe|\*/.test(policy)) note(`its policy is ${policy}`);
  for (const markup of await inert(page)) note(`it has ${markup}`);
  const heads = await page.locator("h1").count();
  if (heads !== 1) note(`it has ${heads} h1`);
  for (const v of await accessible(page)) note(v);
  // Only colours differ in the dark.
  await page.emulateMedia({ colorScheme: scheme });
  for (const v of await accessible(page, ["color-contrast", "link-in-text-block"])) note(`dark: ${v}`);
  await page.emulateMedia({ colorScheme: "light", forcedColors: "active" });
  for (const e of await outlined(page)) note(`forced colours: ${e} has no edge`);
  await page.emulateMedia({ colorScheme: "light", forcedColors: "none" });
  for (const width of [640, 320]) { // 1280 px at 200 %, and 400 %
    await page.setViewportSize({ width, height: 640 });
    const over = await wide(page);
    if (over) note(`at ${width} px ${over}`);
  }
  await page.setViewportSize({ width: 1280, height: 720 });
  return { title: await page.title(), h1: await page.locator("h1").first().innerText().catch(() => "") };
}

// one are the pages of a person in a language: what others have shown already is left out.
async function one(stage, p, lang, done, faults) {
  await p.speak(lang);
  await p.refresh();
  const pages = (await crawl(p, ["/"], 1)).filter((x) => x.html && x.status === 200 && !done.has(`${lang} ${p.party.id} ${shape(x.path)}`));
  const titles = new Map(), queue = pages.map((x) => x.path).sort((a, b) => b.startsWith("/settings") - a.startsWith("/settings"));
  const work = async (page) => {
    for (let path; (path = queue.shift());) {
      done.add(`${lang} ${p.party.id} ${shape(path)}`);
      const is = await look(page, p.party.url + path, faults, "dark");
      if (!is) continue;
      const same = titles.get(is.title);
      if (same && shape(same.split("?")[0]) !== shape(path.split("?")[0])) faults.push(`${path}: its title is that of ${same}: ${is.title}`);
      titles.set(is.title, path);
    }
  };
  const second = await p.context.newPage();
  stage.watch(second);
  await Promise.all([work(p.page), work(second)]);
  await second.close();
  return pages.length;
}

export default async function pages(stage) {
  const done = new Set(), faults = [];
  let looked = 0;
  for (const p of [stage.us.people.duty, stage.us.people.administrator, stage.us.people.inspector, stage.us.people.principal]) {
    for (const lang of ["zh-Hans", "en"]) looked += await one(stage, p, lang, done, faults);
  }
  // Who has not signed in has pages too.
  const context = await stage.browser.newContext({ viewport: { width: 1280, height: 720 } });
  const page = await context.newPage();
  stage.watch(page);
  await look(page, `${stage.us.url}/signin`, faults, "dark");
  await context.close();
  if (looked < 40) faults.push(`only ${looked} pages were found`);
  if (faults.length) throw new Error(`${faults.length} faults on ${looked} pages:\n${[...new Set(faults)].slice(0, 60).join("\n")}`);
}
