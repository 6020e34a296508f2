/** Routes of the account: its token, its workers.dev subdomain, its R2 buckets. */
import { badRequest } from "../errors.js";
import { given } from "./scripts.js";

/**
 * @param {{account: import("../account.js").Account}} services
 * @returns {import("./server.js").Route[]}
 */
export function accountRoutes({ account }) {
  const token = { id: "0".repeat(32), status: "active" };
  const buckets = "/accounts/:account/r2/buckets";
  return [
    ["GET", "/user/tokens/verify", () => token],
    ["GET", "/accounts/:account/tokens/verify", () => token],
    ["GET", "/accounts/:account/workers/subdomain", () => account.getSubdomain()],
    ["PUT", "/accounts/:account/workers/subdomain", async ({ json }) => account.setSubdomain((await json()).subdomain)],
    // Wrangler asks before it deletes a script; there are none of these here.
    ["GET", "/accounts/:account/storage/kv/namespaces", () => []],
    ["GET", "/accounts/:account/workers/durable_objects/namespaces", () => []],
    ["GET", buckets, () => ({ buckets: account.buckets })],
    ["POST", buckets, (context) => createBucket(account, context)],
    ["GET", `${buckets}/:bucket`, ({ params }) => account.getBucket(given(params, "bucket"))],
    ["DELETE", `${buckets}/:bucket`, ({ params }) => account.removeBucket(given(params, "bucket"))],
  ];
}

/**
 * @param {import("../account.js").Account} account
 * @param {import("./server.js").Context} context
 */
async function createBucket(account, { json }) {
  const { name, locationHint, storageClass } = await json();
  if (typeof name !== "string") throw badRequest("A bucket needs a name.");
  return account.createBucket(name, { location: locationHint, storageClass });
}
