// A picture of every page in both languages, light and dark: e2e/shots/LANG/THEME/….png
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { crawl, shape } from "./look.mjs";

export default async function shots(stage) {
  const done = new Set();
  for (const p of [stage.us.people.duty, stage.us.people.administrator, stage.us.people.inspector, stage.us.people.principal]) {
    for (const lang of ["en", "zh-Hans"]) {
      await p.speak(lang);
      for (const x of await crawl(p, ["/"], 2)) {
        if (!x.html || done.has(`${lang} ${p.role === "duty" ? x.path : shape(x.path)}`)) continue;
        done.add(`${lang} ${shape(x.path)}`);
        await p.go(x.path);
        for (const scheme of ["light", "dark"]) {
          await p.page.emulateMedia({ colorScheme: scheme });
          const dir = path.join(stage.out, lang, scheme);
          await mkdir(dir, { recursive: true });
          const name = decodeURIComponent(x.path).replace(/[^\w.-]+/g, "_").replace(/^_|_$/g, "") || "watch";
          await p.page.screenshot({ path: path.join(dir, `${name.slice(0, 80)}.png`), fullPage: true });
        }
        await p.page.emulateMedia({ colorScheme: "light" });
      }
    }
  }
}
