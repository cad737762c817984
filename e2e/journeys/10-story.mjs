// A matter by two officers on two nodes in two languages, every signature a passkey's:
// asked in English, acknowledged, asked back and answered in Chinese, closed; and its
// case file proves it to a stranger.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { request, iso } from "../seed.mjs";
import { say, until } from "../stage.mjs";

const verifier = fileURLToPath(new URL("../../docs/spec/verify.py", import.meta.url));

// flat is a body as the fields of its form: their names are its paths.
export function flat(value, prefix = "") {
  if (Array.isArray(value) && typeof value[0] === "object") return Object.assign({}, ...value.map((v, i) => flat(v, `${prefix}[${i}]`)));
  if (value && typeof value === "object" && !Array.isArray(value)) return Object.assign({}, ...Object.entries(value).map(([k, v]) => flat(v, prefix ? `${prefix}.${k}` : k)));
  return { [prefix]: value };
}

// unfold opens what an element is folded away in.
const unfold = (what) => what.evaluate((e) => { for (let d = e.closest("details"); d; d = d.parentElement.closest("details")) d.open = true; });

// fill types a body into the form of the page.
export async function fill(page, body) {
  for (const [name, value] of Object.entries(flat(body))) {
    const field = page.locator(`main [name=${JSON.stringify(name)}]`), list = name.match(/^(.*)\[\d+\]/)?.[1];
    // A list that nobody asks for has no row until its button is pressed.
    const add = page.locator(`main button[name=add][value=${JSON.stringify(list ?? "")}]`);
    if (list && !(await field.count()) && (await add.count())) {
      await unfold(add);
      await Promise.all([page.waitForEvent("load"), add.click()]);
    }
    const kind = await field.first().evaluate((e) => (e.localName === "select" ? "select" : e.type), undefined, { timeout: 3000 }).catch(() => { throw new Error(`the form has no field ${name}`); });
    await unfold(field.first());
    if (kind === "checkbox") await field.setChecked(value === true);
    else if (kind === "radio") await page.locator(`main [name=${JSON.stringify(name)}][value=${JSON.stringify(typeof value === "boolean" ? (value ? "yes" : "no") : String(value))}]`).check();
    else if (kind === "select") await field.selectOption(typeof value === "boolean" ? (value ? "yes" : "no") : String(value));
    else await field.fill(Array.isArray(value) ? value.join("\n") : String(value));
  }
}

// toDraft sends the form and returns the draft that came of it.
export async function toDraft(person) {
  await person.page.getByRole("button", { name: say("form.to.draft", person.lang) }).click();
  const { page } = person, wrong = page.locator("main :is(.wrong, .notice.late)");
  const came = await Promise.race([page.waitForURL(/\/d\/D-\d+/).then(() => true, () => false), wrong.first().waitFor().then(() => false, () => false)]);
  if (!came) throw new Error(`no draft came of the form at ${page.url()}: ${(await wrong.allInnerTexts()).join("; ")}`);
  return new URL(person.page.url()).pathname;
}

const sign = async (person, draft) => {
  await person.go(draft);
  await person.page.getByRole("button", { name: say("release.approve", person.lang) }).click();
};

// release has both officers of a desk sign a draft; it leaves with what suffices.
export async function release(party, draft, alone = false) {
  const { duty, second } = party.people;
  // Whose source needs protection: a seat answers in our own file, unless the form did.
  if (!alone) await party.cli("protect", draft.slice(3), "--rest", "no", "--seat", party.seat(1)).catch(() => "");
  await sign(duty, draft);
  if (!alone) {
    await duty.page.getByText(say("release.another", duty.lang)).waitFor();
    await sign(second, draft);
  }
  const last = alone ? duty : second;
  await last.page.getByText(say("release.done", last.lang, { who: "" }).trim().split(/[。.]/)[0]).first().waitFor();
}

// opens waits until a desk's page of a matter shows a text.
export const opens = (person, ref, text) => until(`${text} on the desk of ${person.party.id}`, async () => {
  const r = await person.go(`/m/live/${ref}`);
  return r.ok() && (await person.page.locator("main").textContent()).includes(text);
}, 30_000);

// says makes a statement of a verb's form in a matter.
async function says(person, ref, kind, body, alone, gates = {}) {
  await person.go(`/m/live/${ref}/do/${kind}`);
  await fill(person.page, { ...body, ...gates });
  await release(person.party, await toDraft(person), alone);
}

export default async function story(stage) {
  const { us, cn } = stage, ann = us.people.duty, li = cn.people.duty;
  for (const p of [ann, us.people.second, li, cn.people.second]) stage.acting.add(p);
  const facts = "On 2023-08-08 an update that switches the botnet off was offered from the address below, as ESET published on 2023-11-01.";

  await ann.go("/new");
  await ann.page.locator('a[href$="/new/preserve"]').first().click();
  const { type, ...asked } = request("us", "cn", { facts, reference: "US-24-7/3001" }); // the page is that of its type
  for (const it of asked.order.items) delete it.id; // the form numbers them
  await fill(ann.page, asked);
  if (await ann.page.locator('main [name="sources"]').count()) await fill(ann.page, { sources: "none" });
  const draft = await toDraft(ann);
  await release(us, draft);
  const { ref } = (await us.json("list")).find((l) => ![stage.open, stage.answered].includes(l.ref) && l.ref.startsWith("US"));

  await opens(li, ref, facts.slice(0, 40));
  await says(li, ref, "acknowledge", { statement: (await cn.json("show", ref)).timeline[0].id, reference: "CN-24-7/0977" }, true);
  await opens(ann, ref, "CN-24-7/0977");

  await says(li, ref, "ask", { questions: [{ field: "order.items[0].port", text: "服务器在哪个端口应答？" }] }, false);
  await opens(ann, ref, "服务器在哪个端口应答？");
  await says(ann, ref, "supplement", { replies: [{ field: "order.items[0].port", text: "Port 80, as the item says." }] }, false);
  await opens(li, ref, "Port 80, as the item says.");

  await cn.cli("screen", ref, "--rest", "no", "--seat", cn.seat(1));
  await says(li, ref, "answer", { results: [{ item: "1", result: "preserved", hold_from: iso(), hold_until: iso(24 * 80), use: "lead_only" }] }, false);
  await opens(ann, ref, say("clock.stopped", "en").split(" {")[0]);
  await until("the answer's receipt", async () => (await cn.json("show", ref)).timeline.every((r) => !r.receipted.startsWith("0001")));

  // Whoever has only the file and the trust file finds it good, with both verifiers.
  for (const party of stage.parties) {
    const file = path.join(stage.dir, `${party.id}.comity`), trust = path.join(stage.dir, `${party.id}.trust.json`);
    await party.cli("export", ref, "--out", file);
    await party.cli("trust", "--out", trust);
    const told = await party.cli("verify", file, "--trust", trust);
    if (!told.includes("signed by passkey, user verified")) throw new Error(`comity verify says\n${told}`);
    const { stdout } = await promisify(execFile)("python3", ["-B", verifier, file, "--trust", trust]);
    if (!stdout.includes("signed by passkey, user verified: us-24-7-03, us-24-7-04")) throw new Error(`verify.py says\n${stdout}`);
    if (!existsSync(file)) throw new Error("no case file");
  }
  stage.told = ref;
}
