// Runs programs with the client that apps use: a line of JSON in, a line of JSON out, as many at once as come.
//
//   {"id": 1, "url": "…/app_x", "key": "sb_publishable_…", "token": null, "program": "return await db.from(…)"}
//
// The program is the body of a function of `db`, a client of its own. What it returns is the answer's `result`;
// what it throws its `error`.
import { createClient } from "@supabase/supabase-js";
import { createInterface } from "node:readline";

const Program = Object.getPrototypeOf(async () => {}).constructor;

async function run({ url, key, token, program }) {
  const options = {
    auth: { persistSession: false, autoRefreshToken: false },
    ...(token ? { accessToken: async () => token } : {}),
  };
  return await new Program("db", program)(createClient(url, key, options));
}

createInterface({ input: process.stdin }).on("line", async (line) => {
  const { id, ...asked } = JSON.parse(line);
  let answer;
  try {
    answer = { id, result: (await run(asked)) ?? null };
  } catch (error) {
    answer = { id, error: String(error?.stack ?? error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
