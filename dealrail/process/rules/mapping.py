"""Which stage of a new version takes over the deals of each stage of an old one; pure."""

from collections.abc import Mapping

from dealrail.process.rules.values import ProcessSpec, StageKind, StageSpec

STAYS = ""


def changes_win(old: StageSpec, new: StageSpec) -> bool:
    """Whether deals in the one are won and in the other are not."""
    return (old.kind is StageKind.WON) != (new.kind is StageKind.WON)


def suggested(old: StageSpec, new: ProcessSpec) -> str:
    """The stage of the same key; none where it vanished, or where deals would be won, or no longer be, by it."""
    same = new.stage(old.key) if new.has_stage(old.key) else None
    return STAYS if same is None or changes_win(old, same) else same.key


def target(mapping: Mapping[str, str], old: StageSpec, new: ProcessSpec) -> str:
    """Where deals of an old stage go: as the mapping says, else as suggested; nothing when they stay."""
    return mapping[old.key] if old.key in mapping else suggested(old, new)
