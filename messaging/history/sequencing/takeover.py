"""The first use of a conversation in an epoch: what was stored, what becomes of it, where numbers go on."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.errors import UnavailableError
from messaging.history.sequencing.ports import HeadRow, Keeper, Plan, Row, Rows, Takeover, Tenure
from messaging.history.sequencing.settling import MakeVoid, Settler


class Takeovers:
    def __init__(self, keeper: Keeper, rows: Rows, settler: Settler, make_void: MakeVoid) -> None:
        self._keeper = keeper
        self._rows = rows
        self._settler = settler
        self._make_void = make_void

    async def complete(self, tenure: Tenure, conversations: Sequence[UUID]) -> list[UUID]:
        """Those of the conversations which are open in this epoch with nothing planned left to settle."""
        known = await self._known(tenure, conversations)
        closed = {id_: takeover.base for id_, takeover in known.items() if not takeover.is_open}
        if closed:
            if not await self._store_bases(tenure, closed):
                raise UnavailableError
            await self._keeper.open(tenure, closed)
        done = []
        for conversation_id, takeover in known.items():
            planned = [(conversation_id, seq) for seq in takeover.planned]
            if not planned or await self._settler.settle(tenure, planned):
                done.append(conversation_id)
        return done

    async def _store_bases(self, tenure: Tenure, bases: dict[UUID, int]) -> bool:
        return await self._rows.write_bases(bases, tenure.epoch)

    async def _known(self, tenure: Tenure, conversations: Sequence[UUID]) -> dict[UUID, Takeover]:
        known = dict(zip(conversations, await self._keeper.takeovers(tenure, conversations), strict=True))
        unknown = [conversation_id for conversation_id, takeover in known.items() if takeover is None]
        if unknown:
            await self._keeper.plan(tenure, await self._plans(tenure, unknown))
            known |= dict(zip(unknown, await self._keeper.takeovers(tenure, unknown), strict=True))
        return {conversation_id: takeover for conversation_id, takeover in known.items() if takeover}

    async def _plans(self, tenure: Tenure, conversations: Sequence[UUID]) -> dict[UUID, Plan]:
        heads = await self._rows.heads(conversations)
        above = await self._rows.above([(id_, head.seq) for id_, head in zip(conversations, heads, strict=True)])
        return {
            conversation_id: self._plan(tenure, conversation_id, head, rows)
            for conversation_id, head, rows in zip(conversations, heads, above, strict=True)
        }

    def _plan(self, tenure: Tenure, conversation_id: UUID, head: HeadRow, rows: dict[int, Row]) -> Plan:
        base = max(rows, default=head.seq)
        verdicts = {}
        for seq in range(head.seq + 1, base + 1):
            row = rows.get(seq)
            kept = row if row and not self._is_leftover(seq, row, head.bases) else None
            verdicts[seq] = kept or self._make_void(conversation_id, seq, tenure.epoch)
        return Plan(head.seq, base, max([head.at, *(row.at for row in verdicts.values())]), verdicts)

    def _is_leftover(self, seq: int, row: Row, bases: dict[int, int]) -> bool:
        """A later epoch began below this number and did not know the row: it never got it at quorum in time."""
        return any(epoch > row.epoch and base < seq for epoch, base in bases.items())
