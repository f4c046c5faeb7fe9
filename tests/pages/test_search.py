"""Search: the library's results, the page for it, what the palette fetches."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from accounts import facts
from accounts.models import User
from conversations.models import Conversation, Message
from conversations.services import indexing
from conversations.services.links import link_to_message
from conversations.views import search
from tests.factories import create_conversation, create_message
from tests.pages.markup import Element, assert_harmless, read

OPTIONS = {"X-Fragment": "results"}
NASTY = [
    "%", "_", "*", "\\", "'", '"', "''", '"""', ";", "--", "/*", "*/", "(", ")", "()",
    "^", "a OR b", "a AND b", "NOT a", "a NEAR b", "terms:a", "a*", '"a" OR "b"',
    "') OR 1=1 --", "'; DROP TABLE conversations_message; --", "\x00", "a\x00b",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "{{ 7*7 }}",
    "{% now %}", "${7*7}", "%s", "%(a)s", "{0}", "../../etc/passwd", "(a+)+$", "[[[",
    "a" * 5_000, "é\u0301" * 500, "\u202e", "٪", "💥" * 50, "in:title:in:title",
    "before:9999-99-99", "after:" + "9" * 400, "-" * 300, "\ufeff", "\ud7ff",
]  # fmt: skip


def indexed(owner: User, *texts: str, title: str = "A talk") -> Conversation:
    talk = create_conversation(owner, title=title)
    for text in texts:
        indexing.put_messages([create_message(talk, text)])
    indexing.put_title(talk)
    return talk


def results(client: Client, q: str, **asked: str) -> Element:
    response = client.get("/c/", {"q": q, **asked})
    assert response.status_code == 200
    page = read(response)
    assert_harmless(page)
    return page


def hits(page: Element) -> list[str]:
    return [hit.all("span")[0].text for hit in page.all("a", class_="hit")]


# --- the page of results
def test_titles_come_first_then_what_was_said_then_the_way_there(
    alice: User, hers: Client
) -> None:
    talk = indexed(alice, "Red as a door", title="Red doors")

    page = results(hers, "red door")

    assert hits(page) == ["Red doors", "Red as a door"]
    title, message = page.all("a", class_="hit")
    assert title.attrs["href"] == f"/c/{talk.id}/"
    assert message.attrs["href"] == link_to_message(talk.id, talk.head_id)
    assert [mark.text for mark in message.all("mark")] == ["Red", "door"]
    assert message.one("small").text.startswith("You ")
    assert [h.text for h in page.one("main").all("h2")] == ["Titles", "Red doors"]
    assert page.one("input", id="q").attrs["value"] == "red door"
    assert page.all("table") == []


def test_words_of_people_are_escaped_around_the_marks(
    alice: User, hers: Client
) -> None:
    nasty = "<b onclick=x>door</b> <script>door</script> &lt; \"'"
    indexed(alice, nasty, title=nasty)

    page = results(hers, "door")

    assert hits(page) == [nasty, nasty]
    assert [mark.text for mark in page.all("mark")] == ["door"] * 4


@pytest.mark.parametrize("nasty", NASTY)
def test_nothing_that_is_typed_does_harm(nasty: str, alice: User, hers: Client) -> None:
    indexed(alice, "an ordinary door")

    for address in ("/c/", "/search/"):
        for asked in ({"q": nasty}, {"q": f"door {nasty}", "typing": "1"}):
            response = hers.get(address, asked)
            assert response.status_code == 200
            assert_harmless(read(response))


def test_facts_are_among_the_results(alice: User, hers: Client) -> None:
    facts.remember(alice.id, "door", "is red")

    page = results(hers, "red")

    assert hits(page) == ["door: is red"]
    assert page.one("a", class_="hit").attrs["href"] == "/settings/facts/"


@pytest.mark.parametrize(
    ("show", "expected"),
    [("all", ["archived", "plain"]), ("archived", ["archived"]), ("trash", ["gone"])],
)
def test_tabs_say_where_it_is_searched(
    show: str, expected: list[str], alice: User, hers: Client
) -> None:
    now = indexed(alice, "door plain").created
    for text, field in (("archived", "archived_at"), ("gone", "deleted_at")):
        talk = indexed(alice, f"door {text}")
        Conversation.objects.filter(id=talk.id).update(**{field: now})

    page = results(hers, "door", show=show)

    assert sorted(hits(page)) == [f"door {name}" for name in expected]
    links = [tab.attrs["href"] for tab in page.one("nav", class_="tabs").all("a")]
    assert links == [
        "/c/?q=door",
        "/c/?show=archived&q=door",
        "/c/?show=trash&q=door",
    ]


