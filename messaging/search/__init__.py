"""Search over what was said: the query people type, the index and how it is kept, and the answer.

`folding`, `grams`, `query`, `snippets` and `texts` are pure; `index` is the only door to the index's tables. Who asks
decides which conversations are searched: nothing here knows of members. docs/decisions/0015 says why it is so.
"""

from messaging.search.finding import FoundPage, Search
from messaging.search.index import Place, Wanted
from messaging.search.matching import Found
from messaging.search.query import Asked, read_query
from messaging.search.snippets import Part

__all__ = ["Asked", "Found", "FoundPage", "Part", "Place", "Search", "Wanted", "read_query"]
