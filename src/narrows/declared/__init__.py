"""What infrastructure-as-code files declare: Terraform, CloudFormation, SAM and CDK, as resources with their places."""
