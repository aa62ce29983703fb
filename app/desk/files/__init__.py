"""Attachments: what they are, what they would betray, and a copy that can be looked at (docs/spec/attachments.md).

The desk calls `sandbox.examine` and `sandbox.safe_copy`. The readers (`pdf`, `image`, `office`, `mail`, `archive`,
`text`, `metadata` and what they use) run inside the worker only. No file of this package that the worker loads may
import anything of ours from outside the package: the sandbox does not show it.
"""
