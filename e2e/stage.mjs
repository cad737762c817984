// The stage: two nodes of the built program, paired, each with a desk on loopback, and
// the people who work there, each in a browser context of their own whose virtual
// authenticator has their passkey.
import { spawn, execFile } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey } from "node:crypto";
import { mkdtemp, mkdir, readFile, writeFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { say, name } from "./words.mjs";

// What Chromium says of pages that are as they should be: answers that are no success, and
// advice to take RSA keys too, which sign no statement (ADR 12).
const usual = /status of (4\d\d|5\d\d)|pubKeyCredParams/;

const run = promisify(execFile);
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const countries = { us: ["United States", "美国", "America/New_York"], cn: ["China", "中国", "Asia/Shanghai"] };
const titles = { us: ["Ann Duty", "Bob Second", "Cat Third", "Dan Admin", "Eve Inspector", "Fay Principal"], cn: ["李值班", "王复核", "张旁人", "赵管理", "陈督察", "刘主管"] };
export const roles = ["duty", "second", "outsider", "administrator", "inspector", "principal"];
export const drill = "exercise:desk";

const freePort = () => new Promise((ok, no) => {
  const s = createServer();
  s.on("error", no).listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => ok(port)); });
});

export const until = async (what, so, patience = 60_000) => {
  let last;
  for (const end = Date.now() + patience; Date.now() < end; await new Promise((r) => setTimeout(r, 100))) {
    try { if ((last = await so())) return last; } catch (e) { last = e; }
  }
  throw new Error(`waited in vain for ${what}: ${last}`);
};

class Party {
  constructor(stage, id) {
    Object.assign(this, { stage, id, dir: path.join(stage.dir, id), people: {} });
    this.seat = (n) => `${id}-24-7-0${n}`;
  }

  // cli runs a command in the party's folder and returns what it printed.
  async cli(...args) {
    let input;
    if (typeof args.at(-1) === "object") input = args.pop().stdin;
    const p = run(this.stage.exe, ["--dir", this.dir, ...args], { env: this.stage.env, maxBuffer: 1 << 26, cwd: this.stage.dir });
    if (input !== undefined) p.child.stdin.end(input);
    try {
      return (await p).stdout;
    } catch (e) {
      throw new Error(`comity ${args.join(" ")} at ${this.id}: ${e.stderr || e.message}`);
    }
  }
  async json(...args) { return JSON.parse(await this.cli("--json", ...args)); }

  async init() {
    const [en, zh, zone] = countries[this.id];
    const [link, ops, desk] = await Promise.all([freePort(), freePort(), freePort()]);
    await this.cli("init", "--party", this.id, "--name-en", en, "--name-zh", zh, "--zone", zone, "--agency", `${this.id}-24-7`,
      "--seats", [1, 2, 3, 4, 5].map(this.seat).join(), "--link", `127.0.0.1:${link}`, "--ops", `127.0.0.1:${ops}`, "--private");
    this.url = `http://localhost:${desk}`;
    const file = path.join(this.dir, "comity.json");
    const config = { ...JSON.parse(await readFile(file, "utf8")), desk: { listen: `127.0.0.1:${desk}`, url: this.url } };
    await writeFile(file, JSON.stringify(config, null, 2));
    await this.cli("party", "export", `${this.id}.party`);
  }

  start() {
    this.log = "";
    this.node = spawn(this.stage.exe, ["--dir", this.dir, "serve", "--attached"], { env: this.stage.env, stdio: ["pipe", "pipe", "pipe"] });
    for (const s of [this.node.stdout, this.node.stderr]) s.on("data", (b) => { this.log += b; });
    this.gone = new Promise((ok) => this.node.on("exit", ok));
    return until(`the node of ${this.id} to be up`, async () => {
      if (this.node.exitCode !== null) throw new Error(this.log);
      return (await fetch(`${this.url}/signin`)).ok;
    });
  }

  async stop() {
    this.node?.stdin.end();
    await this.gone;
  }

  // enrol brings a person in: their context, passkey and session.
  async enrol(role, i) {
    const seats = { duty: this.seat(3), second: this.seat(4), outsider: this.seat(5) }[role] ?? "";
    const args = ["enrol", "--name", titles[this.id][i], "--seats", seats];
    args.push(...(role === "administrator" ? ["--first"] : ["--roles", seats ? "officer" : role]));
    const { link } = await this.json(...args);
    const person = await this.stage.person(this, role);
    await person.page.goto(link);
    await person.page.getByRole("button", { name: say("enrol.do", person.lang) }).click();
    await person.page.waitForURL((u) => !u.pathname.startsWith("/enrol/"));
    this.people[role] = person;
    return person;
  }

  // release has the two seats whose keys are in files say something.
  async release(...args) {
    const input = typeof args.at(-1) === "object" ? [args.pop()] : [];
    const [verb] = args;
    const gates = /^(draft|supplement|lead\.provide)$/.test(verb) ? ["--sources", "none"]
      : /^answer/.test(verb) ? ["--sources", "none", "--screened", "clear"]
        : /^(accept|refuse|postpone|conditions\.propose)$/.test(verb) ? ["--screened", "clear"] : [];
    let d = await this.json(...args, "--seat", this.seat(1), ...gates, ...input);
    if (d.status === "draft" && d.signed?.length !== 1) await this.cli("approve", d.id, "--seat", this.seat(1));
    if (d.status !== "released") await this.cli("approve", d.id, "--seat", this.seat(2), "--send");
    return d.matter;
  }
}

