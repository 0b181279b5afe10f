"""What Etsy tells by itself of orders, as signed messages to the app's endpoint."""
