"""What answers are held against: the plain-Python simulator, random incidents and traffic. For tests and benches."""
