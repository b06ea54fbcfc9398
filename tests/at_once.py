"""Several people in the very same second, each with a connection to the database of their own."""

from threading import Barrier, Thread

from django.db import connection

from bhcp_portal.kit.actions import ActionError


def at_once(act, people):
    """What comes of it when each of the people acts at the same moment: results or refusals."""
    together, outcomes = Barrier(len(people)), []

    def run(who):
        together.wait()
        try:
            outcomes.append(act(who))
        except ActionError as refused:
            outcomes.append(refused)
        finally:
            connection.close()

    threads = [Thread(target=run, args=[who]) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
