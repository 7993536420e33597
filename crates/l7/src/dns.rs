//! DNS as a node of the load balancer sees it: whether its address is among those that clients are told.

use std::net::IpAddr;
use std::sync::Arc;

use switchlab_core::{AppCounter, DnsChange, Event, Table};

use crate::L7Config;
use crate::groups::Pool;

/// Whether the node is in DNS.
///
/// It is out until it has looked for the first time. It leaves when the threshold of any of its groups is breached, for all of them, and comes back when none is
/// (ELB *User Guide*, "Target group health"). What clients are told then is their resolver's matter: if all
/// nodes have left, all addresses; and for 60 s what they were told before.
#[derive(Debug)]
pub(crate) struct NodeInDns {
    balancer: Arc<str>,
    zone: Option<Arc<str>>,
    address: Option<IpAddr>,
    /// Why it is out; `None` while it is in.
    failure: Option<String>,
    /// How often it entered, and left again.
    entered: u64,
    left: u64,
}

impl NodeInDns {
    pub(crate) fn new(config: &L7Config) -> Self {
        Self {
            balancer: Arc::clone(&config.load_balancer.name),
            zone: config.load_balancer.zone.clone(),
            address: config.dns_address(),
            failure: Some("it has just begun".to_owned()),
            entered: 0,
            left: 0,
        }
    }

    /// Looks at the groups, and tells if the node enters or leaves.
    pub(crate) fn look(&mut self, groups: &[Pool]) -> Option<Event> {
        let failure = failure(groups);
        let is_in = failure.is_none();
        let was_in = std::mem::replace(&mut self.failure, failure).is_none();
        if is_in == was_in {
            return None;
        }
        let count = if is_in {
            &mut self.entered
        } else {
            &mut self.left
        };
        *count += 1;
        self.event()
    }

    /// Tells once more what stands, if it ever entered or left.
    pub(crate) fn announce(&self) -> Option<Event> {
        (self.entered > 0).then(|| self.event()).flatten()
    }

    fn event(&self) -> Option<Event> {
        Some(Event::DnsChanged(DnsChange {
            balancer: Arc::clone(&self.balancer),
            zone: self.zone.clone(),
            address: self.address?,
            is_in: self.failure.is_none(),
            because: match &self.failure {
                Some(failure) => format!("Too few targets: {failure}.").into(),
                None => "Enough targets of every group are healthy.".into(),
            },
        }))
    }

    /// How often it entered and left, by itself.
    pub(crate) fn counters(&self) -> [AppCounter; 2] {
        let app: Arc<str> = "dns".into();
        [("entered", self.entered), ("left", self.left)]
            .map(|(counter, value)| AppCounter::total(&app, counter, value))
    }

    /// The node's row of the balancer's answer set.
    pub(crate) fn table(&self) -> Table {
        let Self {
            balancer,
            zone,
            address,
            failure,
            ..
        } = self;
        let text = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let row = vec![
            balancer.to_string(),
            text(zone.as_ref().map(ToString::to_string)),
            text(address.map(|address| address.to_string())),
            if failure.is_none() { "in" } else { "out" }.to_owned(),
            text(failure.clone()),
        ];
        Table {
            title: "dns",
            columns: vec!["balancer", "zone", "address", "dns", "because"],
            rows: vec![row],
        }
    }
}

/// Why the groups keep the node out of DNS.
fn failure(groups: &[Pool]) -> Option<String> {
    groups.iter().find_map(|group| group.targets.dns_failure())
}
