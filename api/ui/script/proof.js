// Checks the proof of the page it stands on: a decision, or one piece of evidence.
// It reads what anybody can read of the service and believes none of it: each step
// holds, does not hold, or was not checked, and says why.
//
// What is remembered, in this browser only: for each log the key and the newest
// checkpoint that held. verify.js does the arithmetic.

import * as v from "./verify.js";

const place = document.getElementById("proof");
const HELD = "held", BROKEN = "not held", OPEN = "not checked";

// Memory of this browser.

const memory = {
  name: "assize/logs/v1",
  read() {
    try { return JSON.parse(localStorage.getItem(this.name)) ?? {}; } catch { return {}; }
  },
  write(logs) {
    try { localStorage.setItem(this.name, JSON.stringify(logs)); return true; } catch { return false; }
  },
  forget() {
    try { localStorage.removeItem(this.name); } catch { /* nothing was kept */ }
  },
};

// Reading the service.

const MAX_ANSWER = 64 << 20; // bytes; a larger proof is work for the command line

async function read(path) {
  const r = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error", headers: { Accept: "application/json, */*;q=0.1" } });
  if (!r.ok) throw new v.Broken(`the service answered ${r.status} for ${path}`);
  const b = new Uint8Array(await r.arrayBuffer());
  if (b.length > MAX_ANSWER) throw new v.Broken(`${path} has ${b.length} bytes, this page reads ${MAX_ANSWER}; use the command below`);
  return b;
}

async function readJSON(path) {
  const s = v.text(await read(path));
  try { return JSON.parse(s); } catch { throw new v.Broken(`${path} is not JSON`); }
}

// Steps. Each gets the state of those before it and returns what to say; one that
// does not hold ends the check, for all that follows builds on it.

// chooseKey settles under which key the log is checked.
async function chooseKey(s) {
  const logs = memory.read(), pasted = s.pasted.trim();
  if (pasted) {
    s.keys = await v.verifierKeys(pasted);
    s.how = "pasted";
    return [HELD, `The key you pasted is used, of ${s.keys[0].name}. What holds below holds against that key.`];
  }
  const offered = v.text(await read("/log.vkey"));
  const origin = (await v.verifierKeys(offered))[0].name;
  const before = logs[origin];
  if (before) {
    s.keys = await v.verifierKeys(before.key);
    s.how = before.how;
    const from = before.how === "pasted" ? "It was pasted here then." : "The service itself gave it then; it cannot put another in its place since.";
    return [HELD, `The key this browser remembers of ${origin} since ${day(before.since)} is used. ${from}`];
  }
  const others = Object.keys(logs);
  if (others.length) {
    throw new v.Broken(`This address showed another log before: ${others.join(", ")}. Now it shows ${origin}. Paste the key of the log you mean, or, if the change is right (a new demonstration, say), have this browser forget what it remembers.`);
  }
  s.keys = await v.verifierKeys(offered);
  s.how = "first use";
  return [OPEN, `First use: this browser has not seen ${origin} before and takes the key from the service, which is only as good as the service. Compare it with the key you have from elsewhere, or paste that one: ${s.keys.map((k) => k.line).join(" ")}`];
}

async function newestCheckpoint(s) {
  s.now = await v.checkpoint(v.text(await read("/checkpoint")), s.keys);
  return [HELD, `The log ${s.now.origin} signed the head of its tree of ${count(s.now.size, "entry", "entries")}, by Ed25519.`];
}

const tile = (path) => read("/" + path);

// grown checks that the log still begins as it did when this browser last looked.
async function grown(s) {
  const seen = memory.read()[s.now.origin];
  let said = [OPEN, "There is nothing to compare with: this browser has seen no checkpoint of this log before. It remembers this one from now on."];
  if (seen?.note) {
    const last = await v.checkpoint(seen.note, s.keys);
    if (last.size > s.now.size) throw new v.Broken(`The service shows a tree of ${s.now.size} entries. On ${day(seen.seen)} it showed this browser ${last.size}: entries are kept back, or were taken out.`);
    await v.consistent(last.size, last.root, s.now.size, s.now.root, await v.consistencyProof(last.size, s.now.size, tile));
    said = [HELD, last.size === s.now.size ? `It is the tree of ${last.size} entries that this browser saw on ${day(seen.seen)}, unchanged.` : `The tree of ${last.size} entries that this browser saw on ${day(seen.seen)} is the beginning of today's ${s.now.size}. Nothing in it was changed.`];
  }
  s.remember = () => {
    const logs = memory.read(), key = s.keys.map((k) => k.line).join("\n"), today = new Date().toISOString();
    const since = logs[s.now.origin]?.key === key ? logs[s.now.origin].since : today;
    logs[s.now.origin] = { key, how: s.how, since, note: s.now.note, seen: today };
    return memory.write(logs);
  };
  return said;
}

// below checks that a checkpoint that came with a proof is of the same log, and no
// more than its newest.
async function below(s, note) {
  const cp = await v.checkpoint(note, s.keys);
  if (cp.origin !== s.now.origin) throw new v.Broken(`the proof is of the log ${cp.origin}`);
  if (cp.size <= s.now.size) await v.consistent(cp.size, cp.root, s.now.size, s.now.root, await v.consistencyProof(cp.size, s.now.size, tile));
  else await v.consistent(s.now.size, s.now.root, cp.size, cp.root, await v.consistencyProof(s.now.size, cp.size, tile));
  return cp;
}

// Steps of a decision.

async function bundled(s) {
  s.bundle = await readJSON(`/api/v1/decisions/${s.id}/proof`);
  if (s.bundle.v !== 1) throw new v.Broken(`the proof bundle is of version ${s.bundle.v}, this page reads version 1`);
  s.tree = await below(s, s.bundle.checkpoint);
  s.items = new Map();
  let gone = 0;
  for (const it of s.bundle.items) await at(it.index, async () => {
    const leaf = v.parseLeaf(it.leaf);
    await v.included(await v.leafHash(v.bytes(it.leaf)), it.index, s.tree.size, s.tree.root, v.hashes(it.proof, "an inclusion proof"));
    const one = { index: it.index, leaf };
    if (it.payload === undefined && it.salt === undefined) gone++;
    else {
      one.payload = v.base64(it.payload, "a payload");
      await v.committed(leaf, it.salt, one.payload);
    }
    s.items.set(it.index, one);
  });
  const rest = gone ? ` ${count(gone, "was", "were")} erased since: their leaves are there, what they said is not.` : "";
  return [HELD, `${count(s.items.size, "entry", "entries")}: the decision, the evidence, rules, parameters and trust. Each leaf hashes into the signed tree (RFC 6962) and commits to exactly the bytes that were shown (HMAC-SHA-256 under its salt).${rest}`];
}

// at says of a fault at which entry it is.
async function at(index, work) {
  try { await work(); } catch (err) {
    throw err instanceof v.Broken ? new v.Broken(`the entry at index ${index}: ${err.message}`) : err;
  }
}

// trusted follows the trust from the log's first entry, each signed by an
// administrator of the one before it.
async function trusted(s) {
  const entries = [...s.items.values()].filter((it) => it.leaf.kind === "trust" && it.index < s.bundle.judged_size);
  if (entries[0]?.index !== 0) throw new v.Broken("the first trust of a log is its first entry, and the bundle begins with another");
  let before = null, last = null, beyond = 0;
  for (const it of entries) {
    const st = await v.statement(JSON.parse(v.text(it.payload))), a = st.content.predicate;
    if (a.kind !== "trust" || a.log_origin !== s.tree.origin || (a.follows ?? null) !== last) throw new v.Broken(`the trust at index ${it.index} was not signed to follow the one before it in this log`);
    const admins = (before ?? a.document).signers.filter((x) => x.roles.includes("admin") && x.key);
    const keys = await Promise.all(admins.map((x) => v.publicKey(x.key)));
    if (keys.some((k) => k.kind)) await v.signedBy(st, keys);
    else beyond++;
    before = a.document; last = it.index;
  }
  s.trust = before;
  if (!s.trust.service.log_keys.some((k) => s.keys.some((mine) => mine.line === k))) throw new v.Broken("the trust in force does not name the log key that is checked under");
  if (beyond) return [OPEN, `${count(beyond, "trust document is", "trust documents are")} signed by an administrator without a plain key; certificates and identities are beyond this page.`];
  return [HELD, `${count(entries.length, "trust document", "trust documents")}, from entry 0 on, each signed by an administrator of the one before. The last, at index ${last}, names the log key and the decision key.`];
}

async function signed(s) {
  const st = await v.statement(s.bundle.decision);
  if (st.id !== s.id) throw new v.Broken(`the bundle is about decision ${st.id}, this page about ${s.id}`);
  const [by] = await v.signedBy(st, await Promise.all(s.trust.service.decision_keys.map(v.publicKey)));
  s.decision = st.content.predicate;
  return [HELD, `Signed with ${by.kind.name} by the decision key ${by.id.slice(0, 16)}… that the trust names. The id of this decision is the digest of what was signed.`];
}

async function recorded(s) {
  const found = [...s.items.values()].filter((it) => it.leaf.kind === "decision");
  const it = found[0];
  if (found.length !== 1 || it.index < s.bundle.judged_size) throw new v.Broken("no one entry after the judged tree records this decision");
  if (!same(JSON.parse(v.text(it.payload)).decision, s.bundle.decision)) throw new v.Broken(`the entry at index ${it.index} records another decision`);
  const judged = await v.checkpoint(s.decision.checkpoint, s.keys);
  if (judged.size !== s.decision.judged_size || judged.size !== s.bundle.judged_size) throw new v.Broken("the decision names another tree than it was judged on");
  await v.consistent(judged.size, judged.root, s.tree.size, s.tree.root, v.hashes(s.bundle.consistency, "the consistency proof"));
  return [HELD, `The entry at index ${it.index}, logged ${when(it.leaf.time)}, holds exactly this decision. It was judged on the first ${judged.size} entries, and they are still the beginning of the log.`];
}

// evidenceSigned checks the signatures on the evidence, as far as plain keys reach.
async function evidenceSigned(s) {
  const cited = new Set(s.decision.findings.flatMap((f) => (f.evidence ?? []).map((e) => e.index)));
  const keys = new Map();
  for (const x of s.trust.signers) if (x.key) { const k = await v.publicKey(x.key); keys.set(k.id, { ...k, who: x.principal }); }
  let held = 0, open = 0;
  const people = new Set();
  for (const index of cited) {
    const it = s.items.get(index);
    if (!it) throw new v.Broken(`the decision cites the entry at index ${index}, and the bundle does not hold it`);
    if (!it.payload) { open++; continue; }
    const env = JSON.parse(v.text(it.payload));
    if (!env.payloadType || env.signatures.some((x) => !keys.get(x.keyid || it.leaf.signer)?.kind)) { open++; continue; }
    for (const k of await v.signedBy(await v.statement(env), env.signatures.map((x) => keys.get(x.keyid || it.leaf.signer)))) people.add(k.who);
    held++;
  }
  const rest = open ? ` ${count(open, "piece", "pieces")} more: signed by certificate or identity, or erased; those signatures are not checked here.` : "";
  if (!held) return [OPEN, `No piece of the evidence is signed with a plain key.${rest}`];
  return [HELD, `${count(held, "piece", "pieces")} of the evidence the findings cite ${held === 1 ? "is" : "are"} signed by the key the trust names for ${[...people].sort().join(", ")}.${rest}`];
}

// shown compares the page with what was signed.
async function shown(s) {
  const d = s.decision, q = d.question;
  const said = { verdict: d.verdict, subject: q.subject, system: q.system ?? "", action: q.action, environment: q.environment, until: d.holds_until ?? "", flips: d.flips_at ?? "" };
  for (const [name, value] of Object.entries(said)) {
    if (place.dataset[name] !== value) throw new v.Broken(`this page says "${place.dataset[name]}" for ${name}, the signed decision says "${value}"`);
  }
  const finding = (f) => [f.rule, f.status, f.effect, f.subject.ref].join(" ");
  const here = [...document.querySelectorAll("[data-finding]")].map((e) => e.dataset.finding).sort();
  const there = d.findings.map(finding).sort();
  if (!same(here, there)) throw new v.Broken("the findings on this page are not those of the signed decision");
  return [HELD, `Verdict, question, dates and the status of ${count(there.length, "finding", "findings")} on this page are those that were signed.`];
}

const again = async () => [OPEN, "Whether the rules lead from this evidence to this verdict takes the rule engine, which is no part of this page: the command below judges again, offline."];

// Steps of one piece of evidence.

async function received(s) {
  s.answer = await readJSON(`/api/v1/attestations/${s.id}?as=json`);
  const one = s.answer.leaves.find((l) => l.envelope);
  if (!one) throw new v.Skip("What was stored is erased. The leaf stays in the log, and nobody can tell any more what it said.");
  s.one = one;
  const r = one.receipt;
  s.tree = await below(s, r.checkpoint);
  s.leaf = v.parseLeaf(r.leaf);
  await v.included(await v.leafHash(v.bytes(r.leaf)), r.index, s.tree.size, s.tree.root, v.hashes(r.proof ?? [], "the inclusion proof"));
  return [HELD, `The leaf at index ${r.index}, logged ${when(s.leaf.time)}, hashes into the signed tree of ${s.tree.size} (RFC 6962).`];
}

async function commits(s) {
  s.raw = v.base64(s.one.envelope, "the envelope");
  await v.committed(s.leaf, s.one.receipt.salt, s.raw);
  return [HELD, `The ${s.raw.length} bytes that were sent are the ones the leaf commits to (HMAC-SHA-256 under its salt).`];
}

async function attested(s) {
  const env = JSON.parse(v.text(s.raw));
  if (!env.payloadType) throw new v.Skip("The envelope is not DSSE but a Sigstore bundle or JWS; the command below checks it, certificates included.");
  const st = await v.statement(env);
  if (st.id !== s.id) throw new v.Broken(`the envelope is attestation ${st.id}, this page is about ${s.id}`);
  s.statement = st.content;
  const { document: trust } = await readJSON("/api/v1/trust");
  const mine = [];
  for (const x of trust.signers) {
    if (!x.key) continue;
    const k = await v.publicKey(x.key);
    if (env.signatures.some((g) => (g.keyid || s.leaf.signer) === k.id)) mine.push({ ...k, who: x.principal });
  }
  if (!mine.some((k) => k.id === s.leaf.signer)) throw new v.Skip(`The trust in force names no plain key ${s.leaf.signer.slice(0, 16)}…, which the leaf names as its signer; the command below knows more ways.`);
  await v.signedBy(st, mine);
  return [HELD, `Signed by the key the leaf names, ${s.leaf.signer.slice(0, 16)}…, which the trust in force gives to ${[...new Set(mine.map((k) => k.who))].join(", ")}. That the trust is rightly so is the service's word here.`];
}

async function printed(s) {
  const pre = document.querySelector("pre.statement");
  if (!pre || pre.dataset.cut || !s.statement) throw new v.Skip("The page does not print the whole statement.");
  if (!same(JSON.parse(pre.textContent), s.statement)) throw new v.Broken("the statement on this page is not the one that was signed");
  return [HELD, "The statement on this page is the one that was signed."];
}

const PLANS = {
  decision: [
    ["The key of the log", chooseKey],
    ["The log signed its newest checkpoint", newestCheckpoint],
    ["The log only grew since this browser last looked", grown],
    ["All that was judged stands in the log", bundled],
    ["The trust was handed on by its administrators", trusted],
    ["The service signed this decision", signed],
    ["The log recorded exactly this decision", recorded],
    ["The evidence is signed by those it names", evidenceSigned],
    ["This page says what was signed", shown],
    ["Judged again, it comes out the same", again],
  ],
  attestation: [
    ["The key of the log", chooseKey],
    ["The log signed its newest checkpoint", newestCheckpoint],
    ["The log only grew since this browser last looked", grown],
    ["The evidence stands in the log", received],
    ["The log commits to these bytes", commits],
    ["Who is named signed it", attested],
    ["This page says what was signed", printed],
  ],
};

// The page.

const day = (t) => new Date(t).toISOString().slice(0, 10);
const when = (t) => t.slice(0, 19).replace("T", " ") + " UTC";
const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
const same = (a, b) => {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return a === b;
  const ka = Object.keys(a), kb = Object.keys(b);
  return Array.isArray(a) === Array.isArray(b) && ka.length === kb.length && ka.every((k) => Object.hasOwn(b, k) && same(a[k], b[k]));
};

function element(name, attributes, ...inside) {
  const e = document.createElement(name);
  for (const [k, x] of Object.entries(attributes)) e.setAttribute(k, x);
  e.append(...inside);
  return e;
}

const TONES = { [HELD]: "good", [BROKEN]: "bad", [OPEN]: "note" };

function line(list, title) {
  const badge = element("span", { class: "badge calm" }, "checking"), why = element("p", { class: "soft small" });
  list.append(element("li", {}, badge, " ", element("b", {}, title), why));
  return (state, said) => { badge.className = "badge " + TONES[state]; badge.textContent = state; why.textContent = said; };
}

async function check(s, list, told) {
  const states = [];
  let ended = "";
  list.replaceChildren();
  for (const [title, step] of PLANS[place.dataset.kind]) {
    const say = line(list, title);
    let result;
    if (ended === BROKEN) result = [OPEN, "It builds on the step that does not hold."];
    else if (ended) result = [OPEN, "It builds on a step that was not checked."];
    else {
      try { result = await step(s); } catch (err) {
        if (err instanceof v.Skip) { result = [OPEN, err.message]; ended = OPEN; }
        else {
          result = [BROKEN, err instanceof v.Broken ? sentence(err.message) : `What the service sent cannot be read (${err.message}).`];
          ended = BROKEN;
        }
      }
    }
    say(...result);
    states.push(result[0]);
  }
  const n = (x) => states.filter((y) => y === x).length;
  const bad = n(BROKEN) > 0;
  let text = bad ? "Does not hold. Do not rely on this page; keep it, and ask whoever runs the log." : `Holds as far as this browser can check: ${count(n(HELD), "step", "steps")} held, ${n(OPEN)} not checked.`;
  if (!bad && s.remember && !s.remember()) text += " This browser keeps nothing here, so it cannot compare the next time.";
  told.className = "banner " + (bad ? "bad" : "good");
  told.textContent = text;
}

const sentence = (m) => m.charAt(0).toUpperCase() + m.slice(1) + (/[.!?]$/.test(m) ? "" : ".");

function start() {
  const key = element("textarea", { id: "proof-key", rows: "2", maxlength: "4096", spellcheck: "false", autocomplete: "off", "aria-describedby": "proof-key-help" });
  const go = element("button", { type: "submit", class: "primary" }, "Check the proof");
  const forget = element("button", { type: "button" }, "Forget what this browser remembers");
  const told = element("p", { role: "status" }), list = element("ol", { class: "steps" });
  const known = Object.entries(memory.read());
  const help = known.length
    ? `Empty: this browser uses what it remembers, ${known.map(([o, l]) => `the key of ${o} (${l.how === "pasted" ? "pasted" : "taken from the service on first use"}, ${day(l.since)})`).join("; ")}.`
    : "Empty: the key is taken from the service on first use, and remembered in this browser, which then notices any change.";
  const form = element("form", { class: "check" },
    element("label", { for: "proof-key" }, "Log key, from somewhere you trust (log.vkey)"), key,
    element("p", { id: "proof-key-help", class: "soft small" }, help),
    element("p", {}, go, " ", forget));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.disabled = true;
    told.className = ""; told.textContent = "Checking.";
    try { await check({ id: place.dataset.id, pasted: key.value }, list, told); } finally { go.disabled = false; }
  });
  forget.addEventListener("click", () => {
    memory.forget();
    told.className = "banner note";
    told.textContent = "Forgotten. The next check starts like the first.";
    list.replaceChildren();
  });
  place.querySelector(".noscript").replaceWith(form, told, list);
}

const unable = await v.able();
if (unable) place.querySelector(".noscript").textContent = `This browser cannot check: ${unable}. Use the command below; it checks more.`;
else start();
