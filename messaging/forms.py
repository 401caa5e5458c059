"""The form of the composer, for browsers that run no script."""

from __future__ import annotations

from typing import Any

from django import forms

from messaging.protocol import BODY_CHARACTERS


class MessageForm(forms.Form):
    """`key` is made with the page, so that sending the form twice is one message."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    body = forms.CharField(
        strip=False,
        required=False,
        max_length=BODY_CHARACTERS,
        error_messages={
            "max_length": "A message has at most %(limit_value)d characters; this one has %(show_value)d.",
        },
    )

    file = forms.FileField(required=False, error_messages={"empty": "This file is empty."})

    def clean(self) -> dict[str, Any]:
        """A file needs no words."""
        if not self.errors and not self.cleaned_data["body"] and not self.cleaned_data["file"]:
            self.add_error("body", "Write something first.")
        return self.cleaned_data

    def clean_body(self) -> str:
        """Browsers send line breaks as CR LF; a message has LF."""
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n")
