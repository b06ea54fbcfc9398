from newsroom.models.news import NewsIcc, NewsItem, NewsPartner, NewsProgramme, NewsVersion
from newsroom.models.page import PageVersion, StandingPage

__all__ = [
    "NewsIcc",
    "NewsItem",
    "NewsPartner",
    "NewsProgramme",
    "NewsVersion",
    "PageVersion",
    "StandingPage",
]
