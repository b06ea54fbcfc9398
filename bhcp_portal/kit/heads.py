"""Answers to HEAD: the headers of the page, and no page."""


def without_body_to_head(application):
    """The application; what it writes below the headers of an answer to HEAD is dropped.

    A WSGI server counts that as a fault of the application and logs every one. Django drops it in tests alone.
    """

    def answer(environ, start_response):
        body = application(environ, start_response)
        if environ["REQUEST_METHOD"] != "HEAD":
            return body
        if hasattr(body, "close"):
            body.close()
        return []

    return answer
