// Answers, and so shows that a sandbox starts, runs Node and hears and speaks.
import { send, serve } from "./channel.mjs";

serve(
  Promise.resolve(),
  async () => {},
  async () => send({ type: "report", ok: true }),
);
