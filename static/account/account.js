// The pages behind the links of mails. The token comes behind the #, so that no server and no log ever sees it, and it
// leaves the address bar at once. Nothing happens before a click: mail scanners open links too.
"use strict";

const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
history.replaceState(null, "", location.pathname);

const ERRORS = "userErrors { message }";
const password = (name, autocomplete) => ({ name, label: "Password", type: "password", autocomplete });
const email = { name: "email", label: "E-mail address", type: "email", autocomplete: "username" };

const verify = `mutation ($token: String!) { verifyEmail(token: $token) { ${ERRORS} } }`;
const reset = `mutation ($token: String!, $password: String!) {
  resetPassword(token: $token, password: $password) { ${ERRORS} }
}`;
const login = `mutation ($email: String!, $password: String!) {
  login(input: { email: $email, password: $password }) { accessToken ${ERRORS} }
}`;
const accept = `mutation ($token: String!) { acceptInvitation(token: $token) { ${ERRORS} } }`;
const join = `mutation ($token: String!, $email: String!, $password: String!, $name: String!) {
  register(input: { email: $email, password: $password, name: $name, invitationToken: $token }) { ${ERRORS} }
}`;

const PAGES = {
  "/verify-email": {
    title: "Confirm your e-mail address",
    fields: [],
    buttons: [["Confirm", (values) => ask(verify, values)]],
    done: "Your address is confirmed.",
  },
  "/reset-password": {
    title: "Set a new password",
    fields: [password("password", "new-password")],
    buttons: [["Set the password", (values) => ask(reset, values)]],
    done: "Your password is set. Sign in with it.",
  },
  "/accept-invitation": {
    title: "Join a team",
    fields: [email, password("password", "current-password"), { name: "name", label: "Your name, if you are new here", type: "text" }],
    buttons: [
      ["I have an account", async (values) => ask(accept, values, (await ask(login, values)).accessToken)],
      ["I am new here", (values) => ask(join, values)],
    ],
    done: "You are a member now. Sign in to begin.",
  },
};

// The payload of the one mutation; throws what the server says in words.
async function ask(query, variables, bearer) {
  const headers = { "content-type": "application/json" };
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const reply = await fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
  const answer = await reply.json();
  if (answer.errors) throw new Error(answer.errors[0].message);
  if (!answer.data) throw new Error(answer.message || "The server did not answer; try again.");
  const [payload] = Object.values(answer.data);
  if (payload.userErrors.length) throw new Error(payload.userErrors[0].message);
  return payload;
}

function element(name, attributes, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function show(page) {
  document.title = page.title;
  const said = element("p", { id: "said" });
  said.setAttribute("role", "status");
  const inputs = page.fields.map(({ label, ...field }) => element("label", {}, label, element("input", field)));
  const buttons = page.buttons.map(([label, act]) => element("button", { type: "button", onclick: () => run(act) }, label));
  const main = document.querySelector("main");
  main.append(element("h1", {}, page.title), ...inputs, ...buttons, said);

  async function run(act) {
    const values = { token };
    for (const input of main.querySelectorAll("input")) values[input.name] = input.value;
    try {
      await act(values);
      for (const used of main.querySelectorAll("label, button")) used.remove();
      Object.assign(said, { className: "", textContent: page.done });
    } catch (error) {
      Object.assign(said, { className: "wrong", textContent: error.message });
    }
  }
}

show(PAGES[location.pathname]);
