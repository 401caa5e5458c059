"""What requests about people carry, and how people look in answers."""

from __future__ import annotations

import re
from datetime import time
from typing import Any

from allauth.usersessions.models import UserSession
from rest_framework import serializers

from .access import session_id_of
from .fields import (
    EmailField,
    FlagField,
    Input,
    LineField,
    NewPasswordField,
    TextField,
    UsernameField,
    WholeField,
)
from .models import (
    DISPLAY_NAME_CHARACTERS,
    STATUS_CHARACTERS,
    TIME_ZONE_CHARACTERS,
    USERNAME_CHARACTERS,
    AddedBy,
    Block,
    Contact,
    Token,
    User,
)
from .rules import EMAIL_CHARACTERS, PASSWORD_CHARACTERS_MOST
from .tokens import MAX_TOKEN_DAYS, TOKEN_NAME_CHARACTERS


class UserSerializer(serializers.ModelSerializer[User]):
    """A person as others see them."""

    display_name = serializers.CharField(source="name", read_only=True)
    created_at = serializers.DateTimeField(source="date_joined", read_only=True)
    status = serializers.CharField(source="current_status", read_only=True)
    is_name_shared = serializers.BooleanField(
        required=False, help_text="in lists, where somebody else goes by that name too: show the username beside it"
    )

    class Meta:
        model = User
        fields: tuple[str, ...] = ("id", "username", "display_name", "created_at", "status", "is_name_shared")
        read_only_fields = fields


CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class ClockField(TextField):
    """A time of day, "22:00"."""

    shape = {"pattern": f"^({CLOCK.pattern})$"}
    default_error_messages = {"clock": "A time of day in hours and minutes, 22:00."}

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if not CLOCK.fullmatch(text):
            self.fail("clock")
        return time.fromisoformat(text)


class ZoneField(TextField):
    """The name of a time zone, as IANA has it: Europe/Zurich."""

    shape = {"format": "time-zone"}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=TIME_ZONE_CHARACTERS, **options)


class QuietHours(Input):
    """Every day between these, past midnight if need be, one wants to hear nothing."""

    def get_fields(self) -> dict[str, Any]:
        return {"from": ClockField(), "to": ClockField(), "time_zone": ZoneField(), **super().get_fields()}

    def to_representation(self, instance: Any) -> Any:
        return instance


class MeSerializer(UserSerializer):
    """A person as they see themselves."""

    # No EmailField: of an account without a confirmed address it is empty.
    email = serializers.CharField(read_only=True, help_text="confirmed; empty while none is")
    email_pending = serializers.SerializerMethodField(help_text="waits to be confirmed by the link that was sent there")
    quiet_hours = QuietHours(read_only=True, allow_null=True)

    class Meta(UserSerializer.Meta):
        fields = (
            *UserSerializer.Meta.fields,
            "email",
            "email_pending",
            "status_ends_at",
            "hides_presence",
            "reads_privately",
            "added_by",
            "quiet_hours",
        )
        read_only_fields = fields

    def get_email_pending(self, user: User) -> str | None:
        return user.email_pending or None


class ContactSerializer(serializers.ModelSerializer[Contact]):
    user = UserSerializer(source="contact", read_only=True)

    class Meta:
        model = Contact
        fields = ("user", "nickname", "created_at")
        read_only_fields = fields


class BlockSerializer(serializers.ModelSerializer[Block]):
    user = UserSerializer(source="blocked", read_only=True)

    class Meta:
        model = Block
        fields = ("user", "created_at")
        read_only_fields = fields


class TokenSerializer(serializers.ModelSerializer[Token]):
    """`current` is the token that asks."""

    id = serializers.CharField(source="public_id", read_only=True)
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)
    current = serializers.SerializerMethodField()

    class Meta:
        model = Token
        fields: tuple[str, ...] = ("id", "name", "created_at", "expires_at", "current")
        read_only_fields = fields

    def get_current(self, token: Token) -> bool:
        return bool(token == self.context["request"].auth)


class NewTokenSerializer(TokenSerializer):
    """`token` is shown this once."""

    token = serializers.SerializerMethodField()

    class Meta(TokenSerializer.Meta):
        fields = (*TokenSerializer.Meta.fields, "token")
        read_only_fields = fields

    def get_token(self, token: Token) -> str:
        return str(self.context["secret"])


