// What an officer does with the pages, done in a browser.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { startDemo } from "./demo.mjs";
import { look } from "./look.mjs";

const executablePath = process.env.ASSIZE_CHROMIUM ?? ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);

let demo, browser, vkey;

before(async () => {
  [demo, browser] = await Promise.all([startDemo(), chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] })]);
  vkey = (await readFile(`${demo.dir}/log.vkey`, "utf8")).trim();
}, { timeout: 120_000 });

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// visit gives a page to a story and holds that nothing on it failed: no script
// error, no refused load, no dialog.
function story(name, options, walk) {
  if (typeof options === "function") [options, walk] = [{}, options];
  test(name, { timeout: 60_000 }, async () => {
    const context = await browser.newContext({ baseURL: demo.url, viewport: { width: 1280, height: 900 }, javaScriptEnabled: true, ...options });
    context.setDefaultTimeout(15_000);
    const page = await context.newPage();
    const wrong = [];
    page.on("pageerror", (e) => wrong.push(`script: ${e.message}`));
    page.on("console", (m) => { if (m.type() === "error") wrong.push(`console: ${m.text()}`); });
    page.on("dialog", (d) => { wrong.push(`dialog: ${d.message()}`); void d.dismiss(); });
    page.on("requestfailed", (r) => r.failure()?.errorText !== "net::ERR_ABORTED" && wrong.push(`load: ${r.url()} ${r.failure()?.errorText}`));
    try {
      await walk(page, wrong);
      assert.deepEqual(wrong, []);
    } finally { await context.close(); }
  });
}

const list = async (path) => (await fetch(demo.url + path, { headers: { accept: "application/json" } })).json();
const newest = async (verdict, action) => (await list("/api/v1/decisions?limit=200")).decisions.find((d) => d.verdict === verdict && d.question?.action === action);

const run = async (...args) => (await promisify(execFile)(process.env.ASSIZE_BINARY, args)).stdout;

// states are the steps of a check by what became of them.
async function check(page) {
  await page.getByRole("button", { name: "Check the proof" }).click();
  await page.locator("#proof [role=status].banner").waitFor();
  const steps = await page.locator(".steps li").evaluateAll((items) => items.map((li) => [li.querySelector("b").textContent, li.querySelector(".badge").textContent, li.querySelector("p").textContent]));
  return { steps, verdict: await page.locator("#proof [role=status]").textContent(), of: (state) => steps.filter((s) => s[1] === state).map((s) => s[0]) };
}

story("finds why the gate said no, and follows one finding to its signed evidence", async (page) => {
  await page.goto("/decisions");
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "Denied" }) }).filter({ hasText: "deploy, production" });
  await row.first().getByRole("link", { name: "Denied" }).click();
  await page.getByRole("heading", { level: 1, name: "Deployment to production denied" }).waitFor();
  const finding = page.locator("article.finding", { hasText: "FAI-02" }).first();
  assert.match(await finding.innerText(), /0\.196/, "the figure that failed is said");
  assert.match(await finding.innerText(), /Remedy\./);
  await finding.getByRole("link", { name: "fairness-assessment" }).first().click();
  await page.getByRole("heading", { level: 1, name: /fairness-assessment/ }).waitFor();
  assert.match(await page.locator("main").innerText(), /evaluation-lab@bank\.example/, "who signed it is said");
  assert.match(await page.locator("pre.statement").innerText(), /"predicateType"/);
  const { steps, of } = await check(page);
  assert.deepEqual(of("not held"), [], JSON.stringify(steps));
  for (const name of ["The evidence stands in the log", "The log commits to these bytes", "Who is named signed it", "This page says what was signed"]) assert.ok(of("held").includes(name), `${name}: ${JSON.stringify(steps)}`);
});

