"""Every setting of the product, read from ``PSL_*`` environment variables and ``.env``."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One typed object for all settings. Seconds are whole seconds; days are calendar days."""

    model_config = SettingsConfigDict(env_prefix="PSL_", env_file=".env", extra="ignore")

    # Where things are
    data_dir: Path = Field(PROJECT_ROOT / "var", description="database, keys and logs")
    guide_dir: Path = PROJECT_ROOT / "data" / "guide"
    models_dir: Path = PROJECT_ROOT / "models"
    database_url: str = Field("", description="empty: SQLite in the data directory")
    encoder_model: Path | None = Field(None, description="another model.onnx")
    encoder_tokenizer: Path | None = Field(None, description="its tokenizer.json")
    actions_url: str = Field("", description="empty: actions run in this process")

    # The edge
    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    api_key: SecretStr = Field(SecretStr(""), description="one bootstrap key for the JSON API")
    allowed_origins: str = Field("", description="comma-separated origins of other chat pages")
    demo: bool = Field(True, description="load the invented demo roster into an empty database")
    messages_per_minute: int = Field(60, gt=0)
    message_limit: int = Field(10_000, gt=0, description="characters accepted in one message")
    api_requests_per_minute: int = Field(1_200, gt=0, description="per key of the JSON API")
    resident_requests_per_hour: int = Field(20, gt=0, description="page /request, per address")
    understood_limit: int = Field(1_000, gt=0, description="characters given to the classifier")

    # Telegram
    telegram_token: SecretStr = Field(SecretStr(""), description="the bot's; empty: no Telegram")
    telegram_api_url: str = Field("https://api.telegram.org", description="a Bot API server")
    telegram_webhook_url: str = Field("", description="our public https address; empty: polling")

    # GUIDE limits, settable so that a trial can shorten them
    accept_seconds: int = Field(900, gt=0)
    promise_seconds: int = Field(1800, gt=0)
    miss_limit: int = Field(3, gt=0)

    # OPEN questions: our defaults, never the programme's rule
    call_margin_seconds: int = Field(300, ge=0)
    no_answer_attempts: int = Field(3, gt=0)
    reject_counts: bool = Field(False, description="a rejection counts as a miss")
    reject_breaks_run: bool = Field(False, description="a rejection ends a run of misses")
    untaken_mass_counts: bool = Field(False, description="an untaken Mass referral is a miss")
    undelivered_counts: bool = Field(False, description="an offer that never arrived is a miss")
    reregister_wait_hours: int = Field(0, ge=0)
    mass_any_language: bool = Field(
        True, description="Mass to everybody on duty when no speaker of the language is"
    )
    dispatch: Literal["general then mass", "mass only", "general only"] = "general then mass"

    # Choosing among agents for a General referral
    load_cap: int = Field(3, gt=0, description="referrals an agent may have in hand")
    shortlist: int = Field(40, gt=0, description="nearest candidates that are scored")
    weight_proximity: float = Field(0.35, ge=0)
    weight_county: float = Field(0.10, ge=0)
    weight_misses: float = Field(0.20, ge=0)
    weight_load: float = Field(0.20, ge=0)
    weight_waiting: float = Field(0.15, ge=0)
    load_hours: int = Field(24, gt=0, description="assignments of the last hours are load")
    waiting_hours: int = Field(72, gt=0, description="waiting longer than this counts no more")

    # The engine's habits
    engine: bool = Field(True, description="run it in this process; else leave it to `psl work`")
    warn_seconds: int = Field(300, ge=0, description="reminder before a window ends")
    mass_batch: int = Field(250, gt=0, description="agents told of a Mass referral at once")
    relook_seconds: int = Field(15, gt=0, description="who came on duty for an open referral")
    open_hours: int = Field(24, gt=0, description="an untaken referral is given up after this")
    retry_call_seconds: int = Field(3600, gt=0, description="reminder after nobody answered")
    complete_reminder_seconds: int = Field(7200, gt=0, description="not set Complete: reminder")
    complete_reminders: int = Field(3, ge=0, description="reminders before the desk is shown it")
    poll_seconds: float = Field(0.5, gt=0, description="backstop of the engine's wake-up")
    sweep_batch: int = Field(500, gt=0)
    audit_seconds: int = Field(60, gt=0, description="between two checks of the invariants")
    notice_attempts: int = Field(8, gt=0)
    contact_days: int = Field(30, gt=0, description="a resident's data after the referral's end")

    # Screenshots with tickets
    attachment_bytes: int = Field(10 * 1024**2, gt=0, description="largest file that is taken")
    attachment_pixels: int = Field(30_000_000, gt=0, description="more is not even decoded")
    attachment_side: int = Field(3_840, gt=0, description="longest side as it is kept")
    attachments_per_ticket: int = Field(5, gt=0)

    # This assistant's own habits
    link_code_seconds: int = Field(900, gt=0)
    link_attempts_per_hour: int = Field(10, gt=0)
    reminder_hours: int = Field(24, gt=0, description="first reminder of a PSL suggestion")
    duplicate_similarity: float = Field(0.5, ge=0, le=1)
    transcript_days: int = Field(90, gt=0)
    discarded_draft_days: int = Field(30, gt=0)

    log_level: str = "INFO"

    def sqlalchemy_url(self) -> str:
        """The database URL, SQLite inside ``data_dir`` unless one was given."""
        return self.database_url or f"sqlite:///{self.data_dir / 'psl.db'}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