def test_a_bad_date_is_explained_and_the_rest_is_found(
    alice: User, hers: Client
) -> None:
    indexed(alice, "a door")

    page = results(hers, "door before:soon")

    assert hits(page) == ["a door"]
    assert "“before:soon” is left out" in page.one("p", class_="note").text


def test_the_many_of_one_conversation_are_behind_a_link(
    alice: User, hers: Client
) -> None:
    talk = indexed(alice, *(f"door {n}" for n in range(5)))

    page = results(hers, "door")
    more = page.one("a", href=f"/c/?q=door&here={talk.id}")
    assert (len(hits(page)), more.text) == (3, "2 more here")

    page = read(hers.get(more.attrs["href"]))
    assert len(hits(page)) == 5
    _, everywhere = page.all("a", href="/c/?q=door")  # behind the tab
    assert everywhere.text == "Search everywhere"


def test_the_older_rest_is_a_link_away(alice: User, hers: Client, monkeypatch) -> None:
    bounds = search.searching.Bounds(10, 4, 4, 4, 50, 50)
    monkeypatch.setattr(search.searching, "WHOLE", bounds)
    monkeypatch.setattr(search.searching, "BATCH", 4)
    indexed(alice, *(f"door {n}" for n in range(10)))
    seen: list[str] = []
    following = "/c/?q=door"
    while following:
        page = read(hers.get(following))
        seen += hits(page)
        links = page.all("a", rel="next")
        following = links[0].attrs["href"] if links else ""

    assert sorted(seen) == [f"door {n}" for n in range(10)]


@pytest.mark.parametrize("asked", [{"after": "x"}, {"here": "x"}])
def test_an_address_that_means_nothing_is_a_bad_request(
    asked: dict[str, str], hers: Client
) -> None:
    assert hers.get("/c/", {"q": "door", **asked}).status_code == 400


def test_somebody_elses_conversation_is_empty(
    bob: User, alice: User, hers: Client
) -> None:
    talk = indexed(bob, "door", title="door")

    assert hits(results(hers, "door", here=str(talk.id))) == []
    assert hits(results(hers, "door")) == []


@pytest.mark.parametrize("count", [1, 3, 60])
def test_its_queries_do_not_grow(
    count: int, alice: User, hers: Client, django_assert_num_queries
) -> None:
    indexed(alice, *(f"door {n}" for n in range(count)), title="door")
    inside = {"X-Fragment": "main"}
    hers.get("/c/?q=door", headers=inside)

    with django_assert_num_queries(10):
        hers.get("/c/?q=door", headers=inside)


# --- the palette and its page
def test_before_anything_is_typed_the_latest_are_offered(
    alice: User, hers: Client
) -> None:
    for number in range(search.RECENT + 2):
        create_conversation(alice, title=f"Talk {number}")

    page = read(hers.get("/search/", headers=OPTIONS))

    assert len(hits(page)) == search.RECENT + 1
    assert hits(page)[0] == f"Talk {search.RECENT + 1}"
    assert page.all("a")[-1].attrs["href"] == "/c/"


def test_what_is_typed_is_found_as_a_fragment_and_as_a_page(
    alice: User, hers: Client
) -> None:
    indexed(alice, "a moorhen")
    asked = {"q": "moorh", "typing": "1"}

    fragment = read(hers.get("/search/", asked, headers=OPTIONS))
    page = read(hers.get("/search/", asked))

    assert hits(fragment) == hits(page.one("main")) == ["a moorhen", "See all results"]
    assert fragment.all("main") == [] and fragment.all("form") == []
    assert fragment.all("a")[-1].attrs["href"] == "/c/?q=moorh"
    assert_harmless(page)
    assert hits(read(hers.get("/search/?q=moorh", headers=OPTIONS))) == [
        "See all results"
    ]


