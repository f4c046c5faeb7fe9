"""Reading pages in tests: elements by name and attribute, what must not be there."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.http import HttpResponse

VOID = {"br", "hr", "img", "input", "link", "meta"}


@dataclass(eq=False)
class Element:
    name: str
    attrs: dict[str, str]
    parent: Element | None = None
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(c if isinstance(c, str) else c.text for c in self.children)

    def walk(self) -> list[Element]:
        found = [self]
        for child in self.children:
            if isinstance(child, Element):
                found += child.walk()
        return found

    def all(self, tag: str = "", /, **attrs: str | bool) -> list[Element]:
        """Elements of that name whose attributes are so; ``True``: have it at all.

        ``data_role`` stands for ``data-role``, ``class_`` for one class among others.
        """
        return [
            each
            for each in self.walk()[1:]
            if (not tag or each.name == tag)
            and all(each._has(key, value) for key, value in attrs.items())
        ]

    def one(self, tag: str = "", /, **attrs: str | bool) -> Element:
        found = self.all(tag, **attrs)
        assert len(found) == 1, f"{len(found)} × {tag} {attrs}"
        return found[0]

    def _has(self, key: str, value: str | bool) -> bool:
        key = key.rstrip("_").replace("_", "-")
        if key == "class" and isinstance(value, str):
            return value in self.attrs.get("class", "").split()
        if isinstance(value, bool):
            return (key in self.attrs) is value
        return self.attrs.get(key) == value


class _Tree(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self.here = Element("", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice: <{tag} {names}>"
        made = Element(tag, {k: v or "" for k, v in attrs}, self.here)
        self.here.children.append(made)
        if tag not in VOID:
            self.here = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.here.name, f"</{tag}> closes <{self.here.name}>"
        assert self.here.parent is not None
        self.here = self.here.parent

    def handle_data(self, data: str) -> None:
        self.here.children.append(data)


def read(response: HttpResponse | str) -> Element:
    """The tree of a page or fragment; fails unless every element is closed."""
    html = response if isinstance(response, str) else response.content.decode()
    tree = _Tree()
    tree.feed(html)
    tree.close()
    assert tree.here is tree.root, f"<{tree.here.name}> is never closed"
    return tree.root


def assert_harmless(page: Element) -> None:
    """Nothing that our content policy would have to stop, and no id twice."""
    for each in page.walk():
        assert each.name not in ("style", "iframe", "object", "embed", "base")
        assert each.name != "script" or (
            each.attrs.get("src") and not each.text.strip()
        )
        for name, value in each.attrs.items():
            assert name != "style" and not name.startswith("on"), (each.name, name)
            assert not value.strip().lower().startswith("javascript:")
    ids = [each.attrs["id"] for each in page.walk() if "id" in each.attrs]
    assert len(ids) == len(set(ids))
