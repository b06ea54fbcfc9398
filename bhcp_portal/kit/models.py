"""The kit's only table of its own; the abstract models are imported from where they are written."""

from bhcp_portal.kit.sources import Source

__all__ = ["Source"]
