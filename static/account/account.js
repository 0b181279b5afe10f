// The pages behind the links of mails. The token comes behind the #, so that no server and no log ever sees it, and it
// leaves the address bar at once. Nothing happens before a click: mail scanners open links too.
"use strict";

const token = new URLSearchParams(location.hash.slice(1)).get("token") || "";
history.replaceState(null, "", location.pathname);
// Another letter's link in the same tab changes nothing but what is behind the #.
addEventListener("hashchange", () => location.reload());

const password = (name, autocomplete) => ({ name, label: "Password", type: "password", autocomplete, required: true });
const main = document.querySelector("main");

const PAGES = {
  "/verify-email": async () => ({
    title: "Confirm your e-mail address",
    fields: [],
    button: "Confirm",
    act: (values) => ask("verify-email", values),
    done: "Your address is confirmed.",
  }),
  "/reset-password": async () => ({
    title: "Set a new password",
    fields: [password("password", "new-password")],
    button: "Set the password",
    act: (values) => ask("reset-password", values),
    done: "Your password is set. Sign in with it.",
  }),
  "/accept-invitation": invitation,
};

// The payload of the one mutation of a document in documents.json: these run also where nothing but a manifest does.
// Throws what the server says in words. The header leaves the refresh token of a sign-in to the browser, as a cookie
// that no script can read.
async function ask(name, variables, bearer) {
  const headers = { "content-type": "application/json", "x-adgraph-session": "cookie" };
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  const body = JSON.stringify({ documentId: `adgraph-${name}`, variables });
  const reply = await fetch("/graphql", { method: "POST", headers, body });
  const answer = await reply.json();
  if (answer.errors) throw new Error(answer.errors[0].message);
  if (!answer.data) throw new Error(answer.message || "The server did not answer; try again.");
  const [payload] = Object.values(answer.data);
  if (payload.userErrors.length) throw new Error(payload.userErrors[0].message);
  return payload;
}

async function offered() {
  const reply = await fetch(location.pathname, { method: "POST", body: JSON.stringify({ token }) });
  const offer = await reply.json();
  if (!reply.ok) throw new Error(offer.message);
  return offer;
}

// Names the team and who invites. Whoever is signed in with the invited address joins by one click; others are asked
// whether they are new.
async function invitation() {
  const { team, inviter, email, role } = await offered();
  const mine = await ask("renew").catch(() => null);
  const isMe = mine !== null && mine.viewer.email === email;
  const address = { name: "email", label: "E-mail address", type: "email", autocomplete: "username", value: email, required: true };
  return {
    title: `Join ${team}`,
    text: `${inviter ?? "A member"} invites you to work with ${team} on Adgraph as ${role}.`,
    modes: isMe ? [] : ["I am new here", "I have an account"],
    fields: isMe ? [] : [address, { name: "name", label: "Your name", type: "text", autocomplete: "name", mode: 0, required: true }, password("password", "on")],
    button: isMe ? `Join as ${mine.viewer.user.name}` : "Join",
    act: async (values) => {
      if (isMe) return ask("accept-invitation", values, mine.accessToken);
      if (values.mode === 0) return ask("join", values);
      return ask("accept-invitation", values, (await ask("login", values)).accessToken);
    },
    done: (payload) =>
      payload.refreshToken === null
        ? `You are a member of ${team} now, and signed in.`
        : `You are a member of ${team} now. Sign in to begin.`,
  };
}

function element(name, attributes, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

function inputOf({ label, mode, ...attributes }) {
  const made = element("label", {}, label, element("input", attributes));
  if (mode !== undefined) made.dataset.mode = mode;
  return made;
}

// Which of the modes is chosen; a field of another mode is neither shown nor asked for.
function choice(modes, form) {
  const radios = modes.map((label, at) => element("label", { className: "mode" }, element("input", { type: "radio", name: "mode", value: at, checked: at === 0 }), label));
  const follow = () => {
    for (const label of form.querySelectorAll("[data-mode]")) {
      label.hidden = label.querySelector("input").disabled = label.dataset.mode !== chosenMode(form);
    }
  };
  form.addEventListener("change", follow);
  return radios;
}

function chosenMode(form) {
  const radio = form.querySelector("input[name=mode]:checked");
  return radio ? radio.value : undefined;
}

function show(page) {
  document.title = page.title;
  const said = element("p", { id: "said" });
  said.setAttribute("role", "status");
  const form = element("form", {});
  form.append(...choice(page.modes ?? [], form), ...page.fields.map(inputOf), element("button", { type: "submit" }, page.button));
  main.append(element("h1", {}, page.title), element("p", {}, page.text ?? ""), form, said);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });

  async function run() {
    const values = { token, mode: Number(chosenMode(form)) };
    for (const input of form.querySelectorAll("input:enabled:not([type=radio])")) values[input.name] = input.value;
    try {
      const payload = await page.act(values);
      form.remove();
      Object.assign(said, { className: "", textContent: typeof page.done === "string" ? page.done : page.done(payload) });
      if (main.dataset.home) main.append(element("p", {}, element("a", { href: main.dataset.home }, "Go on to Adgraph")));
    } catch (error) {
      Object.assign(said, { className: "wrong", textContent: error.message });
    }
  }
}

PAGES[location.pathname]().then(show, (error) => {
  main.append(element("h1", {}, "This link cannot be used"), element("p", { id: "said", className: "wrong", role: "status" }, error.message));
});