class SessionSerializer(serializers.Serializer[UserSession]):
    id = serializers.SerializerMethodField()
    address = serializers.IPAddressField(source="ip", read_only=True)
    user_agent = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    last_seen_at = serializers.DateTimeField(read_only=True)
    current = serializers.SerializerMethodField()

    def get_id(self, session: UserSession) -> str:
        return session_id_of(session)

    def get_current(self, session: UserSession) -> bool:
        return bool(session.session_key == self.context["request"].session.session_key)


class SessionPage(serializers.Serializer[Any]):
    results = SessionSerializer(many=True)
    next = serializers.URLField(allow_null=True)


class SignedInSerializer(serializers.Serializer[Any]):
    user = MeSerializer()
    token = serializers.CharField()


class SignupInput(Input):
    username = UsernameField(max_length=USERNAME_CHARACTERS)
    email = EmailField(max_length=EMAIL_CHARACTERS)
    password = NewPasswordField(max_length=PASSWORD_CHARACTERS_MOST, trim_whitespace=False)
    display_name = LineField(max_length=DISPLAY_NAME_CHARACTERS, allow_blank=True, default="")
    invite = TextField(max_length=64, allow_blank=True, default="", help_text="a link into a group, where one needs it")
    confirmation = TextField(
        max_length=1024, allow_blank=True, default="", help_text="of the address, where one needs it"
    )


class AddressInput(Input):
    email = EmailField(max_length=EMAIL_CHARACTERS)


class LoginInput(Input):
    """`username` may be an e-mail address, `token_name` says what the token is for."""

    username = LineField(max_length=EMAIL_CHARACTERS)
    password = TextField(max_length=PASSWORD_CHARACTERS_MOST, trim_whitespace=False)
    token_name = LineField(max_length=TOKEN_NAME_CHARACTERS, allow_blank=True, default="")


def _current_password() -> TextField:
    """Left out only where nothing needs it, or a session has confirmed it within the last five minutes."""
    return TextField(max_length=PASSWORD_CHARACTERS_MOST, trim_whitespace=False, allow_blank=True, default="")


class ProfileInput(Input):
    """`status` is what you do now, for all to read, until `status_ends_at`; without that it stays. Who sets
    `hides_presence` looks offline to everybody, and everybody looks offline to them. Of who sets `reads_privately`
    nobody sees how far they have read, and they see it of nobody. Another `email` needs `current_password`."""

    RULES = {"dependentRequired": {"status_ends_at": ["status"]}}

    display_name = LineField(max_length=DISPLAY_NAME_CHARACTERS, allow_blank=True, required=False)
    email = EmailField(max_length=EMAIL_CHARACTERS, required=False)
    current_password = _current_password()
    status = LineField(max_length=STATUS_CHARACTERS, allow_blank=True, required=False)
    status_ends_at = serializers.DateTimeField(allow_null=True, required=False)
    hides_presence = FlagField(required=False)
    reads_privately = FlagField(required=False)
    added_by = serializers.ChoiceField(
        choices=AddedBy.choices, required=False, help_text="who may add you to groups without an invitation to accept"
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if "status_ends_at" in given and "status" not in given:
            raise serializers.ValidationError({"status": ["An end needs its status."]})
        return given


class PasswordInput(Input):
    old_password = TextField(max_length=PASSWORD_CHARACTERS_MOST, trim_whitespace=False)
    new_password = NewPasswordField(max_length=PASSWORD_CHARACTERS_MOST, trim_whitespace=False)


class TokenInput(Input):
    """By a token, the new one ends no later than it. `current_password`: see the description of this API."""

    name = LineField(max_length=TOKEN_NAME_CHARACTERS)
    days = WholeField(min_value=1, max_value=MAX_TOKEN_DAYS, required=False, help_text="90, or what its maker has left")
    current_password = _current_password()


class ContactInput(Input):
    nickname = LineField(max_length=DISPLAY_NAME_CHARACTERS, allow_blank=True, default="")


class BlockInput(Input):
    """Nothing to say."""
