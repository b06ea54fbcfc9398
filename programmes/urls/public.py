"""The public addresses of programmes and goals."""

urlpatterns = []
