// A desk that locks comes back to the same place, by the passkey of the same person; and
// shows nothing in between.
import { say } from "../stage.mjs";

export default async function lock(stage) {
  for (const p of [stage.us.people.duty, stage.cn.people.duty]) {
    stage.acting.add(p);
    const place = `/m/live/${stage.open}`;
    await p.go(place);
    await p.page.getByRole("button", { name: say("lock", p.lang), exact: true }).click();
    await p.page.getByRole("heading", { name: say("lock.title", p.lang) }).waitFor();
    for (const path of [place, "/queue", "/queue.csv", "/queue.json", "/queue.ics"]) {
      const r = await p.get(path);
      if (r.status() !== 303 || path !== place && (await r.text()).includes(stage.open)) throw new Error(`locked, ${path} answers ${r.status()}`);
    }
    await p.page.getByRole("button", { name: say("sign.in.passkey", p.lang) }).click();
    await p.page.waitForURL((u) => u.pathname === place);
    await p.page.getByRole("heading", { level: 1 }).getByText(stage.open).waitFor();
  }
}
