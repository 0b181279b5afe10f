// Flows of npm's graphql-ws: `node sockets.mjs` prints one JSON object with what came of each.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const url = `${process.env.ADGRAPH_URL}/graphql`.replace("http", "ws");
const authorization = `Bearer ${process.env.ADGRAPH_TOKEN}`;
const connected = (connectionParams, more = {}) =>
  createClient({ url, connectionParams, webSocketImpl: WebSocket, retryAttempts: 0, ...more });
const client = connected({ authorization }, { lazy: false, onNonLazyError: () => {} });
const found = {};

const answers = async (query, variables, by = client) => {
  const events = [];
  for await (const event of by.iterate({ query, variables })) events.push(event);
  return events;
};
const failure = async (work) => {
  try {
    await work;
    return "none";
  } catch (error) {
    return error.code ?? error[0]?.extensions?.code ?? String(error);
  }
};

found.query = (await answers("{ tenant { name } }"))[0].data.tenant.name;
found.variables = (await answers("query ($first: Int) { adAccounts(first: $first) { nodes { id } } }", { first: 2 }))[0]
  .data.adAccounts.nodes.length;
found.together = (await Promise.all(Array.from({ length: 10 }, () => answers("{ __typename }")))).length;
found["field error"] = (await answers('{ adAccount(id: "nonsense") { id } }'))[0].errors[0].extensions.code;
found["invalid document"] = await failure(answers("{ nothing }"));
found["wrong variable"] = await failure(answers("query ($first: Int) { adAccounts(first: $first) { totalCount } }", { first: "x" }));
const [account] = (await answers("{ adAccounts { nodes { id } } }"))[0].data.adAccounts.nodes;
const [started] = await answers("mutation ($id: ID!) { refreshAdAccount(input: { adAccountId: $id }) { refreshJob { id } } }", {
  id: account.id,
});
const events = await answers("subscription ($job: ID!) { refreshProgress(jobId: $job) { status } }", {
  job: started.data.refreshAdAccount.refreshJob.id,
});
found.subscription = events.at(-1).data.refreshProgress.status;
// One that is left before its end: the socket answers others afterwards.
const left = client.iterate({ query: "subscription { refreshJobs { id } }" });
const next = left.next();
await left.return();
await next;
found["after leaving"] = (await answers("{ __typename }"))[0].data.__typename;
await client.dispose();

found["wrong token"] = await failure(answers("{ __typename }", {}, connected({ authorization: "Bearer wrong" })));
found["without a token"] = (await answers("{ viewer { role } }", {}, connected({})))[0].data.viewer;
console.log(JSON.stringify(found));
process.exit(0);