class Person {
  constructor(party, role, context, page, authenticator, cdp) {
    Object.assign(this, { party, role, context, page, authenticator, cdp, lang: party.id === "us" ? "en" : "zh-Hans" });
  }
  go(path) { return this.page.goto(this.party.url + path); }
  get(path) { return this.context.request.get(this.party.url + path, { maxRedirects: 0 }); }

  // key is the passkey's public half, as `comity seat rekey --passkey` takes it.
  async key() {
    const { credentials } = await this.cdp.send("WebAuthn.getCredentials", { authenticatorId: this.authenticator });
    const { x, y } = createPublicKey(createPrivateKey({ key: Buffer.from(credentials[0].privateKey, "base64"), format: "der", type: "pkcs8" })).export({ format: "jwk" });
    const site = createHash("sha256").update("localhost").digest();
    const pub = Buffer.concat([Buffer.of(4), Buffer.from(x, "base64url"), Buffer.from(y, "base64url"), site]);
    return JSON.stringify({ suite: "P1", pub: pub.toString("base64") });
  }

  // refresh uses the passkey: what weighs more than reading needs it in the last five minutes.
  async refresh() {
    await this.go("/settings");
    await this.page.getByRole("button", { name: say("lock", this.lang), exact: true }).click();
    await this.page.getByRole("button", { name: say("sign.in.passkey", this.lang) }).click();
    await this.page.waitForURL((u) => u.pathname === "/settings");
  }

  // speak switches the desk's language.
  async speak(lang) {
    const r = await this.context.request.post(`${this.party.url}/settings/language`, { form: { lang, back: "/help" }, headers: { origin: this.party.url }, maxRedirects: 0 });
    if (r.status() !== 303) throw new Error(`the language: ${r.status()}`);
    this.lang = lang;
  }
}

export class Stage {
  static async open(exe, out) {
    const s = new Stage();
    Object.assign(s, { exe, out, dir: await mkdtemp(path.join(tmpdir(), "comity-e2e-")), errors: [] });
    await mkdir(out, { recursive: true });
    const pass = path.join(s.dir, "pass");
    await writeFile(pass, "correct horse battery staple\n", { mode: 0o600 });
    s.env = { ...process.env, COMITY_PASSPHRASE_FILE: pass, COMITY_DIR: "/nowhere" };
    s.us = new Party(s, "us");
    s.cn = new Party(s, "cn");
    s.parties = [s.us, s.cn];
    return s;
  }

  async set() {
    const { us, cn } = this;
    const browser = chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
    await Promise.all(this.parties.map((p) => p.init()));
    await us.cli("party", "import", "cn.party");
    await cn.cli("party", "import", "us.party");
    const { number } = await us.json("peers", "cn");
    await Promise.all([[us, cn], [cn, us]].map(async ([p, peer]) => {
      for (const n of [1, 2]) await p.cli("peer", "confirm", peer.id, "--number", number, "--seat", p.seat(n));
    }));
    this.browser = await browser;
    await Promise.all(this.parties.map((p) => p.start()));
    await Promise.all(this.parties.map(async (p) => {
      for (const role of ["administrator", ...roles.filter((r) => r !== "administrator")]) await p.enrol(role, roles.indexOf(role));
      for (const [role, n] of [["duty", 3], ["second", 4]]) {
        const file = path.join(this.dir, `${p.id}-${role}.key`);
        await writeFile(file, await p.people[role].key());
        await p.cli("seat", "rekey", p.seat(n), "--passkey", file, "--by", `${p.seat(1)},${p.seat(2)}`);
      }
      await until("the pair", async () => /live\s+OPEN/.test(await p.cli("peers")));
      await p.cli("realm", "open", drill, "--peer", p === us ? "cn" : "us", "--seat", p.seat(1));
    }));
    for (const p of this.parties) await until("the exercise", async () => (await p.cli("peers")).includes(`${drill} OPEN`));
  }

  async person(party, role) {
    const context = await this.browser.newContext({ viewport: { width: 1280, height: 720 }, locale: party.id === "us" ? "en-US" : "zh-CN" });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    this.watch(page);
    const cdp = await context.newCDPSession(page);
    await cdp.send("WebAuthn.enable");
    const { authenticatorId } = await cdp.send("WebAuthn.addVirtualAuthenticator",
      { options: { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true } });
    return new Person(party, role, context, page, authenticatorId, cdp);
  }

  // watch collects what a page must never do. What is expected of a page that answers
  // with an error is that the browser says so.
  watch(page) {
    const note = (what) => this.errors.push(`${new URL(page.url()).pathname}: ${what}`);
    page.on("console", (m) => { if (["error", "warning"].includes(m.type()) && !usual.test(m.text())) note(`console: ${m.text()}`); });
    page.on("pageerror", (e) => note(`script: ${e.message}`));
    page.on("dialog", (d) => { note(`dialog: ${d.message()}`); void d.dismiss(); });
  }

  everybody() { return this.parties.flatMap((p) => Object.values(p.people)); }

  async close() {
    await this.browser?.close();
    await Promise.all(this.parties.map((p) => p.stop()));
    await rm(this.dir, { recursive: true, force: true });
  }
}

export { say, name };
