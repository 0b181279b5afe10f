// Starts GraphiQL on this server. The access token stays in this tab's memory; what renews it, the browser alone knows.
"use strict";

const root = document.getElementById("graphiql");
const tabs = JSON.parse(root.dataset.tabs);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
// `over` is the instant of this machine's clock at which the token ends.
const memory = { accessToken: null, over: 0, refreshToken: null, ids: {} };

const send = GraphiQL.createFetcher({
  url: "/graphql",
  subscriptionUrl: `${scheme}//${location.host}/graphql`,
  enableIncrementalDelivery: false,
});

// The token says itself how long it lives, whatever was asked for beside it and whatever this machine's clock shows.
function lifeOf(accessToken) {
  const { iat, exp } = JSON.parse(atob(accessToken.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
  return (exp - iat) * 1000;
}

// Remembers the latest tokens, the first ad account, product and marketplace, the latest grant, refresh and channel of
// Vinted of what came back.
function remember(value) {
  if (value === null || typeof value !== "object") return;
  if (typeof value.accessToken === "string") {
    const { accessToken, refreshToken = null, viewer } = value;
    Object.assign(memory, { accessToken, refreshToken, over: Date.now() + lifeOf(accessToken) });
    document.dispatchEvent(new CustomEvent("signed-in", { detail: viewer }));
  }
  if (typeof value.authorizationUrl === "string") {
    document.dispatchEvent(new CustomEvent("dialog", { detail: value.authorizationUrl }));
  }
  if (value.__typename === "AdAccount") memory.ids.adAccountId ??= value.id;
  if (value.__typename === "Product") memory.ids.productId ??= value.id;
  if (value.__typename === "Channel" && value.abilities?.includes("PUBLISH")) memory.ids.channelId ??= value.id;
  if (value.__typename === "Channel" && value.kind === "VINTED") memory.ids.vintedChannelId = value.id;
  if (value.__typename === "AccessGrant") memory.ids.grantId = value.id;
  if (value.__typename === "RefreshJob") memory.ids.jobId = value.id;
  Object.values(value).forEach(remember);
}

function hasOwnToken(headers) {
  return Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
}

// The headers editor wins; without an Authorization there, the token of the last sign-in is sent. The other header asks
// the server to leave the refresh token to the browser, as a cookie that no script can read.
function withToken(headers = {}) {
  const sent = { ...headers, "x-adgraph-session": "cookie" };
  if (hasOwnToken(headers) || memory.accessToken === null) return sent;
  return { ...sent, authorization: `Bearer ${memory.accessToken}` };
}

// An empty variable, or null, stands for what is remembered under its name, such as the first account of the tab
// "Accounts".
async function withIds(variables) {
  if (!variables) return variables;
  const filled = Object.entries(variables).map(async ([name, value]) => {
    if (value !== "" && value !== null) return [name, value];
    return [name, name === "codeChallenge" ? await newChallenge() : (memory.ids[name] ?? value)];
  });
  return Object.fromEntries(await Promise.all(filled));
}

// Right after a change of tabs the editor still names the operation of the tab before: the text decides.
function operationIn(request, options) {
  let documentAST;
  try {
    documentAST = GraphiQL.GraphQL.parse(request.query);
  } catch {
    return { operationName: request.operationName, documentAST: options.documentAST };
  }
  const names = documentAST.definitions
    .filter((definition) => definition.kind === "OperationDefinition")
    .map((definition) => definition.name && definition.name.value);
  return { operationName: names.includes(request.operationName) ? request.operationName : names[0], documentAST };
}

async function fetcher(request, options = {}) {
  const { operationName, documentAST } = operationIn(request, options);
  if (!hasOwnToken(options.headers ?? {})) await stillSignedIn();
  const variables = await withIds(request.variables);
  const answer = await send({ ...request, operationName, variables }, { ...options, documentAST, headers: withToken(options.headers) });
  remember(answer && answer.data);
  return answer;
}

function start() {
  ReactDOM.createRoot(root).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: tabs,
      defaultEditorToolsVisibility: "variables",
      shouldPersistHeaders: false,
      plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    }),
  );
}
