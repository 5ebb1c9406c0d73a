"""Free text written inside, beside the chain."""

from django.db import models

from reviews.text.canonical import digest_of


class Remark(models.Model):
    """Free text written inside: a note or a reason, beside the chain, which holds only its hash.

    The hash is salted, so that a blanked word cannot be guessed back from it.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    salt = models.CharField(max_length=32)
    text = models.TextField()

    def __str__(self) -> str:
        return self.text or "(blanked)"

    @property
    def is_blanked(self) -> bool:
        """Whether the text was taken out for ever."""
        return not self.salt

    @property
    def holds(self) -> bool:
        """Whether the text is still the one whose hash the chain covers, or was blanked whole."""
        if self.is_blanked:
            return self.text == ""
        return self.digest == digest_of(f"{self.salt}\n{self.text}")