story("checks the proof of a decision: first use, with a pinned key, and again later", async (page) => {
  const d = await newest("deny", "deploy");
  await page.goto(`/decisions/${d.id}`);
  const first = await check(page);
  assert.deepEqual(first.of("not checked"), ["The key of the log", "The log only grew since this browser last looked", "Judged again, it comes out the same"], JSON.stringify(first.steps));
  assert.deepEqual(first.of("not held"), []);
  assert.match(first.verdict, /^Holds as far as this browser can check: 7 steps held/);
  await page.reload();
  const second = await check(page);
  assert.deepEqual(second.of("not checked"), ["Judged again, it comes out the same"], JSON.stringify(second.steps));
  await page.reload();
  await page.getByLabel("Log key, from somewhere you trust").fill(vkey);
  const pinned = await check(page);
  assert.equal(pinned.of("held").length, 9, JSON.stringify(pinned.steps));
  // A key of another log holds nothing.
  const other = vkey.slice(0, -4) + (vkey.endsWith("AAAA") ? "BBBB" : "AAAA");
  await page.getByLabel("Log key, from somewhere you trust").fill(other);
  await page.getByRole("button", { name: "Check the proof" }).click();
  await page.locator("#proof .banner.bad").waitFor();
});

// Each of these is a service that lies in one place; the step that finds it is named.
const lies = {
  "a byte of the decision": ["The service signed this decision", (b) => { b.decision.payload = flip(b.decision.payload); }],
  "a byte of the decision's signature": ["The service signed this decision", (b) => { b.decision.signatures[0].sig = flip(b.decision.signatures[0].sig); }],
  "a byte of some evidence": ["All that was judged stands in the log", (b) => { b.items.at(-3).payload = flip(b.items.at(-3).payload); }],
  "a leaf": ["All that was judged stands in the log", (b) => { b.items[4].leaf = b.items[4].leaf.replace(/"size":\d/, '"size":0'); }],
  "an inclusion proof": ["All that was judged stands in the log", (b) => { b.items[4].proof[0] = flip(b.items[4].proof[0]); }],
  "the bundle's checkpoint": ["All that was judged stands in the log", (b) => { b.checkpoint = b.checkpoint.replace("\n54\n", "\n53\n").replace(/\n(\d+)\n/, (_, n) => `\n${n - 1}\n`); }],
  "evidence left out": ["The evidence is signed by those it names", (b) => { b.items = b.items.filter((it) => !it.leaf.includes("fairness-assessment")); }],
  "the tree it was judged on": ["The log recorded exactly this decision", (b) => { b.consistency[0] = flip(b.consistency[0]); }],
};
const flip = (base64) => { const b = Buffer.from(base64, "base64"); b[b.length >> 1] ^= 1; return b.toString("base64"); };

story("sees a tampered proof refused, at the step that finds it", async (page) => {
  const d = await newest("deny", "deploy");
  let lie = null;
  await page.route("**/proof", async (route) => {
    const answer = await route.fetch();
    const bundle = await answer.json();
    lie(bundle);
    await route.fulfill({ response: answer, body: JSON.stringify(bundle) });
  });
  await page.goto(`/decisions/${d.id}`);
  for (const [what, [step, change]] of Object.entries(lies)) {
    lie = change;
    const { steps, verdict, of } = await check(page);
    assert.deepEqual(of("not held"), [step], `${what}: ${JSON.stringify(steps)}`);
    assert.match(verdict, /^Does not hold/, what);
  }
});

story("sees a page that says other than what was signed, and a log that was rewritten", async (page) => {
  const d = await newest("deny", "deploy");
  await page.route(`**/decisions/${d.id}`, async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ response: answer, body: (await answer.text()).replaceAll('data-verdict="deny"', 'data-verdict="allow"') });
  });
  await page.goto(`/decisions/${d.id}`);
  assert.deepEqual((await check(page)).of("not held"), ["This page says what was signed"]);
  await page.unroute(`**/decisions/${d.id}`);
  await page.reload();
  assert.deepEqual((await check(page)).of("not held"), []);
  // The browser saw another tree of the same size, signed by the same key: as if the
  // log had been rewritten since. Here its memory is what is changed.
  await page.evaluate(() => {
    const logs = JSON.parse(localStorage.getItem("assize/logs/v1"));
    const [origin] = Object.keys(logs);
    logs[origin + "x"] = logs[origin];
    delete logs[origin];
    localStorage.setItem("assize/logs/v1", JSON.stringify(logs));
  });
  await page.reload();
  assert.deepEqual((await check(page)).of("not held"), ["The key of the log"], "another log at the same address is not taken for the first");
  await page.getByRole("button", { name: "Forget what this browser remembers" }).click();
  assert.deepEqual((await check(page)).of("not held"), []);
});

