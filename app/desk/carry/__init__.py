"""What comes in and goes out on sticks: pickups, outboxes, exports, what is refused."""
