//! What was counted, under the names of the metrics of `AWS/ApplicationELB`.
//!
//! User Guide for Application Load Balancers, "CloudWatch metrics". Each number is the sum over the run
//! so far, or what there is now and not when the node is off; the steps of 60 s in which CloudWatch shows them are left to the reader.
//! Metrics of what a lab does not simulate (TLS, HTTP/2, IPv6, sign-in, billing) are left out.

use std::time::Duration;

use switchlab_core::{AppCounter, DropReason, Table, TargetState};

use crate::groups::Pool;
use crate::switch::L7Switch;
use crate::tally::{Count, Tally};

/// The metrics of the load balancer that are counted as they stand.
const BALANCER: [(&str, Count); 17] = [
    (
        "DesyncMitigationMode_NonCompliant_Request_Count",
        Count::NonCompliant,
    ),
    ("DroppedInvalidHeaderRequestCount", Count::InvalidDropped),
    (
        "ForwardedInvalidHeaderRequestCount",
        Count::InvalidForwarded,
    ),
    ("HTTPCode_ELB_3XX_Count", Count::Own3xx),
    ("HTTPCode_ELB_4XX_Count", Count::Own4xx),
    ("HTTPCode_ELB_500_Count", Count::Own500),
    ("HTTPCode_ELB_502_Count", Count::Own502),
    ("HTTPCode_ELB_503_Count", Count::Own503),
    ("HTTPCode_ELB_504_Count", Count::Own504),
    ("HTTPCode_ELB_5XX_Count", Count::Own5xx),
    ("HTTP_Fixed_Response_Count", Count::Fixed),
    ("HTTP_Redirect_Count", Count::Redirects),
    (
        "HTTP_Redirect_Url_Limit_Exceeded_Count",
        Count::RedirectsTooLong,
    ),
    ("NonStickyRequestCount", Count::NonSticky),
    ("ProcessedBytes", Count::Octets),
    ("RuleEvaluations", Count::Evaluations),
    ("NewConnectionCount", Count::Connections),
];

/// The metrics of a target group that are counted as they stand.
const GROUP: [(&str, Count); 6] = [
    ("HTTPCode_Target_2XX_Count", Count::Status2xx),
    ("HTTPCode_Target_3XX_Count", Count::Status3xx),
    ("HTTPCode_Target_4XX_Count", Count::Status4xx),
    ("HTTPCode_Target_5XX_Count", Count::Status5xx),
    ("TargetConnectionErrorCount", Count::Unconnected),
    ("UnhealthyRoutingRequestCount", Count::FailOpen),
];

impl L7Switch {
    /// The metrics that are whole numbers, as counters of the device and of its groups.
    pub(crate) fn metrics(&self) -> Vec<AppCounter> {
        let mut all = Tally::default();
        for listener in &self.listeners {
            all.absorb(&listener.tally);
        }
        let groups = || self.groups.iter().map(|group| &group.tally);
        // Connections to targets are the balancer's as well.
        for group in groups() {
            all.add_many(Count::Connections, group.of(Count::Connections));
        }
        let rejected = self.station.counters().drops(DropReason::ConnectionsFull);
        let total = |name, value| AppCounter::total(&self.name, name, value);
        let own = BALANCER
            .iter()
            .map(|(name, count)| total(name, all.of(*count)));
        let active = self.connections.carriers() as u64;
        let requests = groups().map(|group| group.of(Count::Requests)).sum();
        let own = own.chain([
            AppCounter::level(&self.name, "ActiveConnectionCount", active),
            total("RejectedConnectionCount", rejected),
            total("RequestCount", requests),
        ]);
        own.chain(self.groups.iter().flat_map(Pool::metrics))
            .collect()
    }

    /// All metrics that are not zero, averages included.
    pub(crate) fn metrics_table(&self) -> Table {
        let counted = self.metrics().into_iter().filter(|metric| metric.value > 0);
        let row =
            |app: &str, name: &str, value: String| vec![app.to_owned(), name.to_owned(), value];
        let mut rows: Vec<_> = counted
            .map(|metric| row(&metric.app, metric.counter, metric.value.to_string()))
            .collect();
        for group in &self.groups {
            for (name, value) in group.averages() {
                rows.push(row(group.targets.name(), name, value));
            }
        }
        rows.sort();
        Table {
            title: "metrics",
            columns: vec!["of", "metric", "value"],
            rows,
        }
    }
}

impl Pool {
    fn metrics(&self) -> impl Iterator<Item = AppCounter> {
        let name = self.targets.name();
        let totals = GROUP
            .iter()
            .map(|(metric, count)| AppCounter::total(name, metric, self.tally.of(*count)));
        let hosts = |state| self.count(|other| other == state);
        // The node's own zone, which meets a threshold or does not.
        let is_used = self.targets.is_in_use();
        let zones = |is_so: bool| u64::from(is_used && is_so);
        let fails_dns = self.targets.dns_failure().is_some();
        let is_fail_open = self.targets.is_fail_open();
        let levels = [
            ("HealthyHostCount", hosts(TargetState::Healthy)),
            ("UnHealthyHostCount", hosts(TargetState::Unhealthy)),
            ("HealthyStateDNS", zones(!fails_dns)),
            ("HealthyStateRouting", zones(!is_fail_open)),
            ("UnhealthyStateDNS", zones(fails_dns)),
            ("UnhealthyStateRouting", zones(is_fail_open)),
        ];
        totals.chain(levels.map(|(metric, value)| AppCounter::level(name, metric, value)))
    }

    /// How many targets are in such a state.
    fn count(&self, is_such: impl Fn(TargetState) -> bool) -> u64 {
        self.targets
            .states()
            .filter(|state| is_such(*state))
            .count() as u64
    }

    /// Requests a target, and seconds a target took for the head of an answer, on the average.
    fn averages(&self) -> Vec<(&'static str, String)> {
        let tally = &self.tally;
        let classes = [
            Count::Status2xx,
            Count::Status3xx,
            Count::Status4xx,
            Count::Status5xx,
        ];
        let answers: u64 = classes.into_iter().map(|class| tally.of(class)).sum();
        let mut averages = Vec::new();
        if let Some(nanos) = tally.of(Count::ResponseNanos).checked_div(answers) {
            let span = Duration::from_nanos(nanos);
            averages.push(("TargetResponseTime", format!("{:.6}", span.as_secs_f64())));
        }
        let targets =
            self.count(|state| !matches!(state, TargetState::Draining | TargetState::Unused));
        if targets > 0 {
            let each = tally.of(Count::Requests) as f64 / targets as f64;
            averages.push(("RequestCountPerTarget", format!("{each:.1}")));
        }
        averages
    }
}
