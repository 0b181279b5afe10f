// Back from a dialog: trades the code of the address, once, for a sign-in, a link or a connection. Then starts the page.
"use strict";

const COMPLETE = `mutation ($code: String!, $codeVerifier: String!) {
  completeOAuth(code: $code, codeVerifier: $codeVerifier) {
    accessToken
    refreshToken
    ${VIEWER}
    grant { __typename id externalUserId externalUserName }
    userErrors { message }
  }
}`;

// Stripe's pages lead back here.
const BILLING = new Map([
  ["success", "The plan is bought: run the tab Plan to see it."],
  ["cancelled", "Nothing was bought."],
]);
const NEWCOMER = "Not signed in: run the tab SignIn, or the tab Register if you are new here.";

async function comeBack(code) {
  // Neither a reload nor the history must present the code again.
  history.replaceState(null, "", location.pathname);
  try {
    const done = await payloadOf(COMPLETE, { code, codeVerifier: takeVerifier() });
    if (done.grant) await offer(done.grant);
    else if (done.accessToken === null && done.viewer) line.textContent = "The account is linked to yours.";
  } catch (error) {
    line.textContent = error.message;
  }
}

async function arrive() {
  const address = new URLSearchParams(location.search);
  const isSignedIn = await restored;
  const code = address.get("code");
  if (code !== null) {
    await comeBack(code);
    return;
  }
  if (!isSignedIn) line.textContent = NEWCOMER;
  const billing = BILLING.get(address.get("billing"));
  if (billing !== undefined) line.textContent = isSignedIn ? billing : `${billing} Sign in again to go on.`;
}

start();
arrive();
