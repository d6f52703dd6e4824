"""What may be chosen at start, each by an environment variable with the prefix TIMELINE_."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from infrastructure.database import DatabaseOptions, normalised


class Settings(BaseSettings):
    """What the operator chose; every setting has a default that is safe on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="TIMELINE_", env_ignore_empty=True, extra="ignore", frozen=True
    )

    database_url: str = Field(
        default="sqlite:///timeline.db",
        description="The database: sqlite:///FILE, or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    database_role: str | None = Field(
        default=None,
        description="A PostgreSQL role to take on after connecting; timeline_service may only add.",
    )
    migrate: Literal["auto", "never"] = Field(
        default="auto",
        description="Whether a start brings the database to the current schema by itself.",
    )
    projector: Literal["inside", "external"] = Field(
        default="inside",
        description="Whether serving also runs the projector, or another process does.",
    )
    reads: Literal["open", "private"] = Field(
        default="open",
        description="Whether reading needs no key, or a key like recording does.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="A key that may record; without one, only keys made by the command line may.",
    )
    api_key_name: str = Field(
        default="operator",
        min_length=1,
        max_length=100,
        description="The name under which that key records.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="The issuer whose tokens (JWT) are taken as keys too, as their `iss` names it.",
    )
    oidc_audience: str = Field(
        default="timeline", description="The audience that such a token must name (`aud`)."
    )
    oidc_jwks: str | None = Field(
        default=None, description="Where the issuer's public keys are fetched (JWKS, RFC 7517)."
    )
    oidc_name_claim: str = Field(
        default="sub", description="The claim under which the holder of a token records."
    )
    wait_seconds: float = Field(
        default=5.0,
        ge=0,
        le=60,
        description="The longest that a read waits for the position it asks for.",
    )
    max_body_bytes: int = Field(
        default=8 * 1024 * 1024,
        ge=1024,
        le=1024 * 1024 * 1024,
        description="The largest request body that is read.",
    )
    body_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="The longest that a request body may take to arrive.",
    )
    rate_limit: str = Field(
        default="1200/minute",
        pattern=r"^(off|[1-9][0-9]{0,8}/(second|minute|hour|day))$",
        description="Requests of one key or address in a span of time, like 1200/minute, or off; "
        "this machine's own address has no limit.",
    )
    compress_from_bytes: int = Field(
        default=2048,
        ge=0,
        description="The least size of an answer that is sent compressed; 0 for none.",
    )
    log_requests: bool = Field(default=True, description="Whether each request is logged.")
    max_batch: int = Field(
        default=1000, ge=1, le=100_000, description="The most acts that one request may record."
    )
    signing: Literal["inside", "external", "off"] = Field(
        default="inside",
        description="Whether the process that projects also seals and signs the log, "
        "another does, or nobody.",
    )
    signing_keys: Path | None = Field(
        default=None,
        description="The file with the keys that sign the log, which gets one where the log was never signed; "
        "beside the SQLite file, or timeline.keys in the working folder, unless given.",
    )
    log_origin: str | None = Field(
        default=None,
        pattern=r"^[^\s+]+$",
        max_length=200,
        description="The name in which the log is signed, like example.org/log, for ever; "
        "without one its keys have a name of their own.",
    )
    checkpoint_entries: int = Field(
        default=1000,
        ge=1,
        le=100_000,
        description="The most entries between two signed checkpoints.",
    )
    checkpoint_seconds: float = Field(
        default=5.0,
        gt=0,
        le=86400,
        description="The longest that an entry waits for its checkpoint, unless others are recording.",
    )
    witnesses: str = Field(
        default="",
        description="Those who cosign the log, each NAME+ID+KEY and an https address, "
        "separated by commas.",
    )
    witness_every_seconds: float = Field(
        default=30.0, gt=0, le=86400, description="How often the witnesses are asked to cosign."
    )
    witness_timeout_seconds: float = Field(
        default=5.0, gt=0, le=600, description="The longest wait for one witness."
    )
    audit_every_seconds: float = Field(
        default=10.0,
        ge=0,
        le=86400,
        description="How often an answer is derived again and compared with what is served; 0 for never.",
    )
    documents: Literal["open", "private"] = Field(
        default="private",
        description="Whether a document can be fetched by anybody who may read, "
        "or only with a key that has the scope read.",
    )
    stream_clients: int = Field(
        default=1000,
        ge=0,
        le=100_000,
        description="The most clients that may follow the live stream of one process.",
    )
    stream_heartbeat_seconds: float = Field(
        default=15.0,
        gt=0,
        le=3600,
        description="How often a stream on which nothing happens says that it is alive.",
    )
    stream_slow_seconds: float = Field(
        default=30.0,
        gt=0,
        le=3600,
        description="After how long a client of the stream that takes nothing is let go.",
    )
    max_document_bytes: int = Field(
        default=20 * 1024 * 1024,
        ge=1,
        le=1024 * 1024 * 1024,
        description="The largest document that is kept.",
    )
    webhooks: Literal["inside", "external"] = Field(
        default="inside",
        description="Whether serving also delivers webhooks, or another process does (`timeline deliver`).",
    )
    webhook_keys: Path | None = Field(
        default=None,
        description="The file with the root keys from which the secrets of webhooks are derived, made when it is "
        "first needed; beside the SQLite file, or timeline.webhooks in the working folder, unless given.",
    )
    webhook_networks: str = Field(
        default="",
        description="Networks that are not public and to which webhooks may go all the same, also by http, "
        "like 10.1.0.0/16, separated by commas.",
    )
    webhook_workers: int = Field(
        default=4, ge=1, le=64, description="Webhooks that one process sends at once."
    )
    webhook_timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        le=120,
        description="The longest that a receiver may take for one webhook, from the look-up of its name on.",
    )
    webhook_days: float = Field(
        default=5.0,
        gt=0,
        le=60,
        description="For how many days a webhook is tried before it is a dead letter.",
    )
    webhook_keep_days: float = Field(
        default=30.0,
        gt=0,
        le=3660,
        description="For how many days it can be seen what was delivered.",
    )
    max_subscriptions: int = Field(
        default=100, ge=0, le=100_000, description="The most subscriptions of one holder of keys."
    )
    max_permalinks: int = Field(
        default=1000,
        ge=0,
        le=100_000,
        description="The most permalinks that one subscription may rely on.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe messages that are logged."
    )
    traces_to: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Where traces are sent (OpenTelemetry, OTLP over HTTP), like "
        "http://127.0.0.1:4318/v1/traces; without it none are made.",
    )
    pool_size: int = Field(
        default=10, ge=1, le=1000, description="Connections to the database kept open, a process."
    )
    pool_overflow: int = Field(
        default=10, ge=0, le=1000, description="Connections opened beyond those, under load."
    )
    pool_timeout_seconds: float = Field(
        default=10.0, gt=0, le=600, description="The longest wait for a connection of the pool."
    )
    connect_timeout_seconds: int = Field(
        default=5, ge=1, le=600, description="The longest wait for PostgreSQL to let us in."
    )
    statement_timeout_seconds: float = Field(
        default=30.0,
        gt=0,
        le=86400,
        description="The longest that PostgreSQL works on a statement.",
    )
    lock_timeout_seconds: float = Field(
        default=10.0, gt=0, le=3600, description="The longest wait for another writer."
    )

    @field_validator("witnesses")
    @classmethod
    def _names_witnesses(cls, text: str) -> str:
        if text:
            from infrastructure.cosigning import (  # noqa: PLC0415 (an HTTP client, where one is needed)
                witnesses_from,
            )

            witnesses_from(text)
        return text

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        if text:
            from infrastructure.webhooks.targets import networks_from  # noqa: PLC0415 (seldom)

            networks_from(text)
        return text

    def signing_keys_path(self) -> Path:
        """The file with the keys that sign the log."""
        return self.signing_keys or self._beside_record(".keys")

    def webhook_keys_path(self) -> Path:
        """The file with the root keys of webhooks."""
        return self.webhook_keys or self._beside_record(".webhooks")

    def _beside_record(self, suffix: str) -> Path:
        address = normalised(self.database_url)
        if address.get_backend_name() == "sqlite" and address.database is not None:
            return Path(address.database).with_suffix(suffix)
        return Path("timeline").with_suffix(suffix)

    def database_options(self) -> DatabaseOptions:
        """The part of the settings that an engine is opened with."""
        return DatabaseOptions(
            role=self.database_role,
            pool_size=self.pool_size,
            pool_overflow=self.pool_overflow,
            pool_timeout_seconds=self.pool_timeout_seconds,
            connect_timeout_seconds=self.connect_timeout_seconds,
            statement_timeout_seconds=self.statement_timeout_seconds,
            lock_timeout_seconds=self.lock_timeout_seconds,
        )
