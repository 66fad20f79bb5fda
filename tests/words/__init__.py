"""What real libraries print when a connection fails: made by them, recorded, and read again by the reader of logs."""
