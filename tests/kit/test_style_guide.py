"""The style guide draws every component, once, from its one list."""

import re

from bhcp_portal.kit.components import REGISTRY
from bhcp_portal.style_guide import SAMPLES, samples


def test_every_component_has_a_place_in_the_style_guide():
    shown = [name for components in SAMPLES.values() for name in components]
    assert sorted(shown) == sorted(REGISTRY)


def test_a_component_is_drawn_or_the_guide_says_why_not():
    for components in samples().values():
        for name, drawn, why in components:
            assert bool(drawn) != bool(why), name
            assert all(html.startswith("<") for html in drawn), name


def test_samples_share_a_page_without_sharing_an_id():
    html = "".join(
        sample
        for components in samples().values()
        for _, drawn, _ in components
        for sample in drawn
    )
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_no_component_carries_a_style_a_script_or_a_handler():
    for components in samples().values():
        for name, drawn, _ in components:
            for sample in drawn:
                assert not re.search(r"<(style|script)|\s(style|on[a-z]+)=", sample), name
