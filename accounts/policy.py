"""What whoever runs the site decides: one row, edited in the admin; until it is saved there, as settings say."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models

POLICY_ID = 1


class Registration(models.TextChoices):
    """Who gets an account without an administrator making one."""

    OPEN = "open", "Everybody"
    INVITED = "invited", "Who has an invitation link of a group"
    DOMAINS = "domains", "Who confirms an email address at one of the domains below"
    CLOSED = "closed", "Nobody"


class Directory(models.TextChoices):
    """Whom a search for people finds."""

    EVERYONE = "everyone", "Everybody"
    GROUPS = "groups", "People with whom one shares a conversation, and contacts"
    EXACT = "exact", "The person whose exact username is typed, and contacts"


class Additions(models.TextChoices):
    """Who may put somebody into a group without an invitation to accept, where that person's own setting agrees."""

    CONTACTS = "contacts", "Only whom they have in their contacts"
    GROUPS = "groups", "Also whoever shares a group with them"


class SitePolicy(models.Model):
    registration = models.CharField(
        "Who can sign up",
        max_length=8,
        choices=Registration,
        default=Registration.OPEN,
        db_default=Registration.OPEN,
        help_text="Administrators make accounts here in any case.",
    )
    domains = models.CharField(
        "Domains of email addresses",
        max_length=1000,
        blank=True,
        default="",
        db_default="",
        help_text="With commas, such as “example.org, mail.example.org”. A domain stands for no other below it.",
    )
    directory = models.CharField(
        "Whom a search for people finds",
        max_length=8,
        choices=Directory,
        default=Directory.EVERYONE,
        db_default=Directory.EVERYONE,
    )
    additions = models.CharField(
        "Who adds people to groups without asking them", max_length=8, choices=Additions, default=Additions.CONTACTS
    )

    class Meta:
        verbose_name = verbose_name_plural = "site policy"

    def __str__(self) -> str:
        return "Site policy"

    def clean(self) -> None:
        if self.registration == Registration.DOMAINS and not self.domain_list:
            raise ValidationError({"domains": "Name the domains whose people can sign up."})

    @property
    def domain_list(self) -> list[str]:
        names = (name.strip().removeprefix("@").lower() for name in self.domains.replace(",", " ").split())
        return [name for name in names if name]

    def takes_address(self, email: str) -> bool:
        """Whether the address is at one of the domains."""
        return email.rpartition("@")[2].lower() in self.domain_list

    @classmethod
    def current(cls) -> SitePolicy:
        """The saved row, else the settings; read anew at each question, so that all workers agree."""
        return cls.objects.filter(pk=POLICY_ID).first() or cls(pk=POLICY_ID, **settings.SITE_POLICY)
