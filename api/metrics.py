"""What is measured, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The measurements of one application."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.registry = CollectorRegistry()
        self._of: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.requests = Counter(
            "timeline_requests_total",
            "Requests answered, by method, route and status.",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.seconds = Histogram(
            "timeline_request_seconds",
            "Time from the arrival of a request to the end of its answer.",
            ["method", "route"],
            buckets=(
                0.0005,
                0.001,
                0.0025,
                0.005,
                0.01,
                0.025,
                0.05,
                0.1,
                0.25,
                0.5,
                1,
                2.5,
                5,
                10,
            ),
            registry=self.registry,
        )
        self.log_position = self._gauge("timeline_log_position", "Last position of the log.")
        self.projected_position = self._gauge(
            "timeline_read_model_position", "Position up to which the read model is projected."
        )
        self.lag = self._gauge(
            "timeline_read_model_lag_entries", "Entries that the read model is behind the log."
        )
        self.reachable = self._gauge(
            "timeline_database_reachable", "1 if the database answered just now, else 0."
        )
        self.signed_position = self._gauge(
            "timeline_checkpoint_position", "Last position that a signed checkpoint covers."
        )
        self.signed_at = self._gauge(
            "timeline_checkpoint_time_seconds", "When the latest checkpoint was signed, since 1970."
        )
        self.cosignatures = self._gauge(
            "timeline_checkpoint_cosignatures",
            "Signatures of witnesses under the latest checkpoint.",
        )
        self.sealing_failures = self._gauge(
            "timeline_sealing_failures_total", "Attempts to seal the log that came to nothing."
        )
        self.audited = self._gauge(
            "timeline_audited_answers_total", "Answers derived again from the log."
        )
        self.audit_differences = self._gauge(
            "timeline_audit_differences_total", "Those that were not what was served."
        )
        self.webhooks_pending = self._gauge(
            "timeline_webhooks_pending", "Webhooks on their way to their receivers."
        )
        self.webhooks_failing = self._gauge(
            "timeline_webhooks_failing", "Those of them that failed at least once."
        )
        self.webhooks_dead = self._gauge(
            "timeline_webhooks_dead", "Dead letters: given up, and kept to be replayed."
        )
        self.webhooks_oldest = self._gauge(
            "timeline_webhooks_oldest_seconds", "Age of the oldest webhook on its way."
        )
        self.fold_hits = self._gauge(
            "timeline_fold_cache_hits_total", "Folds of dossiers found in memory."
        )
        self.fold_misses = self._gauge(
            "timeline_fold_cache_misses_total", "Folds of dossiers that had to be made."
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        noted = (method, route, status)
        found = self._of.get(noted)
        if found is None:
            counter = self.requests.labels(method, route, str(status))
            found = self._of[noted] = (counter, self.seconds.labels(method, route))
        found[0].inc()
        found[1].observe(seconds)

    def written(self) -> bytes:
        """All measurements in the text format of Prometheus."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, meaning: str) -> Gauge:
        return Gauge(name, meaning, registry=self.registry)
