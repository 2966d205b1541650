// The arithmetic of proofs that pages run, held against trees, keys and signatures
// made here by other means.

import assert from "node:assert/strict";
import { constants, createHash, createHmac, generateKeyPairSync, randomBytes, sign, webcrypto } from "node:crypto";
import { test } from "node:test";

globalThis.crypto ??= webcrypto;
const v = await import("../../api/ui/script/verify.js");

const sha = (...parts) => { const h = createHash("sha256"); for (const p of parts) h.update(p); return new Uint8Array(h.digest()); };
const flipped = (b, at = b.length >> 1) => { const c = Uint8Array.from(b); c[at] ^= 1; return c; };

// tree is every complete subtree over n leaves: rows[l][i] covers 2^l leaves.
function tree(n) {
  const rows = [Array.from({ length: n }, (_, i) => sha(Uint8Array.of(0), Buffer.from(`leaf ${i}`)))];
  for (let row = rows[0]; row.length > 1;) {
    const up = [];
    for (let i = 0; i + 1 < row.length; i += 2) up.push(sha(Uint8Array.of(1), row[i], row[i + 1]));
    rows.push(up);
    row = up;
  }
  return rows;
}

const split = (n) => { let k = 1; while (2 * k < n) k *= 2; return k; };

// root and inclusion as RFC 6962 section 2.1 defines them.
function root(rows, from, to) {
  const n = to - from, k = split(n);
  if (n === 1 || 2 * k === n) return rows[Math.log2(n)][from / n];
  return sha(Uint8Array.of(1), root(rows, from, from + k), root(rows, from + k, to));
}

function inclusion(rows, i, from, to) {
  if (to - from === 1) return [];
  const k = split(to - from);
  return i < from + k ? [...inclusion(rows, i, from, from + k), root(rows, from + k, to)] : [...inclusion(rows, i, from + k, to), root(rows, from, from + k)];
}

