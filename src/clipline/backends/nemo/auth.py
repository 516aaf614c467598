"""Making ready to work: an account, told with its credits, and a session."""

from __future__ import annotations

from clipline.backends.nemo.free import patiently
from clipline.backends.nemo.service import Cloud
from clipline.backends.nemo.sessions import enter
from clipline.stage import StageResult
from clipline.values import JsonObject

__all__ = ["connect"]


def connect(cloud: Cloud, options: JsonObject) -> StageResult:
    """Find or make the account and open the scope's session, or take over the one that is named.

    Raises:
        AccountError: the token is refused.
        StageFailed: the session that is named is not there, or not this account's.
        ServiceError: the service cannot be reached, or gives no account.
    """
    account = patiently(cloud, cloud.client.account)
    cloud.call.note(f"connected, {account.credits.available} credits")
    state = enter(cloud, options)
    outputs = {
        "account": account.user_id,
        "anonymous": account.anonymous,
        "credits": account.credits.available,
        "session": state.session,
    }
    kept = state.write(cloud.call.state, cloud.key)
    return StageResult(outputs=outputs, state=kept, findings=tuple(cloud.findings))
