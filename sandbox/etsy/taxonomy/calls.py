"""Owns what the API answers about categories; must not know what is in them."""

from sandbox.etsy.calls import EtsyCall, EtsyReply, EtsyRoute, listed
from sandbox.etsy.errors import missing
from sandbox.etsy.state import EtsySandbox
from sandbox.etsy.taxonomy.catalogue import NODES, shown_property, tree


def read_nodes(_sandbox: EtsySandbox, _call: EtsyCall) -> EtsyReply:
    """The whole tree at once; `count` has the nodes of the first level."""
    return listed(list(tree()))


def read_properties(_sandbox: EtsySandbox, call: EtsyCall) -> EtsyReply:
    node = NODES.get(call.id("taxonomy_id"))
    if node is None:
        raise missing("taxonomy node", taxonomy_id=call.ids["taxonomy_id"])
    return listed([shown_property(each) for each in node.properties])


_NODES = "/seller-taxonomy/nodes"
CALLS = (
    EtsyRoute("GET", _NODES, "taxonomy.nodes", None, read_nodes),
    EtsyRoute("GET", f"{_NODES}/{{taxonomy_id}}/properties", "taxonomy.properties", None, read_properties),
)
