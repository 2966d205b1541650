// What a proof is made of, checked with WebCrypto and nothing from the service:
// signed notes (c2sp.org/signed-note), checkpoints (c2sp.org/tlog-checkpoint),
// Merkle proofs (RFC 6962, verified as RFC 9162 section 2.1 says), tiles
// (c2sp.org/tlog-tiles), DSSE envelopes and salted commitments.
//
// Every function throws Broken when something does not hold, with the sentence a
// person reads. It knows no document, so that it runs outside a page as well.

export class Broken extends Error {}

// Skip: not wrong, but beyond what a browser can check.
export class Skip extends Error {}

const fail = (why) => { throw new Broken(why); };
const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const bytes = (text) => utf8.encode(text);
export const hex = (b) => Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");
export const equal = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);

export function text(b) {
  try { return strict.decode(b); } catch { return fail("bytes that should be text are not UTF-8"); }
}

// base64 in its one spelling: padded, without white space, unused bits zero.
export function base64(s, what) {
  let raw;
  try { raw = atob(s); } catch { fail(`${what} is not base64`); }
  if (btoa(raw) !== s) fail(`${what} is base64 in another spelling than the one allowed`);
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

export function unhex(s, length, what) {
  if (typeof s !== "string" || !/^[0-9a-f]*$/.test(s) || s.length !== 2 * length) fail(`${what} is not the hex of ${length} bytes`);
  return Uint8Array.from({ length }, (_, i) => parseInt(s.slice(2 * i, 2 * i + 2), 16));
}

export function join(...parts) {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { out.set(p, at); at += p.length; }
  return out;
}

export async function sha256(b) { return new Uint8Array(await crypto.subtle.digest("SHA-256", b)); }

// able tells why this browser cannot check, or "" when it can.
export async function able() {
  if (!globalThis.crypto?.subtle) return "it offers no WebCrypto here; that needs HTTPS or a loopback address";
  try {
    // The first test key of RFC 8032, section 7.1.
    await crypto.subtle.importKey("raw", unhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", 32), "Ed25519", false, ["verify"]);
    return "";
  } catch { return "its WebCrypto does not know Ed25519"; }
}

// Keys of a log.

// verifierKeys reads what a person pins, one key a line: NAME+HASH+KEY.
export async function verifierKeys(lines) {
  const keys = [];
  for (const line of lines.split("\n").map((l) => l.trim()).filter(Boolean)) {
    const m = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(line);
    if (!m) fail(`"${line.slice(0, 80)}" is no log key; one looks like NAME+HASH+KEY`);
    const key = base64(m[3], "the log key");
    if (key.length !== 33 || key[0] !== 1) fail("the log key is not an Ed25519 key");
    const id = (await sha256(join(bytes(m[1] + "\n"), key))).slice(0, 4);
    if (hex(id) !== m[2]) fail("the log key does not match its own hash; a character of it was changed");
    keys.push({ name: m[1], id, key: key.slice(1), line });
  }
  if (!keys.length) fail("there is no log key");
  if (keys.length > 16) fail("more than 16 log keys");
  if (keys.some((k) => k.name !== keys[0].name)) fail("the log keys are of different logs");
  return keys;
}

// checkpoint opens a signed note under one of the keys and reads its head.
export async function checkpoint(note, keys) {
  const cut = note.lastIndexOf("\n\n");
  if (note.length > 65536 || cut < 0 || !note.endsWith("\n")) fail("the checkpoint is not a signed note");
  const body = note.slice(0, cut + 1);
  let held = null;
  for (const line of note.slice(cut + 2, -1).split("\n")) {
    const m = /^\u2014 (\S+) (\S+)$/.exec(line);
    if (!m) fail("the checkpoint has a line that is no signature");
    const sig = base64(m[2], "a signature of the checkpoint");
    const key = keys.find((k) => k.name === m[1] && equal(k.id, sig.slice(0, 4)));
    if (!key) continue; // a witness, or a key that is not pinned
    const pub = await crypto.subtle.importKey("raw", key.key, "Ed25519", false, ["verify"]);
    if (sig.length !== 68 || !await crypto.subtle.verify("Ed25519", pub, sig.slice(4), bytes(body))) fail("the checkpoint's signature is not by the log key");
    held = key;
  }
  if (!held) fail(`the checkpoint carries no signature by the log key of ${keys[0].name}`);
  const [origin, size, root] = body.split("\n");
  if (origin !== held.name) fail(`the checkpoint is of ${origin}, the key is for ${held.name}`);
  if (!/^(0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size))) fail("the checkpoint's size is no number");
  const hash = base64(root, "the checkpoint's root");
  if (hash.length !== 32) fail("the checkpoint's root is not a hash");
  return { origin, size: Number(size), root: hash, note, key: held.line };
}

// Merkle tree. Numbers go beyond 32 bits, so they are halved, never shifted.

const half = Math.floor;
export const leafHash = (leaf) => sha256(join(new Uint8Array([0]), leaf));
const node = (left, right) => sha256(join(new Uint8Array([1]), left, right));

export function hashes(list, what) {
  if (!Array.isArray(list) || list.length > 64) fail(`${what} has more hashes than any tree needs`);
  return list.map((s) => {
    const h = base64(s, what);
    return h.length === 32 ? h : fail(`${what} holds something that is not a hash`);
  });
}

// included: the leaf stands at the index of the tree (RFC 9162, 2.1.3.2).
export async function included(leaf, index, size, root, proof) {
  if (!(Number.isSafeInteger(index) && index >= 0 && index < size)) fail(`index ${index} is not in a tree of ${size}`);
  let fn = index, sn = size - 1, r = leaf;
  for (const p of proof) {
    if (sn === 0) fail("the inclusion proof is too long");
    if (fn % 2 === 1 || fn === sn) {
      r = await node(p, r);
      while (fn % 2 === 0 && fn !== 0) { fn = half(fn / 2); sn = half(sn / 2); }
    } else r = await node(r, p);
    fn = half(fn / 2); sn = half(sn / 2);
  }
  if (sn !== 0) fail("the inclusion proof is too short");
  if (!equal(r, root)) fail("the inclusion proof leads to another root than the log signed");
}

// consistent: the first tree is a prefix of the second (RFC 9162, 2.1.4.2).
export async function consistent(size1, root1, size2, root2, proof) {
  if (size1 > size2) fail(`a tree of ${size1} entries cannot be the beginning of one of ${size2}`);
  if (size1 === size2) {
    if (proof.length || !equal(root1, root2)) fail(`two different trees of ${size1} entries`);
    return;
  }
  if (size1 === 0) return; // the empty tree is the beginning of every tree
  let path = proof;
  if (Number.isInteger(Math.log2(size1))) path = [root1, ...proof];
  if (!path.length) fail("the consistency proof is empty");
  let fn = size1 - 1, sn = size2 - 1;
  while (fn % 2 === 1) { fn = half(fn / 2); sn = half(sn / 2); }
  let fr = path[0], sr = path[0];
  for (const c of path.slice(1)) {
    if (sn === 0) fail("the consistency proof is too long");
    if (fn % 2 === 1 || fn === sn) {
      fr = await node(c, fr); sr = await node(c, sr);
      while (fn % 2 === 0 && fn !== 0) { fn = half(fn / 2); sn = half(sn / 2); }
    } else sr = await node(sr, c);
    fn = half(fn / 2); sn = half(sn / 2);
  }
  if (sn !== 0) fail("the consistency proof is too short");
  if (!equal(fr, root1) || !equal(sr, root2)) fail("the log's tree is not a continuation of the earlier one: something was changed or taken out");
}

// consistencyProof asks the log's tiles for the hashes that consistent wants (RFC
// 6962, 2.1.2). The tiles are not believed: they only have to lead to both roots.
export async function consistencyProof(size1, size2, fetchTile) {
  const kept = new Map();
  async function at(level, index) { // the root over 2^level leaves
    const row = half(level / 8), count = 2 ** (level % 8), first = index * count, n = half(first / 256);
    const width = Math.min(256, half(size2 / 256 ** row) - n * 256);
    const path = tilePath(row, n, width);
    if (!kept.has(path)) {
      const b = await fetchTile(path);
      if (b.length !== 32 * width) fail(`tile ${path} has ${b.length} bytes, ${32 * width} were due`);
      kept.set(path, b);
    }
    let level0 = Array.from({ length: count }, (_, i) => kept.get(path).slice(32 * (first % 256 + i), 32 * (first % 256 + i + 1)));
    while (level0.length > 1) {
      const up = [];
      for (let i = 0; i < level0.length; i += 2) up.push(await node(level0[i], level0[i + 1]));
      level0 = up;
    }
    return level0[0];
  }
  const split = (n) => { let k = 1; while (2 * k < n) k *= 2; return k; };
  async function range(from, to) {
    const n = to - from, k = split(n);
    if (n === 1 || 2 * k === n) return at(Math.log2(n), from / n);
    return node(await range(from, from + k), await range(from + k, to));
  }
  async function sub(m, from, to, whole) {
    if (m === to - from) return whole ? [] : [await range(from, to)];
    const k = split(to - from);
    if (m <= k) return [...await sub(m, from, from + k, whole), await range(from + k, to)];
    return [...await sub(m - k, from + k, to, false), await range(from, from + k)];
  }
  return size1 === 0 || size1 === size2 ? [] : sub(size1, 0, size2, true);
}

export function tilePath(level, n, width) {
  let path = String(n % 1000).padStart(3, "0");
  for (n = half(n / 1000); n > 0; n = half(n / 1000)) path = "x" + String(n % 1000).padStart(3, "0") + "/" + path;
  return `tile/${level}/${path}` + (width < 256 ? `.p/${width}` : "");
}

// Entries.

// committed: the leaf is about exactly these bytes (HMAC-SHA-256 under the salt).
export async function committed(leaf, salt, payload) {
  const key = await crypto.subtle.importKey("raw", unhex(salt, 32, "the salt"), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
  if (payload.length !== leaf.size) fail(`${payload.length} bytes were stored, the leaf says ${leaf.size}`);
  if (!await crypto.subtle.verify("HMAC", key, unhex(leaf.commitment, 32, "the commitment"), payload)) fail("the stored bytes are not the ones the leaf commits to");
}

// parseLeaf reads a leaf in its one spelling.
export function parseLeaf(s) {
  let leaf;
  try { leaf = JSON.parse(s); } catch { fail("the leaf is not JSON"); }
  if (JSON.stringify(leaf) !== s || leaf?.v !== 1) fail("the leaf is not in the form this page knows");
  return leaf;
}

// Signatures over statements.

const kinds = [
  { start: "302a300506032b6570032100", size: 44, name: "Ed25519", of: { name: "Ed25519" } },
  { start: "3059301306072a8648ce3d020106082a8648ce3d030107034200", size: 91, name: "ECDSA on P-256", of: { name: "ECDSA", namedCurve: "P-256" }, by: { name: "ECDSA", hash: "SHA-256" }, half: 32 },
  { start: "3076301006072a8648ce3d020106052b81040022036200", size: 120, name: "ECDSA on P-384", of: { name: "ECDSA", namedCurve: "P-384" }, by: { name: "ECDSA", hash: "SHA-384" }, half: 48 },
  { start: "30819b301006072a8648ce3d020106052b8104002303818600", size: 158, name: "ECDSA on P-521", of: { name: "ECDSA", namedCurve: "P-521" }, by: { name: "ECDSA", hash: "SHA-512" }, half: 66 },
];

// RSA signs with PSS padding, SHA-256 and a salt of its length.
const rsa = { start: /^3082[0-9a-f]{4}300d06092a864886f70d0101010500/, name: "RSA-PSS", of: { name: "RSA-PSS", hash: "SHA-256" }, by: { name: "RSA-PSS", saltLength: 32 } };

// publicKey reads a PEM public key. kind is null for one this page cannot use.
export async function publicKey(pem) {
  const m = /^-----BEGIN PUBLIC KEY-----\n([A-Za-z0-9+/=\n]+)\n-----END PUBLIC KEY-----\n?$/.exec(pem);
  if (!m) fail("a public key in the trust is not PEM");
  const spki = base64(m[1].replaceAll("\n", ""), "a public key");
  const kind = kinds.find((k) => k.size === spki.length && hex(spki).startsWith(k.start)) ?? (rsa.start.test(hex(spki)) ? rsa : null);
  return { spki, kind, id: hex(await sha256(spki)) };
}

// flat turns an ECDSA signature from DER (as it is stored) to two numbers side by
// side (as WebCrypto wants it).
function flat(der, size) {
  let at = 2;
  if (der[0] !== 0x30 || (der[1] === 0x81 ? der[2] + 1 : der[1]) !== der.length - 2) fail("a signature is not DER");
  if (der[1] === 0x81) at = 3;
  const out = new Uint8Array(2 * size);
  for (let i = 0; i < 2; i++) {
    const n = der[at + 1];
    if (der[at] !== 2 || n > size + 1 || at + 2 + n > der.length) fail("a signature is not DER");
    const number = der.slice(at + 2, at + 2 + n);
    const digits = number[0] === 0 ? number.slice(1) : number;
    if (digits.length > size) fail("a signature is out of range");
    out.set(digits, size * (i + 1) - digits.length);
    at += 2 + n;
  }
  if (at !== der.length) fail("a signature is not DER");
  return out;
}

// preAuthentication is what a DSSE signature is over.
export const preAuthentication = (type, payload) => join(bytes(`DSSEv1 ${bytes(type).length} ${type} ${payload.length} `), payload);

// statement reads a DSSE envelope: id, statement, and what its signatures are over.
export async function statement(envelope) {
  if (envelope?.payloadType !== "application/vnd.in-toto+json" || !Array.isArray(envelope.signatures) || !envelope.signatures.length) fail("there is no signed statement where one was due");
  const payload = base64(envelope.payload, "the statement");
  const signed = preAuthentication(envelope.payloadType, payload);
  return { id: hex(await sha256(signed)), signed, signatures: envelope.signatures, content: JSON.parse(text(payload)) };
}

// signedBy: every signature of the statement is by one of the keys. It returns the
// keys that signed.
export async function signedBy(st, keys) {
  const by = [];
  for (const s of st.signatures) {
    const sig = base64(s.sig, "a signature");
    let found = null;
    for (const k of keys) {
      if (!k.kind || s.keyid && s.keyid !== k.id) continue;
      const pub = await crypto.subtle.importKey("spki", k.spki, k.kind.of, false, ["verify"]);
      if (await crypto.subtle.verify(k.kind.by ?? k.kind.of, pub, k.kind.half ? flat(sig, k.kind.half) : sig, st.signed)) found = k;
    }
    if (!found && keys.some((k) => !k.kind && (!s.keyid || s.keyid === k.id))) throw new Skip("It is signed with a kind of key this page does not know; the command below does.");
    if (!found) fail("a signature is not by the key that should have made it");
    by.push(found);
  }
  return by;
}
