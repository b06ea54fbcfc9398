"""The staff addresses of one's own account, of people and of the history."""

from django.urls import path

from partners.views import sign_in

urlpatterns = [
    path("account/", sign_in.account, name="account"),
    path("account/sign-out-everywhere/", sign_in.sign_out_everywhere, name="sign_out_everywhere"),
    path("invitation/<str:token>/", sign_in.invitation, name="invitation"),
]
