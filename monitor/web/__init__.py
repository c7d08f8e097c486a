"""The doors to the network: calendars for whoever holds a secret address, and the patient's page."""
