"""The administration API, ``/api/v1``: a face. What is asked is read here, answered by services, and shown here."""
