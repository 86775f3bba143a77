from api.rest.serving import addresses

app_name = "api"

urlpatterns = addresses()
