"""In which code the words of a request are written: UTF-8, and no other."""

import re

CHARSET = re.compile(r'charset\s*=\s*"?\s*([^"\s;]*)', re.IGNORECASE)


def utf_8_alone(application):
    """The application, for requests in UTF-8; others get 400 and a sentence.

    It stands before Django, which makes a request of the header first and fails where the header names a code
    that is none for text, such as base64.
    """

    def answer(environ, start_response):
        named = CHARSET.search(environ.get("CONTENT_TYPE", ""))
        if named and named[1].lower() not in ("utf-8", "utf8"):
            start_response("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"This site reads UTF-8 alone. Send your words in UTF-8.\n"]
        return application(environ, start_response)

    return answer
