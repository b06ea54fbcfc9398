"""Numbers as people read them."""

from decimal import Decimal


def number(value: Decimal | int) -> str:
    """A number as text, ``1,234.5``: with commas for thousands, without needless zeros."""
    text = f"{Decimal(value):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def quantity(value: Decimal | int, unit: str = "", qualifier: str = "") -> str:
    """A number with its unit and qualifier: ``almost 1,000 patients``, ``about £4.7 million``."""
    if unit == "£":
        text = pounds(value)
    elif unit == "%":
        text = f"{number(value)}%"
    else:
        text = f"{number(value)} {unit}".strip()
    return f"{qualifier} {text}".strip()


def pounds(value: Decimal | int) -> str:
    """An amount of pounds: ``£4.7 million``, ``£439,450``, ``£12.50``."""
    value = Decimal(value)
    if abs(value) >= 1_000_000 and value % 10_000 == 0:
        return f"£{number(value / 1_000_000)} million"
    if value != value.to_integral_value():
        return f"£{value:,.2f}"
    return f"£{number(value)}"
