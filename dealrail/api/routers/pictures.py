"""Pictures that texts of processes and of the action library name."""

from typing import Any

from django.http import FileResponse
from ninja import File, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from dealrail.api.auth import ApiRequest
from dealrail.api.paging import Page, Paged, paged
from dealrail.api.reading import storable
from dealrail.api.shapes.parts import plain
from dealrail.core.uploads import kept_at
from dealrail.process.actions.pictures import add_picture as add
from dealrail.process.queries import pictures
from dealrail.process.rules.pictures import SCHEME

router = Router(tags=["processes"])


class PictureOut(BaseModel):
    """A picture; texts show it as ![words](`address`)."""

    digest: str = Field(description="The first half of the SHA-256 of its content.")
    address: str
    name: str
    media_type: str
    size: int
    width: int
    height: int
    is_shown: bool = Field(description="Whether everybody sees it, as a published process or the library names it.")


def _picture(row: Any) -> PictureOut:
    told = plain(row, "digest", "name", "media_type", "size", "width", "height", "is_shown")
    return PictureOut(address=f"{SCHEME}{row.digest}", **told)


@router.get("/pictures", response=Page[PictureOut])
def list_pictures(request: ApiRequest, asked: Query[Paged]) -> Page[PictureOut]:
    """Every picture, the latest first; for who designs processes."""
    rows = pictures.pictures(request.auth)
    return paged(rows, asked, show=lambda found: [_picture(row) for row in found])


@router.post("/pictures", response={201: PictureOut})
def add_picture(request: ApiRequest, picture: File[UploadedFile]) -> PictureOut:
    """Keep a picture, PNG or JPEG up to 5 MB; one that is there already is told again."""
    return _picture(add(actor=request.auth, file=picture))


@router.get("/pictures/{digest}", response={200: None})
def read_picture(request: ApiRequest, digest: str) -> FileResponse:
    """The picture itself."""
    found = pictures.picture(request.auth, storable(digest))
    return FileResponse(kept_at(found.file).open("rb"), content_type=found.media_type)