story("sees a log that shows less than it did", async (page) => {
  const d = await newest("deny", "deploy");
  const older = (await list(`/api/v1/decisions/${d.id}`)).decision.checkpoint;
  await page.goto(`/decisions/${d.id}`);
  await check(page);
  await page.route("**/checkpoint", (route) => route.fulfill({ body: older, contentType: "text/plain" }));
  await page.reload();
  assert.deepEqual((await check(page)).of("not held"), ["The log only grew since this browser last looked"]);
});

story("sees today's tree as the continuation of the one it saw", async (page, wrong) => {
  const all = (await list("/api/v1/decisions?limit=200")).decisions;
  const early = all.at(-1), d = all[0];
  const older = (await list(`/api/v1/decisions/${early.id}`)).decision.checkpoint;
  await page.route("**/checkpoint", (route) => route.fulfill({ body: older, contentType: "text/plain" }));
  await page.goto(`/decisions/${early.id}`);
  assert.deepEqual((await check(page)).of("not held"), []);
  await page.unroute("**/checkpoint");
  await page.goto(`/decisions/${d.id}`);
  const grown = await check(page);
  assert.ok(grown.of("held").includes("The log only grew since this browser last looked"), JSON.stringify(grown.steps));
  // The same with a tile that lies.
  await page.evaluate((note) => {
    const logs = JSON.parse(localStorage.getItem("assize/logs/v1"));
    for (const l of Object.values(logs)) l.note = note;
    localStorage.setItem("assize/logs/v1", JSON.stringify(logs));
  }, older);
  await page.route("**/tile/**", async (route) => {
    const answer = await route.fetch(), b = await answer.body();
    b[0] ^= 1;
    await route.fulfill({ response: answer, body: b });
  });
  await page.reload();
  assert.deepEqual((await check(page)).of("not held"), ["The log only grew since this browser last looked"]);
  assert.deepEqual(wrong, []);
});

story("downloads the PDF, and compares with last month", async (page) => {
  await page.goto("/reports");
  const make = page.locator("form", { has: page.getByRole("button", { name: "Make it" }) });
  await make.getByLabel("Format").selectOption("pdf");
  const [download] = await Promise.all([page.waitForEvent("download"), make.getByRole("button", { name: "Make it" }).click()]);
  assert.match(download.suggestedFilename(), /^audit-credit-scoring-\d{4}-\d{2}-\d{2}\.pdf$/);
  assert.equal((await readFile(await download.path())).subarray(0, 5).toString(), "%PDF-");
  const compare = page.locator("form", { has: page.getByRole("button", { name: "Compare" }) });
  assert.match(await compare.getByLabel("From").inputValue(), /^\d{4}-\d{2}-\d{2}$/);
  await compare.getByLabel("From").fill("2025-12-20");
  await compare.getByRole("button", { name: "Compare" }).click();
  await page.getByRole("heading", { name: /What changed since 20 Dec 2025/ }).waitFor();
  assert.match(await page.locator("body").innerText(), /LIN-03/);
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector("h1")).fontFamily), "\"Times New Roman\"", "the report keeps its style sheet");
});

story("goes from a requirement to the finding, its evidence and its remedy, and to the rule", async (page) => {
  await page.goto("/frameworks");
  await page.getByRole("link", { name: "AI Risk Management Framework" }).click();
  const row = page.getByRole("row", { name: /MEASURE 2\.4/ });
  assert.match(await row.innerText(), /failed/);
  await row.getByRole("link", { name: "failed" }).click();
  const finding = page.locator("article.finding", { hasText: "OPS-02" }).first();
  assert.match(await finding.innerText(), /PSI|drift/i);
  assert.match(await finding.innerText(), /Remedy\./);
  await finding.getByRole("link", { name: "monitoring-report" }).first().waitFor();
  await finding.getByRole("link", { name: "OPS-02" }).click();
  await page.getByRole("heading", { name: /Who does not pass it now/ }).waitFor();
  assert.match(await page.getByRole("row", { name: /Retail credit scoring/ }).first().innerText(), /failed/);
  assert.match(await page.locator("section", { has: page.getByRole("heading", { name: "History" }) }).innerText(), /first parameters/);
});

