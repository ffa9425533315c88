"""The condition kinds about what was done, and what examples say of it."""

from dealrail.activities.condition_kinds.given import GivenActions, GivenFiles, GivenFollowUps
from dealrail.activities.condition_kinds.work import ActionsDone, FilesAttached, FollowUps

__all__ = ["ActionsDone", "FilesAttached", "FollowUps", "GivenActions", "GivenFiles", "GivenFollowUps"]
