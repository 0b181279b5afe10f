// Says who is signed in. Back from Google or Facebook: trades the code of the address for tokens, once.
"use strict";

const line = document.getElementById("signed-in");
const signOut = document.getElementById("sign-out");

const COMPLETE = `mutation ($code: String!, $codeVerifier: String!) {
  completeOAuth(code: $code, codeVerifier: $codeVerifier) {
    accessToken
    viewer { role user { name } tenant { name } }
    userErrors { message }
  }
}`;

// The verifier lies in a cookie of this site: whoever has only the address cannot trade its code.
function takeVerifier() {
  const found = document.cookie.split("; ").find((pair) => /^(__Host-)?oauth_verifier=/.test(pair));
  if (!found) return "";
  const [name, value] = found.split("=");
  document.cookie = `${name}=; Path=/; Max-Age=0${location.protocol === "https:" ? "; Secure" : ""}`;
  return value;
}

function ask(query, variables) {
  const headers = withToken({ "content-type": "application/json" });
  return fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) }).then((reply) => reply.json());
}

async function finishSignIn(code) {
  // Neither a reload nor the history must present the code again.
  history.replaceState(null, "", location.pathname);
  const answer = await ask(COMPLETE, { code, codeVerifier: takeVerifier() });
  const done = answer.data && answer.data.completeOAuth;
  if (!done || done.userErrors.length) {
    line.textContent = done ? done.userErrors[0].message : "Signing in failed; try again.";
    return;
  }
  remember(answer.data);
}

// However it came about; an operation may have asked for less of the viewer, or for nothing.
document.addEventListener("signed-in", ({ detail }) => {
  const { role, user, tenant } = detail ?? {};
  const place = role && tenant && tenant.name && `${role} of ${tenant.name}`;
  const who = [user && user.name, place].filter(Boolean).join(", ");
  line.textContent = `Signed in${who && ` as ${who}`}.`;
  signOut.hidden = false;
});

signOut.addEventListener("click", async () => {
  await fetch("/auth/logout", { method: "POST", headers: withToken() });
  memory.accessToken = null;
  line.textContent = "Signed out.";
  signOut.hidden = true;
});

// Stripe's pages lead back here, and the token was in the memory of the page before.
const BILLING = new Map([
  ["success", "The plan is bought: sign in again and run the tab Plan to see it."],
  ["cancelled", "Nothing was bought. Sign in again to go on."],
]);

const address = new URLSearchParams(location.search);
const code = address.get("code");
if (code !== null) finishSignIn(code);
else line.textContent = BILLING.get(address.get("billing")) ?? "";
