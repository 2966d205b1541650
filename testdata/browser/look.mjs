// How a page is looked at: widths, colours, axe-core.

import { createRequire } from "node:module";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const axeSource = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const out = process.env.ASSIZE_BROWSER_OUT;

// axe runs axe-core beside the page, past its content security policy: in the
// utility world that the debugging protocol gives, no rule of the page is loosened.
async function axe(page, only) {
  const session = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await session.send("Page.getFrameTree");
    const { executionContextId } = await session.send("Page.createIsolatedWorld", { frameId: frameTree.frame.id, worldName: "axe" });
    const run = async (expression) => {
      const { result, exceptionDetails } = await session.send("Runtime.evaluate", { expression, contextId: executionContextId, awaitPromise: true, returnByValue: true });
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
      return result.value;
    };
    await run(axeSource + ";0");
    return await run(`axe.run(document, { resultTypes: ["violations"], runOnly: ${JSON.stringify(only)} })
      .then((r) => r.violations.map((x) => x.id + ": " + x.help + "\\n" + x.nodes.slice(0, 4).map((n) => "    " + n.target + "  " + n.html.slice(0, 160) + "\\n      " + n.failureSummary.replaceAll("\\n", " ")).join("\\n")))`);
  } finally { await session.detach(); }
}

const everything = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// In dark only colours differ, whatever the width.
const views = [
  { width: 1280, colorScheme: "light", only: everything },
  { width: 1280, colorScheme: "dark", only: ["color-contrast"] },
  { width: 360, colorScheme: "light", only: everything },
];

// look takes a page in at both widths and in both colours. It returns what is wrong.
export async function look(page, name) {
  const wrong = [];
  for (const { width, colorScheme, only } of views) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    await page.emulateMedia({ colorScheme });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) wrong.push(`${name} at ${width}: ${over} px wider than the screen`);
    for (const v of await axe(page, only)) wrong.push(`${name} at ${width}, ${colorScheme}: ${v}`);
    if (out) {
      await mkdir(out, { recursive: true });
      await page.screenshot({ path: join(out, `${name}-${width}-${colorScheme}.png`), fullPage: true, animations: "disabled" });
    }
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: "light" });
  return wrong;
}
