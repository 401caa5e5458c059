"""The chat's addresses."""

from django.urls import path

from messaging import (
    attention_views,
    kept_views,
    missed_views,
    reports_views,
    search_views,
    views,
)
from messaging.api import (
    attention,
    conversations,
    drafts,
    files,
    kept,
    marks,
    messages,
    missed,
    reports,
    search,
    tickets,
)

page_urls = [
    path("c/", views.chat, name="chat"),
    path("c/<uuid:conversation_id>/pins/", kept_views.pins, name="pins"),
    path("c/<uuid:conversation_id>/pins/<int:seq>/unpin/", kept_views.unpin, name="unpin"),
    path("saved/", kept_views.saved_list, name="saved"),
    path("saved/<uuid:conversation_id>/<int:seq>/remove/", kept_views.unsave, name="unsave"),
    path("c/<uuid:conversation_id>/attention/", attention_views.attention, name="attention"),
    path("c/<uuid:conversation_id>/missed/", missed_views.missed, name="missed"),
    path("c/<uuid:conversation_id>/<int:seq>/report/", reports_views.report_message, name="report_message"),
    path("c/<uuid:conversation_id>/reports/", reports_views.reports_list, name="reports"),
    path(
        "c/<uuid:conversation_id>/reports/<uuid:report_id>/dismiss/",
        reports_views.dismiss_report,
        name="dismiss_report",
    ),
    path(
        "c/<uuid:conversation_id>/reports/<uuid:report_id>/delete/",
        reports_views.delete_reported,
        name="delete_reported",
    ),
    path("search/", search_views.search, name="search"),
    path("c/<uuid:conversation_id>/", views.conversation, name="conversation"),
    path("c/<uuid:conversation_id>/page", views.page_data, name="conversation_page"),
    path("c/<uuid:conversation_id>/<int:seq>/file", views.file, name="file"),
    path("c/<uuid:conversation_id>/<int:seq>/thumbnail", views.file, {"is_small": True}, name="thumbnail"),
]

api_urls = [
    path("ticket", tickets.TicketView.as_view()),
    path("conversations", conversations.ConversationsView.as_view()),
    path("unread", conversations.UnreadTotalsView.as_view()),
    path("conversations/<uuid:conversation_id>", conversations.ConversationView.as_view()),
    path("conversations/<uuid:conversation_id>/messages", messages.MessagesView.as_view()),
    path("conversations/<uuid:conversation_id>/forwards", messages.ForwardsView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>", messages.MessageView.as_view()),
    path(
        "conversations/<uuid:conversation_id>/messages/<int:seq>/reactions/<str:emoji>", messages.ReactionView.as_view()
    ),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/file", files.FileView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/thumbnail", files.ThumbnailView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/versions", messages.VersionsView.as_view()),
    path("conversations/<uuid:conversation_id>/attention", attention.AttentionView.as_view()),
    path("conversations/<uuid:conversation_id>/unread", marks.UnreadView.as_view()),
    path("conversations/<uuid:conversation_id>/mentions", marks.MentionsView.as_view()),
    path("conversations/<uuid:conversation_id>/receipts", marks.ReceiptsView.as_view()),
    path("conversations/<uuid:conversation_id>/read", marks.ReadView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/pin", kept.PinView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/saved", kept.SavingView.as_view()),
    path("conversations/<uuid:conversation_id>/pins", kept.PinsView.as_view()),
    path("saved", kept.SavedView.as_view()),
    path("conversations/<uuid:conversation_id>/missed", missed.MissedView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/report", reports.ReportingView.as_view()),
    path("reports", reports.ReportCountsView.as_view()),
    path("conversations/<uuid:conversation_id>/reports", reports.ReportsView.as_view()),
    path("conversations/<uuid:conversation_id>/reports/<uuid:report_id>", reports.ReportView.as_view()),
    path("conversations/<uuid:conversation_id>/draft", drafts.DraftView.as_view()),
    path("drafts", drafts.DraftsView.as_view()),
    path("search", search.SearchView.as_view()),
]
