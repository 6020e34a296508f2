// A provider of OpenID Connect for development and tests: whoever types a name is signed in by it.
//
// node provider.js <port>; port 0 takes a free one. Prints its issuer once it serves. Clients register
// themselves at /reg. An address is not verified when the name begins with "unverified"; "nameless" has none.
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

/** @param {string} name */
function claimsOf(name) {
  if (name === "nameless") return { sub: name };
  const address = { email: `${name}@example.com`, email_verified: !name.startsWith("unverified") };
  return { sub: name, name: `${name} of Example`, picture: "https://example.com/face.png", ...address };
}

const server = createServer();
server.listen(Number(process.argv[2]), "127.0.0.1", () => {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP address");
  const issuer = `http://127.0.0.1:${address.port}`;
  const provider = new Provider(issuer, {
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "picture"] },
    cookies: { keys: ["only of this process"] },
    features: { devInteractions: { enabled: true }, registration: { enabled: true } },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => claimsOf(id) }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
process.on("SIGTERM", () => process.exit(0));