story("is told when a browser cannot check", async (page) => {
  await page.addInitScript(() => {
    const real = SubtleCrypto.prototype.importKey;
    SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...rest) {
      if (algorithm === "Ed25519") return Promise.reject(new DOMException("Unrecognized name.", "NotSupportedError"));
      return real.call(this, format, key, algorithm, ...rest);
    };
  });
  const d = await newest("deny", "deploy");
  await page.goto(`/decisions/${d.id}`);
  await page.getByText("This browser cannot check: its WebCrypto does not know Ed25519.").waitFor();
  assert.match(await page.locator("main").innerText(), /assize verify decision [0-9a-f]{64}\.decision\.json --log-key log\.vkey/);
});

story("reads every page without a script", { javaScriptEnabled: false }, async (page) => {
  const d = await newest("deny", "deploy");
  await page.goto(`/decisions/${d.id}`);
  assert.match(await page.locator("#proof").innerText(), /needs a script/);
  assert.match(await page.locator("main").innerText(), /assize verify decision/);
});

story("learns from the overview what would make a system pass, and how it was in February", async (page) => {
  await page.goto("/");
  await page.getByRole("link", { name: "Retail credit scoring" }).click();
  await page.getByRole("heading", { level: 1, name: "Retail credit scoring" }).waitFor();
  const todo = await page.locator("#pass").innerText();
  assert.match(todo, /LIN-03[^]*was revoked[^]*Do: /, "what stands in the way, and what to do about it");
  assert.ok(await page.locator("svg.lineage .box.revoked").count() > 0, "the revoked thing is marked in the lineage");
  assert.ok(await page.locator("svg.chart line.bound").count() > 0, "a chart shows its bound");
  await page.getByText("Look at another moment").click();
  await page.getByLabel("As of").fill("2025-02-15");
  await page.getByRole("button", { name: "Go there" }).click();
  await page.getByText("Not now.").waitFor();
  assert.equal(await page.locator("svg.lineage .box.revoked").count(), 0, "nothing was revoked then");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Overview" }).click();
  await page.getByText("Not now.").waitFor();
  assert.match(await page.locator(".systems").innerText(), /Allowed/, "then it was allowed");
  await page.getByRole("link", { name: "Back to now" }).click();
  assert.match(await page.locator(".systems").innerText(), /Denied/);
});

story("filters the overview by keyboard, and without a script", { javaScriptEnabled: false }, async (page) => {
  await page.goto("/");
  await page.keyboard.press("Tab");
  assert.equal(await page.locator(":focus").innerText(), "Skip to the page");
  await page.getByLabel("Name, owner or URI").fill("nobody");
  await page.keyboard.press("Enter");
  await page.getByText("No system fits.").waitFor();
  await page.getByRole("link", { name: /^Show all/ }).first().click();
  await page.getByRole("combobox", { name: "Verdict" }).selectOption("deny");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await page.getByRole("heading", { name: "1 of 1 systems" }).waitFor();
});

story("has the ledger checked", async (page) => {
  await page.goto("/ledger");
  await page.getByRole("button", { name: "Check it now" }).click();
  await page.getByRole("heading", { name: "Everything holds" }).waitFor();
});

// Every page, at two widths, in light and dark: axe-core finds nothing, and nothing
// is wider than the screen. A path may need what only the ledger knows.
const pages = {
  overview: "/", decisions: "/decisions", rules: "/rules", rule: "/rules/FAI-02", frameworks: "/frameworks", framework: "/frameworks/nist-ai-rmf",
  control: "/frameworks/nist-ai-rmf/MEASURE-2.11?environment=production&system=system:credit-scoring", reports: "/reports",
  audit: "/reports/new?kind=audit&system=system:credit-scoring&environment=production&since=2025-12-20", system: "/systems/system:credit-scoring", "what a system is": "/subjects/system:credit-scoring", service: "/service",
  waivers: "/waivers", ledger: "/ledger", "system then": "/systems/system:credit-scoring?as_of=2025-02-15", "no system": "/systems/system:nobody",
  "waivers then": "/waivers?as_of=2024-12-20", "ledger then": "/ledger?known_at=20", "nothing fits": "/?q=nobody&verdict=allow", unknown: "/rules/NONE-1", past: "/?as_of=2025-06-01", "past rules": "/rules/OPS-02?known_at=30",
  denied: async () => `/decisions/${(await newest("deny", "deploy")).id}`,
  allowed: async () => `/decisions/${(await newest("allow", "deploy")).id}`,
  revoked: async () => `/decisions/${(await newest("deny", "continue")).id}`,
  subject: async () => `/subjects/${(await newest("deny", "deploy")).question.subject}`,
  attestation: async () => `/attestations/${(await list(`/api/v1/decisions/${(await newest("deny", "deploy")).id}`)).decision.findings.flatMap((f) => f.evidence ?? [])[0].id}`,
};

