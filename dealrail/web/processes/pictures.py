"""Pictures for texts of processes: added, listed with what texts call them, shown."""

from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from dealrail.core.errors import Refusal
from dealrail.core.uploads import kept_at
from dealrail.process.actions.pictures import add_picture
from dealrail.process.queries import pictures as kept
from dealrail.process.rules.pictures import text_of
from dealrail.web.lists.paging import page_of
from dealrail.web.signed_in import actor_of

A_DAY = 24 * 3600


class NoneChosen(Refusal):
    code = "no_picture_chosen"
    sentence = gettext_lazy("Choose a picture first.")


def pictures(request: HttpRequest) -> HttpResponse:
    """Every picture with what texts call it; another is added. A script that puts it into a text is told in JSON."""
    if request.method != "POST":
        return _page(request)
    is_script = request.headers.get("Accept") == "application/json"
    try:
        file = request.FILES.get("picture")
        if file is None:
            raise NoneChosen()
        made = add_picture(actor=actor_of(request), file=file)
    except Refusal as refusal:
        if is_script:
            return JsonResponse({"refused": str(refusal)}, status=refusal.status)
        return _page(request, refusal)
    if is_script:
        return JsonResponse({"text": text_of(_words(made.name), made.digest)})
    return redirect(f"{request.path}#picture-{made.digest}")


def _words(name: str) -> str:
    """What a picture is read as: the name of its file without the ending."""
    return name.rpartition(".")[0] or name or _("Picture")


def _page(request: HttpRequest, refusal: Refusal | None = None) -> HttpResponse:
    page = page_of(kept.pictures(actor_of(request)), sort=[], cursor=request.GET.get("cursor", ""))
    context = {
        "rows": [(row, text_of(_words(row.name), row.digest)) for row in page.rows],
        "page": page,
        "refusal": refusal,
    }
    return render(request, "processes/pictures.html", context, status=refusal.status if refusal else 200)


@require_safe
def picture(request: HttpRequest, digest: str) -> FileResponse:
    """A picture, as texts show it; it never changes, as it is called by its content."""
    found = kept.picture(actor_of(request), digest)
    answer = FileResponse(kept_at(found.file).open("rb"), content_type=found.media_type)
    answer.headers["Cache-Control"] = f"private, max-age={A_DAY}, immutable"
    return answer
