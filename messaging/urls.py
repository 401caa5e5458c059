"""The chat's addresses."""

from django.urls import path

from messaging import (
    api,
    attention_api,
    attention_views,
    drafts_api,
    kept_api,
    kept_views,
    missed_api,
    missed_views,
    reports_api,
    reports_views,
    search_api,
    search_views,
    views,
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
    path("c/<uuid:conversation_id>/<int:seq>/file", views.file, name="file"),
    path("c/<uuid:conversation_id>/<int:seq>/thumbnail", views.file, {"is_small": True}, name="thumbnail"),
]

api_urls = [
    path("ticket", api.TicketView.as_view()),
    path("conversations", api.ConversationsView.as_view()),
    path("conversations/<uuid:conversation_id>", api.ConversationView.as_view()),
    path("conversations/<uuid:conversation_id>/messages", api.MessagesView.as_view()),
    path("conversations/<uuid:conversation_id>/forwards", api.ForwardsView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>", api.MessageView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/reactions/<str:emoji>", api.ReactionView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/file", api.FileView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/thumbnail", api.ThumbnailView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/versions", api.VersionsView.as_view()),
    path("conversations/<uuid:conversation_id>/attention", attention_api.AttentionView.as_view()),
    path("conversations/<uuid:conversation_id>/unread", api.UnreadView.as_view()),
    path("conversations/<uuid:conversation_id>/mentions", api.MentionsView.as_view()),
    path("conversations/<uuid:conversation_id>/receipts", api.ReceiptsView.as_view()),
    path("conversations/<uuid:conversation_id>/read", api.ReadView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/pin", kept_api.PinView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/saved", kept_api.SavingView.as_view()),
    path("conversations/<uuid:conversation_id>/pins", kept_api.PinsView.as_view()),
    path("saved", kept_api.SavedView.as_view()),
    path("conversations/<uuid:conversation_id>/missed", missed_api.MissedView.as_view()),
    path("conversations/<uuid:conversation_id>/messages/<int:seq>/report", reports_api.ReportingView.as_view()),
    path("conversations/<uuid:conversation_id>/reports", reports_api.ReportsView.as_view()),
    path("conversations/<uuid:conversation_id>/reports/<uuid:report_id>", reports_api.ReportView.as_view()),
    path("conversations/<uuid:conversation_id>/draft", drafts_api.DraftView.as_view()),
    path("drafts", drafts_api.DraftsView.as_view()),
    path("search", search_api.SearchView.as_view()),
]
