// npm's ebay-api beside a stand-in of eBay: `node reader.mjs WHAT URL TOKEN [JSON]` prints what came of it as JSON.
// The hosts of eBay are rewritten by an interceptor; those of signed calls by the client's own settings, since the
// signature names the host.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.cwd(), 'package.json'));
const main = require.resolve('ebay-api');
const { default: EBayApi } = await import(pathToFileURL(main.replace(/lib\/index\.js$/, 'dist/eBayApi.js')));
const signing = await import(pathToFileURL(join(dirname(main), '..', 'dist', 'api', 'digitalSignature.js')));

const [what, url, token, given = '{}'] = process.argv.slice(2);
const asked = JSON.parse(given);

const eBay = new EBayApi({
  appId: 'client', certId: 'secret', sandbox: false, marketplaceId: 'EBAY_DE', signature: asked.signature,
});
eBay.OAuth2.setCredentials({ access_token: token, expires_in: 7200, token_type: 'User Access Token' });
eBay.req.instance.interceptors.request.use((request) => {
  const meant = new URL(request.url);
  request.url = url + meant.pathname + meant.search;
  return request;
});

// Every page, as objects that stay: what a program would go on with.
async function pages(ask, rows) {
  const found = [];
  for (let offset = 0; ;) {
    const page = await ask(offset);
    found.push(...(page[rows] ?? []));
    if (!page.next) return found;
    offset = new URL(page.next, url).searchParams.get('offset');
  }
}

const deeds = {
  async orders() {
    const { filter } = asked;
    const began = performance.now();
    const orders = await pages((offset) => eBay.sell.fulfillment.getOrders({ filter, limit: 200, offset }), 'orders');
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage();
    const status = readFileSync('/proc/self/status', 'utf8');
    const told = asked.isBrief ? orders.length : orders.map((each) => [each.orderId, each.pricingSummary.total.value]);
    return { orders: told, seconds, cpuS: (user + system) / 1e6, peakMb: status.match(/VmHWM:\s+(\d+)/)[1] / 1024 };
  },
  async inventory() {
    const items = await pages(
      (offset) => eBay.sell.inventory.getInventoryItems({ limit: 25, offset }), 'inventoryItems');
    const rows = [];
    for (const { sku, availability } of items) {
      const { offers } = await eBay.sell.inventory.getOffers({ sku });
      rows.push([
        sku, availability.shipToLocationAvailability.quantity,
        offers.map((each) => [each.status, each.pricingSummary.price.value, each.listing?.listingId]),
      ]);
    }
    return rows;
  },
  // A call that eBay wants signed, by this client's code.
  async refund() {
    const [subdomain, tld] = new URL(url).host.split(/\.(?=[^.]+$)/);
    try {
      const signed = eBay.sell.fulfillment.api({ sign: true, schema: 'http://', subdomain, tld });
      return await signed.issueRefund(asked.orderId, asked.body);
    } catch (error) {
      return { status: error.meta?.res?.status, errors: error.meta?.res?.data?.errors ?? String(error) };
    }
  },
  // What this client would sign, with its own words, for a call of ours.
  async sign() {
    const { headers, parts, body, created, privateKey } = asked;
    return {
      base: signing.generateBaseString(headers, parts, body, created),
      digest: body ? signing.generateContentDigestValue(body) : null,
      input: signing.generateSignatureInput(body, created),
      signature: signing.generateSignature(headers, privateKey, parts, body, created),
    };
  },
};

process.stdout.write(`${JSON.stringify(await deeds[what]())}\n`);
