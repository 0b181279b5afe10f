// Which site belongs to a channel's market. `sites.json` and the manifest's list of hosts are all that differs where
// the extension is tried with a stand-in of the site.

/** @typedef {{spacingMs: number, origin: string | null}} Sites */

/**
 * @param {string} market as the server names it, such as vinted.fr
 * @param {Sites} sites
 * @param {readonly string[]} hosts the manifest's host permissions
 * @returns {string | null} null for a market that this extension has no permission for
 */
export function originOf(market, sites, hosts) {
  if (sites.origin !== null) return sites.origin;
  const origin = `https://www.${market}`;
  return hosts.includes(`${origin}/*`) ? origin : null;
}
