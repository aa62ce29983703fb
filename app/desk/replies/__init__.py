"""What the reporter is answered, and cases that come on paper."""
