// One client of the TypeScript SDK from nothing to a call: node flow.mjs v1|v2 ADDRESS. It prints where the person has to go and reads
// where they came back; what the tool gave is its last line.
import { createInterface } from "node:readline";

const [era, address] = process.argv.slice(2);
const sdk =
  era === "v1"
    ? {
        ...(await import("@modelcontextprotocol/sdk/client/index.js")),
        ...(await import("@modelcontextprotocol/sdk/client/streamableHttp.js")),
        ...(await import("@modelcontextprotocol/sdk/client/auth.js")),
      }
    : await import("@modelcontextprotocol/client");
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const kept = {};
const provider = {
  redirectUrl: "http://localhost:33418/callback",
  clientMetadata: {
    client_name: `TypeScript SDK ${era}`,
    redirect_uris: ["http://localhost:33418/callback"],
    grant_types: ["authorization_code"],
    response_types: ["code"],
    token_endpoint_auth_method: "none",
  },
  state: () => (kept.state ??= crypto.randomUUID()),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => (kept.client = client),
  tokens: () => kept.tokens,
  saveTokens: (tokens) => (kept.tokens = tokens),
  saveCodeVerifier: (verifier) => (kept.verifier = verifier),
  codeVerifier: () => kept.verifier,
  saveDiscoveryState: (found) => (kept.found = found),
  discoveryState: () => kept.found,
  redirectToAuthorization: (url) => console.log(`AUTHORIZE ${url}`),
};

function connection() {
  const options = era === "v2" ? { versionNegotiation: { mode: "auto" } } : {};
  return {
    client: new sdk.Client({ name: `ts-${era}`, version: "1.0.0" }, { capabilities: {}, ...options }),
    transport: new sdk.StreamableHTTPClientTransport(new URL(address), { authProvider: provider }),
  };
}

let { client, transport } = connection();
try {
  await client.connect(transport);
  throw new Error("It was let in without a token.");
} catch (error) {
  if (!(error instanceof sdk.UnauthorizedError)) throw error;
}
const back = new URL((await lines.next()).value).searchParams;
if (back.get("state") !== kept.state) throw new Error("The state is not mine.");
await transport.finishAuth(era === "v1" ? back.get("code") : back);
({ client, transport } = connection());
await client.connect(transport);
const listed = await client.listTools();
const given = await client.callTool({ name: "start_interview", arguments: { title: `By ${era}` } });
console.log(JSON.stringify({ tools: listed.tools.length, title: given.structuredContent.title }));
await client.close();
process.exit(0);
