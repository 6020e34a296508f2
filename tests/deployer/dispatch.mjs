// Asks a script in workerd for URLs of any scheme and name, and prints each answer's headers. On standard input:
// {miniflare: path, modules: {name: base64, …} (the main one first), urls}
import { createRequire } from "node:module";
import { text } from "node:stream/consumers";

const { miniflare: folder, modules, urls } = JSON.parse(await text(process.stdin));
const { Miniflare } = createRequire(import.meta.url)(folder);
const miniflare = new Miniflare({
  modules: Object.entries(modules).map(([name, bytes]) => ({
    type: name.endsWith(".js") ? "ESModule" : "Data",
    path: `/${name}`,
    contents: Buffer.from(bytes, "base64"),
  })),
  modulesRoot: "/",
  compatibilityDate: "2026-07-01",
  compatibilityFlags: ["nodejs_compat"],
});
const answers = await Promise.all(urls.map((url) => miniflare.dispatchFetch(url)));
await Promise.all(answers.map((answer) => answer.arrayBuffer()));
console.log(JSON.stringify(answers.map((answer) => Object.fromEntries(answer.headers))));
await miniflare.dispose();
