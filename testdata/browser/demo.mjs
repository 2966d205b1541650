// Starts the demonstration on a free loopback port and ends it by its process id.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const STORY = 90_000; // how long the story may take to be told, in milliseconds

function freePort() {
  return new Promise((resolve, reject) => {
    const s = createServer();
    s.once("error", reject);
    s.listen(0, "127.0.0.1", () => { const { port } = s.address(); s.close(() => resolve(port)); });
  });
}

export async function startDemo() {
  const binary = process.env.ASSIZE_BINARY;
  if (!binary) throw new Error("ASSIZE_BINARY names no program; run `make test-browser`");
  const dir = await mkdtemp(join(tmpdir(), "assize-browser-"));
  const url = `http://127.0.0.1:${await freePort()}`;
  const child = spawn(binary, ["demo", "--dir", join(dir, "demo"), "--listen", url.slice(7)], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    if (child.exitCode === null) { child.kill("SIGTERM"); await ended; }
    await rm(dir, { recursive: true, force: true });
  };
  try {
    await new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the story was not told in ${STORY / 1000} s:\n${said}`)), STORY);
      const hear = (b) => { said += b; if (said.includes("Stop with Ctrl-C")) { clearTimeout(late); resolve(); } };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("exit", (code) => { clearTimeout(late); reject(new Error(`the demonstration ended with ${code}:\n${said}`)); });
    });
  } catch (err) { await stop(); throw err; }
  return { url, dir: join(dir, "demo"), stop };
}
