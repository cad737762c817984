// Everything by keys: the skip link, the list by j, k and Enter, a form by Tab and Enter;
// and single keys keep still in a field and when they are turned off.
import { say } from "../stage.mjs";

export default async function keyboard(stage) {
  const p = stage.us.people.duty, { page } = p;
  stage.acting.add(p);
  const at = () => page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? "");
  const tabTo = async (what, locator, most = 90) => {
    for (let i = 0; i < most; i++) {
      await page.keyboard.press("Tab");
      if (await locator.evaluateAll((all) => all.includes(document.activeElement))) return;
    }
    throw new Error(`Tab does not come to ${what} in ${most} steps; it is at ${await at()}`);
  };
  const seen = () => page.evaluate(() => { // where the focus is can be seen
    const s = getComputedStyle(document.activeElement);
    return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 1 || s.boxShadow !== "none";
  });

  // Single keys are an officer's choice.
  await p.go("/settings");
  const keys = page.getByLabel(say("settings.keys", "en"));
  await tabTo("the choice of keys", keys);
  if (!(await keys.isChecked())) await page.keyboard.press("Space");
  await tabTo("the button that saves", page.getByRole("button", { name: say("settings.save", "en") }));
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);

  await p.go("/queue");
  await page.keyboard.press("Tab");
  if (!(await at()).includes("#main")) throw new Error(`the first Tab is at ${await at()}, not at the link that skips to the contents`);
  if (!(await seen())) throw new Error("the skip link has the focus and does not show it");
  await page.keyboard.press("Enter");
  const rows = page.locator("[data-item]");
  const marked = () => rows.evaluateAll((all) => all.findIndex((r) => r.contains(document.activeElement)));
  for (const [key, want] of [["j", 0], ["j", 1], ["k", 0]]) {
    await page.keyboard.press(key);
    if ((await marked()) !== want) throw new Error(`${key} goes to line ${await marked()}, not ${want}`);
    if (!(await seen())) throw new Error(`${key}: the line has the focus and does not show it`);
  }
  const ref = await rows.first().locator("a").first().innerText();
  await page.keyboard.press("Enter");
  await page.waitForURL((u) => u.pathname.endsWith(ref));

  // From the matter to a form and back to a draft, without a mouse.
  const moves = page.locator('main a[href*="/do/"]');
  await moves.first().waitFor({ state: "attached" });
  if (!(await moves.first().isVisible())) { // nothing is owed by us there: what else may be said is folded away
    await tabTo("the other moves", page.locator("main summary", { hasText: say("matter.others", "en") }));
    await page.keyboard.press("Enter");
  }
  await tabTo("a move", moves);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/do\//);
  const field = page.locator("main form[action*='/do/'] :is(input, textarea):not([type=hidden], [type=checkbox], [type=radio], [type=file])").first();
  await tabTo("a field", field);
  await page.keyboard.type("jk?/n");
  if ((await field.inputValue()) !== "jk?/n" || !page.url().includes("/do/")) throw new Error("single keys act in a field");
  await tabTo("the button of the form", page.getByRole("button", { name: say("form.to.draft", "en") }));

  // Nothing is reached in an order that jumps back up the page, nor is skipped.
  for (const path of ["/queue", "/help", `/m/live/${stage.open}`]) {
    await p.go(path);
    const all = await page.locator("a[href], button:not([disabled]), input:not([type=hidden]), select, textarea, summary, [tabindex='0']")
      .evaluateAll((list) => list.filter((e) => e.checkVisibility()).length);
    const reached = new Set();
    for (let i = 0; i < all + 5; i++) {
      await page.keyboard.press("Tab");
      const n = await page.evaluate(() => [...document.querySelectorAll("*")].indexOf(document.activeElement));
      if (reached.has(n)) break;
      reached.add(n);
    }
    if (reached.size < all) throw new Error(`${path}: Tab reaches ${reached.size} of ${all} controls`);
  }
}
