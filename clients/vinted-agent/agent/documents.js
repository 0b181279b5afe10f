// The documents that the agent sends. They stand in documents.json too, which servers read that run known documents
// alone. A worker that Chrome has ended does not come back when it imports JSON, so it is not read from there.

export const DOCUMENTS = Object.freeze({
  "adgraph-vinted-agent-pair":
    "mutation PairRelay($code: String!, $agentVersion: String!, $protocol: Int!) { pairRelay(code: $code, " +
    "agentVersion: $agentVersion, protocol: $protocol) { token channelName market userErrors { code " +
    "message retryAfter } } }",
  "adgraph-vinted-agent-claim":
    "mutation ClaimRelayWork($agentVersion: String!, $protocol: Int!) { claimRelayWork(agentVersion: " +
    "$agentVersion, protocol: $protocol) { retryAfter userErrors { code message retryAfter } lease { id " +
    "kind attempt expiresIn callTimeoutSeconds spacingMs steps { index operation arguments isUnsafe } } } " +
    "}",
  "adgraph-vinted-agent-report":
    "mutation ReportRelayStep($input: RelayReportInput!) { reportRelayStep(input: $input) { accepted stop " +
    "expiresIn userErrors { code message retryAfter } } }",
  "adgraph-vinted-agent-bell":
    "subscription RelayBell { relayBell { waiting } }",
});
