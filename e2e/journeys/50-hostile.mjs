// What a hostile peer writes is text, wherever it is shown: nothing runs, no markup comes
// of it, and its direction stays its own.
import { crawl, inert, unbound, wide } from "../look.mjs";

export default async function hostile(stage) {
  const p = stage.us.people.duty, { page } = p;
  stage.acting.add(p);
  for (const turn of ["\u202Efdp.exe", "\u2066x"]) {
    const refused = await stage.cn.cli("note", stage.hostile, "--text", turn, "--seat", stage.cn.seat(1)).then(() => "", (e) => e.message);
    if (!refused.includes("a reader cannot see")) throw new Error(`${JSON.stringify(turn)} is not refused: ${refused}`);
  }
  const mark = "<script>alert(1)</script>", shown = [];
  const start = ["/", "/queue", "/queue?all=yes", `/m/live/${stage.hostile}`, `/search?q=alert`, `/search?q=${encodeURIComponent("ypal")}`];
  for (const x of await crawl(p, start, 6)) {
    const body = x.body.toString();
    if (!x.html) {
      // A spreadsheet takes no formula of it, and a browser no page.
      if (!/attachment/.test(x.headers["content-disposition"] ?? "") && !/json|event-stream|pdf/.test(x.type)) throw new Error(`${x.path} is ${x.type}, and not for saving`);
      continue;
    }
    if (body.includes(mark)) throw new Error(`${x.path} has the peer's markup as it came`);
    const about = x.path.includes(stage.hostile) || body.includes(stage.hostile) || body.includes("alert(1)") || /[\u0590-\u08FF]/.test(body);
    if (!about || x.status !== 200) continue;
    await p.go(x.path);
    await page.locator("details").evaluateAll((all) => all.forEach((e) => { e.open = true; }));
    const wrong = [...(await inert(page)), ...(await unbound(page)).map((t) => `not isolated: ${t}`)];
    await page.setViewportSize({ width: 320, height: 640 });
    const over = await wide(page);
    await page.setViewportSize({ width: 1280, height: 720 });
    if (over) wrong.push(`at 320 px ${over}`);
    if (wrong.length) throw new Error(`${x.path}: ${wrong.join("; ")}`);
    if ((await page.locator("body").innerText()).includes(mark)) shown.push(x.path);
  }
  // The test is of something: the matter's page shows the facts, the note and the file.
  if (!shown.includes(`/m/live/${stage.hostile}`)) throw new Error(`the payload is shown on ${shown}, and not on the matter's page`);
  const html = (await (await p.get(`/m/live/${stage.hostile}`)).body()).toString();
  for (const field of ["holder", "offence", "facts", "relation", "necessity", "limitation", "handling", "note"]) {
    if (!html.includes(`${field}!&lt;script&gt;`)) throw new Error(`the matter's page does not show the ${field}`);
  }
}
