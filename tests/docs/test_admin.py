"""docs/admin.md: its example is the one that the demo site runs, and its table has every list and action."""

from __future__ import annotations

from django.contrib.admin import site

from actors.admin import Listed
from actors.admin.belongings import Condition
from inspector.admin.doing import Operated
from tests.databases import ROOT
from tests.docs.test_quickstart import BLOCK

PAGE = (ROOT / "docs" / "admin.md").read_text()


def test_the_example_is_the_demo_sites() -> None:
    [(_, text)] = BLOCK.findall(PAGE)
    example = text.partition("from actors.admin import ActorPanel")[2].strip()
    assert example in (ROOT / "examples" / "reminders" / "admin.py").read_text().replace(
        "  # type: ignore[type-arg]", ""
    )


def test_the_table_has_every_list_with_its_conditions_and_actions() -> None:
    lines = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("| ")]
    rows = [[cell.strip() for cell in cells] for cells in lines]
    told = {row[0]: (row[1], row[3]) for row in rows[1:]}
    listed = [page for page in site._registry.values() if isinstance(page, Listed)]
    assert {str(page.model._meta.verbose_name_plural).capitalize() for page in listed} == set(told)
    for page in listed:
        conditions, actions = told[str(page.model._meta.verbose_name_plural).capitalize()]
        for one in page.list_filter:
            if issubclass(one, Condition):
                assert conditions.startswith(", ".join(one.conditions))
        if isinstance(page, Operated):
            assert actions == ", ".join(doing.label.lower() for doing in page.doings)
