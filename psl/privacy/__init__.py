"""Privacy: what a message may keep, and what a log may say.

Everything that comes in from a chat goes through ``Masker.mask`` at the edge; everything that goes
to a log, a list, a notice or a web address goes through ``mask_identifiers`` or ``redact_for_log``.
"""

from psl.privacy.logs import last_four, mask_identifiers, redact_for_log
from psl.privacy.masker import Masked, Masker, notice

__all__ = ["Masked", "Masker", "last_four", "mask_identifiers", "notice", "redact_for_log"]
