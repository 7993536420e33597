//! The settings of hosts and balancers as a lab file gives them: what can be asked of a lab that does not run.

use std::collections::BTreeMap;
use std::ops::Range;

use switchlab_host::HostConfig;
use switchlab_l2::BridgeConfig;
use switchlab_l3::L3Config;
use switchlab_l4::L4Config;
use switchlab_l7::L7Config;

/// An `l7-switch` of a lab file.
#[derive(Debug, Clone)]
pub struct Balancer {
    /// Its settings; the name is the node's.
    pub config: L7Config,
    /// Where they stand.
    pub lines: Lines,
}

/// The settings of a node that passes frames on.
#[derive(Debug, Clone)]
pub enum Switch {
    /// `kind = "hub"`; there is nothing to set.
    Hub,
    /// `kind = "l2-switch"`.
    L2(BridgeConfig),
    /// `kind = "l3-switch"`.
    L3(Box<L3Config>),
    /// `kind = "l4-switch"`.
    L4(Box<L4Config>),
}

/// The lines of a file, counted from 1, on which a balancer and its parts begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    /// The node.
    pub node: usize,
    /// Its listeners, in the order of the file, each with its rules by priority.
    pub listeners: Vec<(usize, BTreeMap<u32, usize>)>,
    /// Its target groups, in the order of its settings.
    pub groups: Vec<usize>,
}

/// The settings of a node, with places in octets of the file.
#[derive(Debug, Clone)]
pub(crate) enum NodeSettings {
    Host(HostConfig),
    Balancer(Box<L7Config>, Spans),
    Switch(Switch),
}

/// The places of a balancer and its parts.
#[derive(Debug, Clone)]
pub(crate) struct Spans {
    pub(crate) node: Range<usize>,
    pub(crate) listeners: Vec<(Range<usize>, Vec<Range<usize>>)>,
    pub(crate) groups: Vec<Range<usize>>,
}

impl Balancer {
    pub(crate) fn new(config: L7Config, spans: &Spans, text: &str) -> Self {
        let line = |span: &Range<usize>| {
            let before = text.as_bytes().iter().take(span.start);
            before.filter(|octet| **octet == b'\n').count() + 1
        };
        let listeners = config.listeners.iter().zip(&spans.listeners);
        let lines = Lines {
            node: line(&spans.node),
            listeners: listeners
                .map(|(listener, (span, rules))| {
                    let priorities = listener.rules.iter().map(|rule| rule.priority);
                    (line(span), priorities.zip(rules.iter().map(line)).collect())
                })
                .collect(),
            groups: spans.groups.iter().map(line).collect(),
        };
        Self { config, lines }
    }
}
