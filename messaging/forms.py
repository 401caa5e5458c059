"""The form of the composer, for browsers that run no script."""

from __future__ import annotations

from django import forms

from messaging.protocol import BODY_CHARACTERS


class MessageForm(forms.Form):
    """`key` is made with the page, so that sending the form twice is one message."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    body = forms.CharField(
        strip=False,
        max_length=BODY_CHARACTERS,
        error_messages={
            "required": "Write something first.",
            "max_length": "A message has at most %(limit_value)d characters; this one has %(show_value)d.",
        },
    )

    def clean_body(self) -> str:
        """Browsers send line breaks as CR LF; a message has LF."""
        body: str = self.cleaned_data["body"]
        return body.replace("\r\n", "\n")
