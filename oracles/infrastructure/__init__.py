"""Scenarios as infrastructure as code, by the documentation of AWS and Terraform: what an import must understand."""
