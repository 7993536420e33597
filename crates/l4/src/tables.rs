//! Flows and backends as a person would look at them.

use switchlab_core::{Instant, Table};

use crate::balancer::Balancer;
use crate::flow::{Assigned, Direction};

/// The flow table, in the order of keys, and the backends, in the order of services and registration.
pub(crate) fn of(balancer: &Balancer, now: Instant) -> [Table; 2] {
    let flows = balancer.flows.sorted(now);
    let mut targets = Table {
        title: "targets",
        columns: vec!["service", "backend", "state", "reason", "flows"],
        rows: Vec::new(),
    };
    for (place, service) in balancer.services.iter().enumerate() {
        for mut row in service.group.table().rows {
            let address = row[1].parse().ok();
            let backend = address.and_then(|address| service.group.find(address));
            let is_here =
                |assigned: Assigned| (assigned.service, Some(assigned.backend)) == (place, backend);
            let here = flows
                .iter()
                .filter(|(flow, _)| flow.backend.is_some_and(is_here));
            row[4] = here.count().to_string();
            targets.rows.push(row);
        }
    }
    let rows = flows.iter().map(|(flow, silent)| {
        let leaves_as = flow.leaves_as(Direction::Original);
        let service = flow
            .backend
            .map(|assigned| &balancer.services[assigned.service]);
        vec![
            flow.original.key().to_string(),
            leaves_as.to_string(),
            service.map_or(String::new(), |service| service.name.to_string()),
            flow.state().to_owned(),
            format!("{:.3}", silent.as_secs_f64()),
        ]
    });
    let flows = Table {
        title: "flows",
        columns: vec!["comes as", "leaves as", "service", "state", "silent (s)"],
        rows: rows.collect(),
    };
    [flows, targets]
}
