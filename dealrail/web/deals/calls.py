"""A step about to be taken with a deal: by whom, with which deal, and what was sent."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from dealrail.accounts.actor import Actor
from dealrail.web.inputs import whole


@dataclass(frozen=True)
class Call:
    """A step about to be taken. `key` is the rest of the address: an action, an approval, a follow-up."""

    actor: Actor
    deal: Any
    request: HttpRequest
    key: str = ""

    @property
    def about(self) -> dict[str, Any]:
        """What every action on a deal takes."""
        return {"actor": self.actor, "deal_id": self.deal.pk}

    @property
    def seen(self) -> dict[str, Any]:
        """The same, with the version that the form was made for."""
        return {**self.about, "seen_version": whole(self.request.POST.get("seen"))}

    def text(self, name: str) -> str:
        """What was typed into an input."""
        return str(self.request.POST.get(name, ""))
