"""Second-factor secrets as the database keeps them: nobody who reads a backup can make codes.

The key is derived from SECRET_KEY. What SECRET_KEY_FALLBACKS encrypted is still read, and
``renewed`` encrypts it anew, so that an old key can be thrown away.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"partners: second-factor secrets"


class UnreadableError(Exception):
    """A secret was encrypted with a key that is neither SECRET_KEY nor one of the fallbacks."""


def encrypt(secret: str) -> str:
    """A secret encrypted and authenticated (Fernet), as text."""
    return _cipher().encrypt(secret.encode()).decode()


def decrypt(encrypted: str) -> str:
    """The secret again; ``UnreadableError`` if no key of ours fits."""
    return _read(_cipher().decrypt, encrypted)


def renewed(encrypted: str) -> str:
    """The same secret encrypted with SECRET_KEY of today; ``UnreadableError`` as above."""
    return _read(_cipher().rotate, encrypted)


def _read(how, encrypted):
    try:
        return how(encrypted.encode()).decode()
    except InvalidToken:
        raise UnreadableError from None


def _cipher():
    return _cipher_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache
def _cipher_of(keys):
    derived = (
        HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
        for key in keys
    )
    return MultiFernet([Fernet(urlsafe_b64encode(key)) for key in derived])
