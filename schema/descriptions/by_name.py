"""What names mean that are the same wherever they stand, for those that say no more of themselves."""

from collections.abc import Mapping

# By the end of a type's name.
TYPES: Mapping[str, str] = {
    "Connection": "A page of a list.",
    "Edge": "An item of a page, with its place in the list.",
    "Payload": "What the mutation answers.",
}

FIELDS: Mapping[str, str] = {
    "adAccount": "The ad account that it belongs to.",
    "adSet": "The ad set that it belongs to.",
    "campaign": "The campaign that it belongs to.",
    "connectedBy": "Who connected it; null when they are no member any more.",
    "createdAt": "When it was made.",
    "cursor": "The item's place in the list, for `after`.",
    "edges": "The items of the page, each with its cursor.",
    "endCursor": "The place of the last item, for `after`; null on an empty page.",
    "externalId": "The platform's own id.",
    "id": "Global and opaque: `node(id)` reads the object.",
    "ip": "The address that the request came from.",
    "key": "The name by which the API knows it.",
    "name": "As people know it.",
    "node": "The item itself.",
    "nodes": "The items of the page, without cursors.",
    "pageInfo": "Whether there are more items, and where the page begins and ends.",
    "platform": "The ad platform that it is from.",
    "role": "What they are in the tenant, which decides what they may do.",
    "status": "Its state as it was last read.",
    "unit": "How to read the number.",
    "userErrors": "What is wrong with the input, or why nothing was done; empty when it was done.",
    "viewer": "Who is asking from here on.",
}

ARGUMENTS: Mapping[str, str] = {
    "after": "The `endCursor` of the page before; absent or empty is the beginning.",
    "attribution": "Which conversions count.",
    "filter": "Only what matches it; absent is everything.",
    "first": "At most so many items: 50 when absent or null, 1,000 when larger. Below 1 it is an error.",
    "grain": "Into which periods the range is cut.",
    "id": "The global id of the object.",
    "idempotencyKey": "1 to 64 printable characters of your choice: for 24 hours a repeated call with the same input "
    "gets the first answer.",
    "input": "What is wanted.",
    "order": "In which order the list is; equal ones are told apart by their ids.",
    "range": "The days, in the ad account's time zone.",
    "search": "A part of the name, in any case of letters.",
    "userId": "The person's id.",
}

# Of input objects.
INPUT_FIELDS: Mapping[str, str] = {
    "adAccountIds": "Those of these ad accounts.",
    "adIds": "Those of these ads.",
    "adSetIds": "Those of these ad sets.",
    "all": "All of these hold.",
    "any": "At least one of these holds; none of an empty list does.",
    "campaignIds": "Those of these campaigns.",
    "creativeIds": "Those of these creatives.",
    "isNull": "True: there is no value. False: there is one.",
    "name": "By the name.",
    "not": "This does not hold.",
    "order": "Rising or falling.",
    "platform": "The ad platform.",
    "status": "In one of these states.",
}
