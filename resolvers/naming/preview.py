"""previewNaming: what a template that is not stored makes of names."""

from dataclasses import dataclass

from strawberry.utils.str_converters import to_camel_case

from analytics.naming.checks import faults_of
from analytics.naming.template import TemplateRules
from errors import BadInput
from resolvers.context import Info, signed_in
from resolvers.inputs.given import given, given_list
from resolvers.inputs.ids import wanted_id
from resolvers.naming.inputs import NamingTemplateInput, template_rules
from services.naming.preview import NamingPreview, preview_names


@dataclass(slots=True)
class _Notes:
    wrong_id: BadInput | None = None


async def preview_naming(info: Info, template: NamingTemplateInput, names: list[str]) -> list[NamingPreview]:
    viewer = signed_in(info)
    listed = given_list(names, "names") or ()
    return await preview_names(viewer, _rules(template), listed)


def _rules(template: NamingTemplateInput) -> TemplateRules:
    """Raises BadInput with the place of the first fault; saving the template tells all of them.

    Its ids must be ids of the right types, and are looked up nowhere.
    """
    wanted = given(template.id)
    if wanted is not None:
        wanted_id(wanted, "NamingTemplate", at=("template", "id"))
    notes = _Notes()
    rules = template_rules(template, notes, at=("template",))
    if notes.wrong_id is not None:
        raise notes.wrong_id
    if faults := faults_of(rules):
        path = ".".join(("template", *(to_camel_case(str(each)) for each in faults[0].path)))
        raise BadInput(f"`{path}`: {faults[0].message}")
    return rules
