"""One editor for every kind of statement: the staff pages that a kind gets from its table (HOUSE 9).

``editors``: the questions that a kind asks. ``proposal``: what waits for another person.
``forms``, ``actions``, ``presenters``, ``views``: one of each, for all kinds.
"""
