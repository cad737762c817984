// Runs the journeys, one after the other, on one stage; prints a line of JSON for each.
// With --shots it looks at every page in place of that, and keeps its picture.
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Stage } from "./stage.mjs";
import { seed } from "./seed.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const options = { comity: path.join(here, "../bin/comity"), out: path.join(here, "out"), shots: false, only: "" };
for (let i = 2; i < process.argv.length; i++) {
  const key = process.argv[i].replace(/^--/, "");
  if (!(key in options)) { console.error(`no flag ${process.argv[i]}`); process.exit(2); }
  options[key] = key === "shots" ? true : process.argv[++i];
}

const tell = (x) => console.log(JSON.stringify(x));
// A picture and the text of every page that somebody had open.
const evidence = async (stage, name) => {
  const list = [];
  for (const p of stage.everybody()) {
    if (p.page.url() === "about:blank") continue;
    const file = path.join(options.out, `${name}-${p.party.id}-${p.role}.png`);
    const text = await p.page.locator("main").innerText({ timeout: 2000 }).catch(() => "no page");
    await p.page.screenshot({ path: file, fullPage: true }).catch(() => {});
    if (stage.acting.has(p)) list.push(`${p.party.id} ${p.role} at ${p.page.url()} (${file}):\n${text.slice(0, 3000)}`);
  }
  return list.join("\n\n");
};

const stage = await Stage.open(path.resolve(options.comity), path.resolve(options.out));
let failed = 0;
const act = async (name, play) => {
  const start = Date.now();
  stage.errors = [];
  stage.acting = new Set();
  let error = "";
  try {
    await play();
    if (stage.errors.length) throw new Error(`the browser reports:\n${[...new Set(stage.errors)].join("\n")}`);
  } catch (e) {
    failed++;
    error = `${e.stack ?? e}\n${await evidence(stage, name)}`;
  }
  tell({ name, ok: !error, seconds: (Date.now() - start) / 1000, error });
  return !error;
};

try {
  if (await act("stage", async () => { await stage.set(); await seed(stage); })) {
    if (options.shots) {
      const { default: play } = await import("./shots.mjs");
      await act("shots", () => play(stage));
    } else {
      const names = (await readdir(path.join(here, "journeys"))).filter((f) => f.endsWith(".mjs")).sort();
      for (const f of names.filter((f) => f.includes(options.only))) {
        const { default: play } = await import(`./journeys/${f}`);
        await act(f.replace(".mjs", ""), () => play(stage));
      }
    }
  }
  if (failed) for (const p of stage.parties) await writeFile(path.join(options.out, `${p.id}.log`), p.log ?? "");
} finally {
  await stage.close();
}
process.exit(failed ? 1 : 0);
