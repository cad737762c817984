// Without JavaScript: the pages say the same, forms work, and what needs it says so.
import { fill } from "./10-story.mjs";
import { say } from "../stage.mjs";

export default async function noScript(stage) {
  const p = stage.us.people.duty;
  const context = await stage.browser.newContext({ javaScriptEnabled: false, storageState: await p.context.storageState(), viewport: { width: 1280, height: 720 } });
  context.setDefaultTimeout(15_000);
  try {
    const page = await context.newPage();
    await page.goto(`${p.party.url}/queue`);
    // A filter is a form, folded away.
    const filter = page.getByLabel(say("filter.priority", "en"));
    await page.locator("main details").filter({ has: filter }).locator("summary").click();
    await filter.selectOption({ index: 1 });
    await page.getByRole("button", { name: say("queue.apply", "en") }).click();
    if (!page.url().includes("priority=")) throw new Error(`the filter is not in the address: ${page.url()}`);
    // A language is a button, and comes back.
    const there = page.url();
    for (const [lang, html] of [["zh-Hans", "zh-Hans"], ["en", "en"]]) {
      await page.locator(`button[name=lang][value=${lang}]`).first().click();
      if (page.url() !== there || (await page.locator("html").getAttribute("lang")) !== html) throw new Error(`${lang}: at ${page.url()}`);
    }
    // A verb: wrong first, with all that was typed kept; then right, and thrown away.
    const { ref } = (await p.party.json("list", "--open")).find((l) => l.ref === stage.theirs);
    await page.goto(`${p.party.url}/m/live/${ref}/do/ask`);
    const asked = "Which time zone is meant? 是哪个时区？";
    await fill(page, { questions: [{ field: "not a field", text: asked }] });
    await page.getByRole("button", { name: say("form.to.draft", "en") }).click();
    const text = page.locator('main [name="questions[0].text"]');
    if (!(await page.getByText(say("form.wrong", "en")).count()) || (await text.inputValue()) !== asked) throw new Error(`a wrong form: ${await page.locator("main").innerText()}`);
    await fill(page, { questions: [{ field: "order.items[0].from", text: asked }] });
    await page.getByRole("button", { name: say("form.to.draft", "en") }).click();
    await page.getByText(asked).first().waitFor();
    await page.getByText(say("passkey.script", "en").slice(0, 20)).first().waitFor();
    await page.getByRole("link", { name: say("release.drop", "en") }).click();
    await page.locator("main form button").last().click(); // it asks once more
    if (!page.url().endsWith("/drafts")) throw new Error(`the draft was thrown away, and we are at ${page.url()}`);
  } finally {
    await context.close();
  }
}
