// A desk that locks comes back to the same place, by the passkey of the same person; and
// shows nothing in between, in any window. What was typed just before it is kept.
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

    const form = `${place}/do/note`, text = `typed just before ${p.party.id} locked`;
    const other = await p.page.context().newPage();
    await other.goto(p.party.url + place);
    await p.go(form);
    await p.page.locator("[name=text]").fill(text);
    await p.page.getByRole("button", { name: say("lock", p.lang), exact: true }).click();
    await p.page.getByRole("heading", { name: say("lock.title", p.lang) }).waitFor();
    await other.locator(".locked").waitFor({ timeout: 60_000 });
    if (await other.locator("main").isVisible()) throw new Error("a window shows the matter after the desk was locked");
    stage.errors = stage.errors.filter((e) => !/403|\/live/.test(e)); // by which it learns of it
    await p.page.getByRole("button", { name: say("sign.in.passkey", p.lang) }).click();
    await p.page.waitForURL((u) => u.pathname === form);
    if (await p.page.locator("[name=text]").inputValue() !== text) throw new Error("the lock lost what was typed");
    await p.page.getByRole("link", { name: say("text.drop", p.lang) }).click();
    await p.page.getByRole("button", { name: say("text.drop", p.lang) }).click();
    await other.close();
  }
}
