"""What the admins of all apps stand on."""
