"""The forms of groups' pages. They say what may be typed; the verbs decide what may be done."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Contact, User
from groups.models import DAY, DESCRIPTION_CHARACTERS, HOUR, NAME_CHARACTERS, USES_MOST, WEEK

CONTACTS_OFFERED = 200


class GroupForm(forms.Form):
    name = forms.CharField(
        max_length=NAME_CHARACTERS, widget=forms.TextInput(attrs={"autocomplete": "off", "dir": "auto"})
    )
    description = forms.CharField(
        required=False,
        max_length=DESCRIPTION_CHARACTERS,
        help_text="What it is about, for those who come by.",
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    is_public = forms.BooleanField(
        label="Public",
        required=False,
        help_text="Everyone finds it by name and may join. Otherwise people come in when you add or invite them.",
    )


# In seconds; "never": until it is revoked.
ENDS = {"hour": HOUR, "day": DAY, "week": WEEK, "never": None}


class LinkForm(forms.Form):
    """How long a new link lets people in, and how many."""

    expires_in = forms.TypedChoiceField(
        label="It works for",
        choices=[("hour", "an hour"), ("day", "a day"), ("week", "a week"), ("never", "ever, until you revoke it")],
        initial="week",
        coerce=ENDS.get,
    )
    uses_most = forms.IntegerField(
        label="How many may come in by it",
        required=False,
        min_value=1,
        max_value=USES_MOST,
        help_text="Empty: any number.",
    )


class _People(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic at run time
    def label_from_instance(self, user: Any) -> str:
        return str(user)


SLOW_WORDS = {0: "off", 10: "10 seconds", 30: "30 seconds", 60: "a minute", 300: "5 minutes", 900: "15 minutes"}


class ChangeGroupForm(GroupForm):
    slow_seconds = forms.TypedChoiceField(
        label="Slow mode",
        choices=list(SLOW_WORDS.items()),
        coerce=int,
        help_text="So long members wait between two messages; owners and admins do not.",
    )


class NewGroupForm(GroupForm):
    members = _People(
        label="First members",
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Choose from your contacts."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts = Contact.objects.filter(owner=user, contact__is_active=True).order_by("-created_at")
        offered = contacts.values("contact_id")[:CONTACTS_OFFERED]
        field = self.fields["members"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = User.objects.filter(pk__in=list(offered.values_list("contact_id", flat=True))).order_by(
            "username"
        )
