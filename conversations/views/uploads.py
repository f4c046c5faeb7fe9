"""Taking in a file from the composer. Answers are JSON, refusals with a sentence."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from accounts import limits
from chatsite.lib.crypto import CannotOpen
from chatsite.lib.uploads import InMemory
from conversations import conf
from conversations.core.file_names import clean_name
from conversations.models import File
from conversations.runner import running
from conversations.services import file_versions, uploading
from conversations.services.access import NotFound

NO_FILE = "No file came along."
SEVERAL = "Files come one at a time."
GARBLED = "What arrived was no upload, or it broke off."
TOO_OLD = "This page is too old. Load it again, then attach the file."
SIGNED_OUT = "You are signed out. Sign in again."
TOO_FAST = "Too many files at once. Wait a moment."
NO_KEY = "Your data key is missing, so nothing can be stored."
NO_CONVERSATION = "There is no such conversation."


@csrf_exempt  # for here: the token is read from the body only after the rest is checked
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Field ``file``, and ``conversation`` where it will be sent, if that is known."""
    if not request.user.is_authenticated:
        return _refusal(401, "auth", SIGNED_OUT)
    if wait := limits.spend("uploads", request.user.pk):
        refusal = _refusal(429, "rate_limited", TOO_FAST)
        refusal["Retry-After"] = str(wait)
        return refusal
    keeper = InMemory(request, conf.file_limits().bytes)
    request.upload_handlers = [keeper]
    try:
        answer = _take_in(request, keeper)
    except (MultiPartParserError, SuspiciousOperation, BadRequest):
        return _refusal(400, "bad_request", GARBLED)
    if answer.status_code == 403:
        return _refusal(403, "csrf", TOO_OLD)
    return answer


@csrf_protect
def _take_in(request: HttpRequest, keeper: InMemory) -> HttpResponse:
    given = request.FILES.get("file")  # from here on ``keeper`` knows what came
    if keeper.too_large:
        refusal = uploading.too_large(clean_name(keeper.file_name or ""))
        return _refusal(refusal.status, refusal.code, str(refusal))
    if given is None or keeper.more_files:
        return _refusal(400, "bad_request", SEVERAL if given else NO_FILE)
    try:
        conversation = _conversation(request)
        file = uploading.upload(
            by=request.user.pk,
            name=given.name or "",
            chunks=given.chunks(),
            conversation_id=conversation,
        )
    except uploading.FileRefused as problem:
        return _refusal(problem.status, problem.code, str(problem))
    except NotFound:
        return _refusal(404, "not_found", NO_CONVERSATION)
    except CannotOpen:
        return _refusal(503, "unavailable", NO_KEY)
    wake_upkeep()
    return _told(file, conversation)


def _conversation(request: HttpRequest) -> UUID | None:
    told = request.POST.get("conversation", "")
    try:
        return UUID(told) if told else None
    except ValueError:
        raise NotFound from None


def _told(file: File, conversation: UUID | None) -> JsonResponse:
    same = file_versions.same_content(file, conversation)
    answer = {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "size": file.size,
        "status": file.status,
        "version": file.version,
        "replaces": file.replaces_id,
        "same_as": same.id if same else None,
    }
    return private(JsonResponse(answer, status=201))


def _refusal(status: int, code: str, sentence: str) -> JsonResponse:
    return private(JsonResponse({"code": code, "message": sentence}, status=status))


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response


def wake_upkeep() -> None:
    """Where nothing works here, another process will look before long."""
    runner = running()
    if runner is not None and not runner.loop.is_closed():
        runner.loop.call_soon_threadsafe(runner.upkeep.wake)