def test_who_searches_faster_than_anybody_types_has_to_wait(
    hers: Client, settings
) -> None:
    settings.RATE_LIMITS = True
    settings.RATE_SEARCHES = "3/minute"

    answers = [hers.get("/search/?q=x", headers=OPTIONS) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 60
    assert hers.get("/c/?q=x").status_code == 429
    assert hers.get("/c/").status_code == 200


# --- opening at a hit
def opened(client: Client, query: str) -> Element:
    response = client.get(query)
    assert response.status_code == 200
    return read(response)


def said(page: Element) -> list[str]:
    return [b.text for b in page.one(id="thread").all("div", class_="bubble")]


def test_a_hit_at_the_end_opens_the_usual_page(alice: User, hers: Client) -> None:
    talk = indexed(alice, *(f"door {n}" for n in range(5)))
    first = Message.objects.filter(conversation=talk).earliest("id")

    page = opened(hers, link_to_message(talk.id, first.id).split("#")[0])

    assert page.one("article", data_found=True).attrs["id"] == f"m-{first.id}"
    assert page.one("form", id="composer")
    assert not page.one(id="thread").attrs.get("data-reading")


@pytest.fixture
def long_talk(alice: User) -> Conversation:
    talk = create_conversation(alice)
    parent = None
    for number in range(200):
        parent = Message.objects.create(
            conversation=talk,
            owner_id=alice.id,
            role="user",
            body=f"door {number}",
            parent=parent,
            depth=number + 1,
        )
    Conversation.objects.filter(id=talk.id).update(head=parent, message_count=200)
    talk.refresh_from_db()
    return talk


def place(talk: Conversation, number: int) -> uuid.UUID:
    return Message.objects.get(conversation=talk, depth=number + 1).id


def test_a_hit_far_up_opens_what_is_around_it(
    long_talk: Conversation, hers: Client
) -> None:
    address = f"/c/{long_talk.id}/?at={place(long_talk, 100)}"

    page = opened(hers, address)

    assert said(page) == [f"door {n}" for n in range(81, 121)]
    assert page.one("article", data_found=True).one("div", class_="bubble").text == (
        "door 100"
    )
    assert page.one(id="thread").attrs["data-reading"] == address
    assert page.all("form", id="composer") == []
    assert "You are reading earlier messages." in page.text
    newer = opened(hers, page.one("a", class_="newer").attrs["href"])
    assert said(newer) == [f"door {n}" for n in range(121, 161)]
    assert newer.all("article", data_found=True) == []
    older = opened(hers, newer.one("a", class_="older").attrs["href"])
    assert said(older) == [f"door {n}" for n in range(81, 121)]
    last = opened(hers, newer.one("a", class_="newer").attrs["href"])
    assert said(last) == [f"door {n}" for n in range(160, 200)]
    assert last.one("form", id="composer") and last.all("a", class_="newer") == []


@pytest.mark.parametrize("number", [0, 1, 19, 158, 159, 160, 161, 199])
def test_a_hit_is_on_the_page_wherever_it_is(
    number: int, long_talk: Conversation, hers: Client
) -> None:
    page = opened(hers, f"/c/{long_talk.id}/?at={place(long_talk, number)}")

    found = page.one("article", data_found=True)
    assert found.one("div", class_="bubble").text == f"door {number}"
    assert len(said(page)) <= 40


def test_a_hit_on_another_branch_shows_that_branch_and_changes_nothing(
    long_talk: Conversation, alice: User, hers: Client
) -> None:
    fork = Message.objects.get(id=place(long_talk, 100))
    other = Message.objects.create(
        conversation=long_talk,
        owner_id=alice.id,
        role="user",
        body="window",
        parent=fork,
        depth=fork.depth + 1,
    )
    head = long_talk.head_id

    page = opened(hers, f"/c/{long_talk.id}/?at={other.id}")

    assert said(page)[-2:] == ["door 100", "window"]
    assert "This is another version of the conversation." in page.text
    long_talk.refresh_from_db()
    assert long_talk.head_id == head
    form = page.one("form", action=f"/c/{long_talk.id}/branch/")
    asked = {field.attrs["name"]: field.attrs["value"] for field in form.all("input")}
    response = hers.post(form.attrs["action"], asked)
    page = opened(hers, response["Location"])
    assert said(page)[-1] == "window" and page.one("form", id="composer")


def test_the_page_around_a_hit_costs_the_same_anywhere(
    long_talk: Conversation, hers: Client, django_assert_max_num_queries
) -> None:
    for number in (0, 100, 199):
        address = f"/c/{long_talk.id}/?at={place(long_talk, number)}"
        hers.get(address, headers={"X-Fragment": "thread"})
        with django_assert_max_num_queries(22):
            hers.get(address, headers={"X-Fragment": "thread"})


@pytest.mark.parametrize("side", ["at", "after"])
def test_what_is_not_in_the_conversation_is_not_there(
    side: str, long_talk: Conversation, bob: User, hers: Client
) -> None:
    foreign = indexed(bob, "door")
    for message in (foreign.head_id, uuid.uuid4()):
        response = hers.get(f"/c/{long_talk.id}/?{side}={message}")
        assert response.status_code == 404
    assert hers.get(f"/c/{long_talk.id}/?{side}=x").status_code == 400
