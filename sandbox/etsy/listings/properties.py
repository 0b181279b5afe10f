"""Owns what a listing tells of itself by its category's properties; must not touch its variations."""

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute, listed
from sandbox.etsy.errors import EtsyRefusal, missing
from sandbox.etsy.listings.lookup import own_listing
from sandbox.etsy.listings.records import Listing, Object, PropertyValue
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.taxonomy.catalogue import NODES, ListingProperty


def set_property(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    """In place of what the property had."""
    _, listing = own_listing(sandbox, call)
    known = _known(listing, call.id("property_id"))
    fields = call.fields()
    values, value_ids = fields.words("values"), fields.numbers("value_ids") or []
    if not values:
        raise EtsyRefusal("Missing Input Parameter: [values]")
    names = dict(known.values)
    if known.values and (not value_ids or any(each not in names for each in value_ids)):
        raise EtsyRefusal(f"Invalid value_ids for property {known.property_id}.")
    if len(values) > 1 and not known.is_multivalued:
        raise EtsyRefusal(f"Property {known.property_id} takes one value.")
    scale_id = fields.whole("scale_id")
    if known.scales and scale_id not in {each.scale_id for each in known.scales}:
        raise EtsyRefusal(f"Invalid scale_id for property {known.property_id}.")
    told = [names[each] for each in value_ids] if known.values else values
    listing.properties[known.property_id] = PropertyValue(known.property_id, known.name, scale_id, value_ids, told)
    listing.updated_s = sandbox.now_s
    return EtsyReply(_shown(listing.properties[known.property_id]))


def list_properties(sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    _, listing = own_listing(sandbox, call)
    return listed([_shown(each) for each in listing.properties.values()])


def _known(listing: Listing, property_id: int) -> ListingProperty:
    node = NODES.get(listing.given.get("taxonomy_id", 0))
    found = next((each for each in (node.properties if node else ()) if each.property_id == property_id), None)
    if found is None:
        raise missing("property of the listing's category", property_id=property_id)
    return found


def _shown(value: PropertyValue) -> Object:
    return {
        "property_id": value.property_id,
        "property_name": value.property_name,
        "scale_id": value.scale_id,
        "scale_name": None,
        "value_ids": value.value_ids,
        "values": value.values,
    }


_PROPERTIES = "/shops/{shop_id}/listings/{listing_id}/properties"
CALLS = (
    EtsyRoute("PUT", f"{_PROPERTIES}/{{property_id}}", "listings.set_property", "listings_w", set_property),
    EtsyRoute("GET", _PROPERTIES, "listings.properties", "listings_r", list_properties),
)
