// What the nodes have before a journey begins: matters in several states in both
// directions, one that few may know of, one full of what a hostile peer might write,
// one in an exercise.
import { writeFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { drill, until } from "./stage.mjs";

const day = (n) => new Date(Date.now() + n * 864e5).toISOString().slice(0, 10);
export const iso = (hours = 0) => new Date(Date.now() + hours * 36e5).toISOString().slice(0, 19) + "Z";

// request is one that the guidelines find nothing against.
export function request(from, to, say = {}) {
  const us = from === "us";
  return {
    type: "preserve",
    authority: { agency: `${from}-24-7`, seat: `${from}-24-7-01`, contact: us ? "+1-202-555-0101" : "+86-10-5550-0101", zone: us ? "America/New_York" : "Asia/Shanghai", hours: "24/7" },
    addressee: { agency: `${to}-24-7` },
    basis: { id: "bilateral-default", reciprocity: true, borrowed: ["Budapest Convention, art. 29(2)"] },
    priority: say.priority ?? "P1",
    order: { holder: say.holder ?? "the provider of the address", items: [{ id: "1", type: "ipv4", value: say.address ?? "157.119.75.16", port: 80, clock: "NTP, within 1 s", from: "2023-08-01T00:00:00Z", to: "2023-08-31T00:00:00Z", data: "traffic" }] },
    supporting: {
      offence: { category: "hacking", description: say.offence ?? "control of infected devices by the Mozi botnet", provision: "18 U.S.C. § 1030(a)(5)", penalty: "up to 10 years", counterpart: "Criminal Law of the PRC, art. 285" },
      event: { from: "2023-08-08", country: "us", victims: 1 },
      facts: say.facts ?? "On 2023-08-08 an update that switches Mozi off was offered from the address below (ESET, 2023-11-01).",
      relations: [{ item: "1", kind: "other", text: say.relation ?? "it served the update" }],
      necessity: { kind: "short_retention", text: say.necessity ?? "access logs are kept for a limited time" },
      purpose: { use: "investigation", limitation: say.limitation ?? "this investigation", handling: say.handling ?? "kept by the investigating unit" },
    },
    confidentiality: { no_user_notice: true, reason: say.reason ?? "the investigation is not public" },
    follow_up: { intended: true, planned: day(28) },
    earlier: [{ kind: "none" }],
    reference: say.reference ?? "OUR-2026-1187",
    language: us ? "en" : "zh",
  };
}

// marker stands in every text of the matter that few may know of.
export const marker = "Nightjar-7Q";

// hostile is what a peer's officer or program might put into a field.
export const hostile = (field) => `${field}!<script>alert(1)</script><img src=x onerror=alert(2)><svg/onload=alert(3)>"'><b onclick="alert(4)">` +
  `javascript:alert(5) {{7*7}} \${7*7} <%=7*7%> </title></textarea> \u0440\u0430ypal ` + "W".repeat(70);
// What turns the direction is refused when it is written; letters that run the other way
// are a language.
export const bidi = "\u05D7\u05E9\u05D1\u05D5\u05E0\u05D9\u05EA 12.exe";

export async function seed(stage) {
  const { us, cn } = stage;
  const other = (p) => (p === us ? cn : us);
  const ask = async (p, say, realm = "live") => {
    const body = request(p.id, other(p).id, say);
    const ref = await p.release("draft", "-", "--to", other(p).id, "--realm", realm, { stdin: JSON.stringify(body) });
    await until(ref, async () => (await other(p).json("list", "--realm", realm)).some((l) => l.ref === ref));
    return ref;
  };
  // Each node has its own work: both at once.
  const sees = (p, ref, state) => until(`${ref} to be ${state} at ${p.id}`, async () => (await p.json("show", ref)).state === state);
  const ours = async () => {
    stage.open = await ask(us, {});
    stage.answered = await ask(us, { address: "103.136.42.158", reference: "OUR-2026-1188" });
  };
  const theirs = async () => {
    stage.theirs = await ask(cn, { facts: "2023年8月8日，下列地址提供了使Mozi停止运行的更新。", offence: "利用Mozi僵尸网络控制受感染设备。", holder: "该地址的服务提供者", relation: "提供了该更新", necessity: "访问日志仅保存有限时间。" });
    stage.secret = await ask(cn, { facts: `${marker} is where it was seen.`, offence: `the case ${marker}`, reference: marker, holder: marker });
    stage.hostile = await ask(cn, Object.fromEntries(["holder", "offence", "facts", "relation", "necessity", "limitation", "handling", "reason"].map((k) => [k, hostile(k)]).concat([["reference", "REF<img src=x onerror=alert(6)>"]])));
  };
  await Promise.all([ours(), theirs()]);
  await Promise.all([
    (async () => { stage.drill = await ask(us, { address: "203.0.113.9" }, drill); })(),
    (async () => {
      await cn.release("acknowledge", stage.answered, "--reference", "CN-24-7/0412");
      await cn.release("answer", stage.answered, "--item", "1", "--result", "preserved", "--until", iso(24 * 60));
      await sees(us, stage.answered, "answered");
    })(),
    (async () => {
      for (const p of [us, cn]) await p.cli("restrict", stage.secret, "--add", p.seat(3), "--seat", p.seat(1));
      await us.cli("screen", stage.secret, "minor", "yes", "--note", `our own ${marker}`, "--seat", us.seat(1));
      await mkdir(path.join(stage.dir, "files"), { recursive: true });
      const file = path.join(stage.dir, "files", `a&lt;b&gt;'{{7+7}}'${bidi.replace(" ", "_")}.txt`);
      await writeFile(file, "a table\n");
      await cn.release("note", stage.hostile, "--text", `${hostile("note")} ${bidi}`, "--attach", file);
    })(),
  ]);
}
