"""What the law and our promises ask beside deciding: persons concerned, access, referral, follow-up, alarms."""
