// Starts GraphiQL on this server. Tokens stay in this tab's memory: nothing of them is stored.
"use strict";

const root = document.getElementById("graphiql");
const tabs = JSON.parse(root.dataset.tabs);
const scheme = location.protocol === "https:" ? "wss:" : "ws:";
const memory = { accessToken: null, ids: {} };

const send = GraphiQL.createFetcher({
  url: "/graphql",
  subscriptionUrl: `${scheme}//${location.host}/graphql`,
  enableIncrementalDelivery: false,
});

// Remembers the latest access token, the first ad account and the latest refresh of what came back.
function remember(value) {
  if (value === null || typeof value !== "object") return;
  if (typeof value.accessToken === "string") {
    memory.accessToken = value.accessToken;
    document.dispatchEvent(new CustomEvent("signed-in", { detail: value.viewer }));
  }
  if (value.__typename === "AdAccount") memory.ids.adAccountId ??= value.id;
  if (value.__typename === "RefreshJob") memory.ids.jobId = value.id;
  Object.values(value).forEach(remember);
}

// The headers editor wins; without an Authorization there, the token of the last sign-in is sent.
function withToken(headers = {}) {
  const own = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if (own || memory.accessToken === null) return headers;
  return { ...headers, authorization: `Bearer ${memory.accessToken}` };
}

// An empty variable stands for what is remembered under its name: the "Accounts" tab's first account, the last refresh.
function withIds(variables) {
  if (!variables) return variables;
  const filled = Object.entries(variables).map(([name, value]) => [name, value === "" ? (memory.ids[name] ?? "") : value]);
  return Object.fromEntries(filled);
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

function fetcher(request, options = {}) {
  const { operationName, documentAST } = operationIn(request, options);
  const answer = send(
    { ...request, operationName, variables: withIds(request.variables) },
    { ...options, documentAST, headers: withToken(options.headers) },
  );
  if (answer && typeof answer.then === "function") {
    return answer.then((result) => {
      remember(result && result.data);
      return result;
    });
  }
  return answer;
}

ReactDOM.createRoot(root).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultTabs: tabs,
    defaultEditorToolsVisibility: "variables",
    shouldPersistHeaders: false,
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
  }),
);
