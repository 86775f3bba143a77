"""What Settings, Usage and Plan and the pricing page show."""
