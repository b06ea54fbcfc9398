"""The staff addresses of a person's own account, of people and of the history."""

from django.urls import path

from partners.views import changing, history, review, security, sign_in, staff

urlpatterns = [
    path("account/", sign_in.account, name="account"),
    path("account/sign-out-everywhere/", sign_in.sign_out_everywhere, name="sign_out_everywhere"),
    path("account/sessions/<int:pk>/end/", sign_in.session_end, name="session_end"),
    path("invitation/<str:token>/", sign_in.invitation, name="invitation"),
    path("history/", history.history_list, name="history"),
    path("history/download/", history.history_download, name="history_download"),
    path("security/", security.security_list, name="security"),
    path("security/download/", security.security_download, name="security_download"),
    path("redact/<str:label>/<int:pk>/", history.statement_redact, name="redact"),
    path("record/partners/", changing.partner_changes, name="partner_changes"),
    path("record/partners/<slug:what>/", changing.partner_change, name="partner_change"),
    path("record/partners/leaving/<int:pk>/", changing.partner_left, name="partner_left"),
    path("people/", staff.person_list, name="people"),
    path("people/ending/<int:pk>/", changing.access_end, name="access_end"),
    path("people/review/", review.review_list, name="review"),
    path("people/review/<int:pk>/", review.review_decide, name="review_decide"),
    path("people/invite/", staff.person_invite, name="person_invite"),
    path("people/<int:pk>/", staff.person_detail, name="person"),
    path("people/<int:pk>/invite-again/", staff.person_invite_again, name="person_invite_again"),
    path("people/<int:pk>/roles/give/", staff.role_give, name="role_give"),
    path("people/<int:pk>/roles/<int:grant_pk>/end/", staff.role_end, name="role_end"),
    path("people/<int:pk>/second-step/", staff.factor_reset, name="factor_reset"),
    path("people/<int:pk>/sign-out/", staff.person_sign_out, name="person_sign_out"),
    path("people/<int:pk>/close/", staff.person_deactivate, name="person_deactivate"),
    path("people/<int:pk>/open/", staff.person_reactivate, name="person_reactivate"),
]
