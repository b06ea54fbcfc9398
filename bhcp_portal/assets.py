"""Builds the NHS.UK design system into `static_built/`, and collects all static files.

`static_built/nhsuk/` gets its styles, its script in one file, `manifest.json` and `images/`.
Nothing in it is loaded from another host.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

from bhcp_portal.env import BASE_DIR

PACKAGE = BASE_DIR / "node_modules" / "nhsuk-frontend" / "dist" / "nhsuk"
BUILT = BASE_DIR / "static_built"
STAMP = ".inputs"


class AssetError(Exception):
    """The design system is missing, or its styles are not as expected. Its text says what to do."""


def build() -> bool:
    """Build `static_built/` from what npm installed; false if it was up to date already.

    Raises `AssetError` if the package is missing or its styles are not as expected.
    """
    styles = PACKAGE / "nhsuk-frontend.min.css"
    script = PACKAGE / "nhsuk-frontend.min.js"
    if not styles.exists() or not script.exists():
        raise AssetError(
            "The NHS.UK design system is not installed: `make serve` does it, or `npm ci`."
        )
    images = sorted((PACKAGE / "assets" / "images").iterdir())
    manifest = PACKAGE / "assets" / "manifest.json"
    inputs = digest([Path(__file__), styles, script, manifest, *images])
    if (BUILT / STAMP).exists() and (BUILT / STAMP).read_text() == inputs:
        return False

    draft = BUILT.with_name(f"{BUILT.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "nhsuk" / "images").mkdir(parents=True)
    (draft / "nhsuk" / styles.name).write_text(own_styles(styles.read_text()))
    (draft / "nhsuk" / script.name).write_text(own_script(script.read_text()))
    shutil.copy(manifest, draft / "nhsuk")
    for image in images:
        shutil.copy(image, draft / "nhsuk" / "images")
    (draft / STAMP).write_text(inputs)
    shutil.rmtree(BUILT, ignore_errors=True)
    draft.rename(BUILT)
    return True


def is_collected() -> bool:
    """Whether `STATIC_ROOT` holds the current version of every static file."""
    stamp = Path(settings.STATIC_ROOT) / STAMP
    return stamp.exists() and stamp.read_text() == _static_files()


def collect() -> None:
    """Put all static files into `STATIC_ROOT`, named by their content and compressed."""
    inputs = _static_files()
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    (Path(settings.STATIC_ROOT) / STAMP).write_text(inputs)


def _static_files() -> str:
    found = (
        (path, storage.path(path))
        for finder in get_finders()
        for path, storage in finder.list(None)
    )
    return digest(Path(file) for _, file in sorted(found))


def own_styles(css: str) -> str:
    """The design system's styles without its remote fonts, absolute addresses and source map.

    Raises `AssetError` if such a font or address is left.
    """
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/\s*", "", css)
    css = re.sub(r"Frutiger W01\s*,\s*", "", css)
    css = css.replace("url(/assets/images/", "url(images/")
    left = re.findall(r"https?://(?!www\.w3\.org/)[^)\"']*|url\(/[^)]*|Frutiger[^;}]*", css)
    if left:
        raise AssetError(f"The design system's styles changed: look after {', '.join(set(left))}.")
    return css


def own_script(script: str) -> str:
    """The design system's script without its source map."""
    return re.sub(r"//# sourceMappingURL=.*\s*$", "\n", script)


def digest(files: Iterable[Path]) -> str:
    """A SHA-256 hash, in hexadecimal, of the names and content of some files."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(f"{file.name}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()