for (const [name, path] of Object.entries(pages)) {
  test(`looks right: ${name}`, { timeout: 60_000 }, async () => {
    const context = await browser.newContext({ baseURL: demo.url });
    try {
      const page = await context.newPage();
      await page.goto(typeof path === "string" ? path : await path());
      if (name === "denied") await check(page);
      const wrong = await look(page, name.replaceAll(" ", "-"));
      assert.deepEqual(wrong, [], wrong.join("\n"));
    } finally { await context.close(); }
  });
}

// Last, for it adds to the ledger: what signers wrote is text, whatever they wrote.
story("reads what hostile signers wrote, and nothing of it runs", { acceptDownloads: false }, async (page, wrong) => {
  const evil = `"><img src=x onerror=alert(1)></title></style></textarea><script>document.title='owned'</script>{{.}}<a href="javascript:alert(2)">`;
  const ref = "sha256:" + createHash("sha256").update("hostile data").digest("hex");
  const predicate = async (name) => JSON.parse(Buffer.from(JSON.parse(await readFile(`${demo.dir}/envelopes/${name}.json`, "utf8")).payload, "base64")).predicate;
  const at = (await list("/api/v1/decisions?limit=1")).decisions[0].time;
  const submit = async (type, subject, key, p) => {
    const file = `${demo.dir}/hostile-${type}`;
    await writeFile(`${file}.json`, JSON.stringify({ ...p, stated_at: at }));
    await run("attest", type, "--subject", subject, "--predicate", `${file}.json`, "--key", `${demo.dir}/keys/${key}.pem`, "--system", "system:credit-scoring", "--out", `${file}.dsse`);
    return JSON.parse(await run("submit", `${file}.dsse`, "--server", demo.url, "--state", `${demo.dir}/state`, "--output", "json"));
  };
  const card = await predicate("dataset-card");
  await submit("dataset-card", ref, "data-office", { ...card, name: evil, description: evil, license: evil, issuer: evil, digest: ref, limitations: [evil], splits: [] });
  await submit("system-profile", "system:credit-scoring", "compliance", { ...await predicate("system-profile"), name: evil, owner: evil, intended_purpose: evil });
  const answer = await (await fetch(demo.url + "/api/v1/gate", { method: "POST", body: JSON.stringify({ subject: ref, system: "system:credit-scoring", action: "train", environment: "production" }) })).json();
  assert.ok(answer.recorded, JSON.stringify(answer).slice(0, 500));
  const about = (await list(`/api/v1/subjects/${ref}`)).evidence["dataset-card"][0].id;
  for (const path of ["/", "/decisions", `/decisions/${answer.recorded.id}`, `/subjects/${ref}`, "/subjects/system:credit-scoring", "/systems/system:credit-scoring", "/?q=credit", `/attestations/${about}`, "/rules/DQ-01", "/frameworks", "/frameworks/nist-ai-rmf",
    "/frameworks/nist-ai-rmf/MEASURE-2.11?environment=production&system=system:credit-scoring", "/reports", "/waivers", "/ledger", `/search?q=${encodeURIComponent(evil)}`, `/rules/${encodeURIComponent(evil)}`,
    "/reports/new?kind=audit&system=system:credit-scoring&environment=production", "/reports/new?kind=inventory"]) {
    const known = wrong.length;
    await page.goto(path);
    const found = await page.evaluate(() => [...document.querySelectorAll(`img, iframe, object, script:not([src="/assets/proof.js"]), a[href^="javascript:"], [onerror]`)].map((e) => e.outerHTML.slice(0, 120)));
    assert.deepEqual(found, [], path);
    assert.notEqual(await page.title(), "owned", path);
    wrong.splice(known, wrong.length, ...wrong.slice(known).filter((w) => !/status of (404|400)/.test(w))); // a page that says no
  }
  await page.goto("/frameworks/nist-ai-rmf");
  assert.match(await page.locator("main").innerText(), /<img src=x onerror=alert\(1\)>/, "it is shown, as text");
  await page.goto(`/attestations/${about}`);
  assert.deepEqual((await check(page)).of("not held"), []);
});
