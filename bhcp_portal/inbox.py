"""What waits for a person beside that of each app: in the editor, and the work in the background."""

import bhcp_portal.kit.editor.inbox
from bhcp_portal import staff_jobs

INBOXES = (bhcp_portal.kit.editor.inbox.waiting_for, staff_jobs.waiting_for)
WAITING = bhcp_portal.kit.editor.inbox.WAITING
