// A real OpenID provider of others (npm's oidc-provider) with one client: ours. Arguments: redirect URI, client secret.
import { createServer } from "node:http";
import { createRequire } from "node:module";

// From the folder that it is run in, where the package is.
const { default: Provider } = await import(createRequire(`${process.cwd()}/`).resolve("oidc-provider"));
const [redirectUri, secret] = process.argv.slice(2);
const client = {
  client_id: "adgraph",
  client_secret: secret,
  redirect_uris: [redirectUri],
  token_endpoint_auth_method: "client_secret_post",
};

function account(id) {
  const verified = !id.startsWith("unverified");
  return { accountId: id, claims: () => ({ sub: id, name: `Person ${id}`, email: `${id}@example.com`, email_verified: verified }) };
}

const server = createServer().listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    // As at Google: who somebody is stands in the id_token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    cookies: { keys: [secret] },
    findAccount: (_, id) => account(id),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
