from newsroom.models.news import NewsIcc, NewsItem, NewsPartner, NewsProgramme, NewsVersion

__all__ = ["NewsIcc", "NewsItem", "NewsPartner", "NewsProgramme", "NewsVersion"]
