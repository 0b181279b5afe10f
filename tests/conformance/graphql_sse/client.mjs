// The reference client of graphql-sse. Arguments: the file of the package and the URL of a server that serves the small
// schema of the tests. Prints what came of each case, as JSON.
const [library, url] = process.argv.slice(2);
const { createClient } = await import(library);

const anonymous = createClient({ url, retryAttempts: 0 });
const signedIn = createClient({ url, retryAttempts: 0, headers: { authorization: 'Bearer good' } });

async function all(client, request, most = Infinity) {
  const results = [];
  for await (const result of client.iterate(request)) {
    results.push(result);
    if (results.length === most) break;
  }
  return results;
}

const counts = (results) => results.map((result) => result.data.count);
const codes = (results) => results.flatMap((result) => (result.errors ?? []).map((error) => error.extensions.code));

const cases = {
  subscription: async () => counts(await all(anonymous, { query: 'subscription { count(to: 3) }' })),
  variables: async () =>
    counts(
      await all(anonymous, {
        query: 'subscription Counting($to: Int) { count(to: $to) } subscription Other { forever }',
        variables: { to: 1 },
        operationName: 'Counting',
      }),
    ),
  query: async () => (await all(signedIn, { query: '{ me }' }))[0].data.me,
  mutation: async () => (await all(anonymous, { query: 'mutation { change }' }))[0].data.change,
  left: async () => (await all(anonymous, { query: 'subscription { forever }' }, 1)).length,
  invalid: async () => codes(await all(anonymous, { query: 'subscription { nope }' })),
  nobody: async () => codes(await all(anonymous, { query: 'subscription { mine }' })),
  broken: async () => codes(await all(anonymous, { query: 'subscription { breaks }' })),
  nothing: () => all(anonymous, { query: '' }),
  many: async () =>
    (await Promise.all(Array.from({ length: 20 }, () => all(anonymous, { query: 'subscription { count(to: 20) }' }))))
      .flat().length,
};

const found = {};
for (const [name, run] of Object.entries(cases)) {
  try {
    found[name] = await run();
  } catch (error) {
    found[name] = `refused: ${error.response?.status ?? error.message}`;
  }
}
process.stdout.write(JSON.stringify(found), () => process.exit(0));
