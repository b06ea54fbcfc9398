"""The commands that write and load the open-data package: all of it or nothing (CONTRACT 1)."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from bhcp_portal import package
from bhcp_portal.kit.kinds import tables

pytestmark = pytest.mark.django_db


def everything_in(folder):
    return {path.relative_to(folder): path.is_dir() for path in folder.rglob("*")}


def refusal(command, folder):
    """The sentence a command refuses with."""
    with pytest.raises(CommandError) as refused:
        call_command(command, str(folder), stdout=StringIO())
    return str(refused.value)


def test_export_to_where_no_folder_can_be_made_is_refused_with_a_sentence():
    published = refusal("export_data", "/proc/nope/deeper")
    assert "“/proc/nope" in published
    assert "Name a folder that can be written to." in published


def test_export_to_a_file_is_refused_with_a_sentence_and_leaves_it(tmp_path):
    (tmp_path / "file").write_text("mine")
    assert "Name a folder" in refusal("export_data", tmp_path / "file")
    assert "Name a folder" in refusal("export_data", tmp_path / "file" / "below")
    assert (tmp_path / "file").read_text() == "mine"


def test_export_to_a_folder_with_a_folder_in_the_way_names_it_and_leaves_nothing_behind(tmp_path):
    (tmp_path / "readings.csv").mkdir()
    (tmp_path / "sources.csv").write_text("as it was")
    before = everything_in(tmp_path)
    assert f"“{tmp_path / 'readings.csv'}”" in refusal("export_data", tmp_path)
    assert everything_in(tmp_path) == before
    assert (tmp_path / "sources.csv").read_text() == "as it was"


def test_an_export_that_breaks_half_way_leaves_nothing_behind(tmp_path):
    def break_at(name):
        if name == tables()[3].name:
            raise OSError(28, "No space left on device", name)

    with pytest.raises(OSError, match="No space"):
        package.export(tmp_path / "new" / "deeper", progress=break_at)
    assert list(tmp_path.iterdir()) == []


def test_an_export_replaces_an_older_one_and_leaves_other_files(tmp_path):
    (tmp_path / "sources.csv").write_text("older")
    (tmp_path / "mine.txt").write_text("mine")
    call_command("export_data", str(tmp_path), stdout=StringIO())
    assert (tmp_path / "sources.csv").read_text().startswith("slug")
    names = {f"{table.name}.csv" for table in tables()} | {
        "launch.csv",
        "datapackage.json",
        "mine.txt",
    }
    assert set(everything_in(tmp_path)) == {Path(name) for name in names}


# -- loading --------------------------------------------------------------------------------------


SOURCE = "slug,title,publisher,published_at,url,kind,licence\n"


def package_of(folder, description):
    """A package with one table and, unless it is ``None``, this datapackage.json."""
    (folder / "sources.csv").write_text(SOURCE)
    if description is not None:
        (folder / "datapackage.json").write_bytes(description)
    return folder


@pytest.mark.parametrize(
    ("description", "published"),
    [
        (None, "datapackage.json: The file is missing. Put it beside the tables"),
        (b'{\n"name": "x",\nbad}', "datapackage.json, line 3: This is not JSON"),
        (b"{bad", "datapackage.json, line 1: This is not JSON"),
        (b"", "datapackage.json, line 1: This is not JSON"),
        (b'{"name": "\xff"}', "datapackage.json: The file is not UTF-8"),
        (b"[" * 100_000, "datapackage.json: It holds brackets within brackets"),
        (b"[]", "datapackage.json: It describes no tables"),
        (b"{}", "datapackage.json: It describes no tables"),
    ],
)
def test_a_package_without_a_description_that_can_be_read_is_refused(
    tmp_path, description, published
):
    shown = refusal("load_data", package_of(tmp_path, description))
    assert published in shown
    assert "Nothing was loaded" in shown


def test_a_package_with_its_description_is_loaded(tmp_path):
    call_command("export_data", str(tmp_path), stdout=StringIO())
    out = StringIO()
    call_command("load_data", str(tmp_path), stdout=out)
    assert "Loaded: 0 new" in out.getvalue()