// tiles serves a tree of a size as c2sp.org/tlog-tiles lays it out.
const tiles = (rows, size) => async (path) => {
  const m = /^tile\/(\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
  assert.ok(m, path);
  const level = Number(m[1]), n = Number(m[2].replace(/[x/]/g, "")), width = Number(m[3] ?? 256);
  assert.ok(n * 256 + width <= Math.floor(size / 256 ** level), `${path} is not in a tree of ${size}`);
  return v.join(...Array.from({ length: width }, (_, i) => rows[8 * level][256 * n + i]));
};

const big = tree(66_000);
const sizes = [1, 2, 3, 4, 5, 7, 8, 9, 31, 54, 255, 256, 257, 300, 511, 512, 513, 65_535, 65_536, 65_537, 66_000];

test("inclusion proofs hold where they should, and nowhere else", async () => {
  for (const size of sizes) {
    const r = root(big, 0, size);
    for (const i of new Set([0, 1, size >> 1, size - 2, size - 1])) {
      if (i < 0 || i >= size) continue;
      const proof = inclusion(big, i, 0, size), leaf = big[0][i];
      await v.included(leaf, i, size, r, proof);
      const wrong = [
        [flipped(leaf), i, size, r, proof], [leaf, i, size, flipped(r), proof], [leaf, i, size, r, [...proof, leaf]], [leaf, size, size, r, proof], [leaf, -1, size, r, proof],
        ...proof.map((_, k) => [leaf, i, size, r, proof.with?.(k, flipped(proof[k])) ?? proof.map((p, j) => (j === k ? flipped(p) : p))]),
      ];
      if (proof.length) wrong.push([leaf, i, size, r, proof.slice(1)], [leaf, i ^ 1, size, r, proof]);
      for (const w of wrong) await assert.rejects(v.included(...w), v.Broken, `${size}, ${i}`);
    }
  }
});

test("consistency proofs are found in tiles, and hold where they should", async () => {
  for (const m of sizes) {
    for (const n of sizes) {
      if (m > n) continue;
      const [a, b] = [root(big, 0, m), root(big, 0, n)];
      const proof = await v.consistencyProof(m, n, tiles(big, n));
      await v.consistent(m, a, n, b, proof);
      await assert.rejects(v.consistent(m, flipped(a), n, b, proof), v.Broken, `${m} to ${n}`);
      await assert.rejects(v.consistent(m, a, n, flipped(b), proof), v.Broken, `${m} to ${n}`);
      if (m < n) {
        await assert.rejects(v.consistent(n, b, m, a, proof), v.Broken);
        await assert.rejects(v.consistent(m, a, n, b, proof.slice(1)), v.Broken);
        await assert.rejects(v.consistent(m, a, n, b, [...proof, a]), v.Broken);
        for (let k = 0; k < proof.length; k++) await assert.rejects(v.consistent(m, a, n, b, proof.map((p, j) => (j === k ? flipped(p) : p))), v.Broken);
      }
    }
  }
  await assert.rejects(v.consistencyProof(255, 300, async () => new Uint8Array(31)), v.Broken, "a tile of another length");
});

test("checkpoints hold under the key that signed them", async () => {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const name = "log.example/test";
  const vkeyOf = (pub) => {
    const raw = Buffer.concat([Buffer.of(1), pub.export({ type: "spki", format: "der" }).subarray(-32)]);
    return `${name}+${Buffer.from(sha(Buffer.from(name + "\n"), raw).slice(0, 4)).toString("hex")}+${raw.toString("base64")}`;
  };
  const vkey = vkeyOf(publicKey);
  const body = `${name}\n54\n${Buffer.from(root(big, 0, 54)).toString("base64")}\n`;
  const line = (text, key, pub) => `\u2014 ${name} ${Buffer.concat([Buffer.from(vkeyOf(pub).split("+")[1], "hex"), sign(null, Buffer.from(text), key)]).toString("base64")}\n`;
  const note = `${body}\n${line(body, privateKey, publicKey)}`;
  const keys = await v.verifierKeys(vkey);
  const cp = await v.checkpoint(note, keys);
  assert.equal(cp.size, 54);
  const witness = note + `\u2014 witness.example ${Buffer.alloc(76).toString("base64")}\n`;
  assert.equal((await v.checkpoint(witness, keys)).size, 54, "a cosignature by others is left aside");
  const other = generateKeyPairSync("ed25519");
  for (const [why, bad] of Object.entries({
    "another size": note.replace("\n54\n", "\n55\n"), "another root": note.replace(/\n54\n./, "\n54\nX"), "no signature": body + "\n", "cut": note.slice(0, -1),
    "another key": `${body}\n${line(body, other.privateKey, other.publicKey)}`, "another body signed": `${body}\n${line(body + "x\n", privateKey, publicKey)}`,
    "nothing": "", "only a witness": `${body}\n\u2014 witness.example ${Buffer.alloc(76).toString("base64")}\n`,
  })) await assert.rejects(v.checkpoint(bad, keys), v.Broken, why);
  for (const bad of ["", "x", vkey.replace("+", "+0"), vkey.replace(name, name + "x"), `${vkey}\n${vkey.replace(name, "b")}`, vkey.slice(0, -4) + "AAA="]) await assert.rejects(v.verifierKeys(bad), v.Broken, bad);
  const rotated = await v.verifierKeys(`${vkeyOf(other.publicKey)}\n${vkey}\n`);
  assert.equal((await v.checkpoint(note, rotated)).size, 54, "one of several keys");
});

test("statements hold under every kind of key that evidence is signed with", async () => {
  const payload = Buffer.from(JSON.stringify({ _type: "x" }));
  for (const [kind, options, hash] of [["ed25519", {}, null], ["ec", { namedCurve: "P-256" }, "sha256"], ["ec", { namedCurve: "P-384" }, "sha384"], ["ec", { namedCurve: "P-521" }, "sha512"], ["rsa", { modulusLength: 2048 }, "sha256"]]) {
    const { publicKey, privateKey } = generateKeyPairSync(kind, options);
    const key = await v.publicKey(publicKey.export({ type: "spki", format: "pem" }));
    assert.ok(key.kind, kind);
    for (let n = 0; n < 12; n++) { // lengths of DER integers vary
      const pae = Buffer.from(v.preAuthentication("application/vnd.in-toto+json", payload));
      const sig = sign(hash, pae, kind === "rsa" ? { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : privateKey);
      const envelope = { payloadType: "application/vnd.in-toto+json", payload: payload.toString("base64"), signatures: [{ keyid: key.id, sig: sig.toString("base64") }] };
      const st = await v.statement(envelope);
      assert.equal(st.id, Buffer.from(sha(pae)).toString("hex"));
      assert.equal((await v.signedBy(st, [key]))[0].id, key.id);
      const changed = await v.statement({ ...envelope, payload: Buffer.from(JSON.stringify({ _type: "y" })).toString("base64") });
      await assert.rejects(v.signedBy(changed, [key]), v.Broken);
      st.signatures[0].sig = Buffer.from(flipped(sig, sig.length - 2)).toString("base64");
      await assert.rejects(v.signedBy(st, [key]), v.Broken);
      st.signatures[0] = { keyid: "0".repeat(64), sig: sig.toString("base64") };
      await assert.rejects(v.signedBy(st, [key]), v.Broken, "another key is named");
    }
  }
  const strange = await v.publicKey(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey.export({ type: "spki", format: "pem" }));
  assert.equal(strange.kind, null);
  const st = await v.statement({ payloadType: "application/vnd.in-toto+json", payload: payload.toString("base64"), signatures: [{ keyid: strange.id, sig: "AAAA" }] });
  await assert.rejects(v.signedBy(st, [strange]), v.Skip, "what this page cannot check is no failure and no success");
});

test("a leaf commits to its payload under its salt", async () => {
  const salt = randomBytes(32), payload = Buffer.from("what was stored");
  const leaf = { v: 1, size: payload.length, commitment: createHmac("sha256", salt).update(payload).digest("hex") };
  await v.committed(leaf, salt.toString("hex"), payload);
  await assert.rejects(v.committed(leaf, salt.toString("hex"), flipped(payload)), v.Broken);
  await assert.rejects(v.committed(leaf, Buffer.from(flipped(salt)).toString("hex"), payload), v.Broken);
  await assert.rejects(v.committed({ ...leaf, size: 3 }, salt.toString("hex"), payload), v.Broken);
  await assert.rejects(v.committed(leaf, "zz", payload), v.Broken);
  for (const bad of ["", "{}", '{"v":1,"v":1}', '{"v": 1}', '{"v":2}']) assert.throws(() => v.parseLeaf(bad), v.Broken, bad);
  assert.equal(v.parseLeaf('{"a":"b","v":1}').a, "b");
});

test("base64 has one spelling", () => {
  assert.deepEqual([...v.base64("AAE=", "x")], [0, 1]);
  for (const bad of ["AAF=", "AAE", "AA E=", "AAE=\n", "%%%%"]) assert.throws(() => v.base64(bad, "x"), v.Broken, bad);
});
