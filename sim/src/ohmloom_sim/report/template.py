"""Pages from the templates of this folder, in the one style that they share."""

from collections.abc import Mapping
from typing import Any

import jinja2

__all__ = ["rendered"]


def rendered(name: str, context: Mapping[str, Any]) -> str:
    """Return a page made from a template; a name that the context lacks is an error."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ohmloom_sim.report", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(context)
