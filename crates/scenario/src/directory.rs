//! Who is who in a lab: what a report must know to say names instead of numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use switchlab_core::NodeId;
use switchlab_host::CongestionControl;

/// Who is who in a lab.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// The names of the nodes, in the order of their ids.
    pub nodes: Vec<Arc<str>>,
    /// Whose address is which.
    pub owners: BTreeMap<IpAddr, NodeId>,
    /// The nodes that pass requests on instead of answering them.
    pub balancers: BTreeSet<NodeId>,
    /// The layer 7 load balancers by name, each with its nodes in the order of their ids.
    pub load_balancers: BTreeMap<Arc<str>, Vec<BalancerNode>>,
    /// How the nodes with a TCP of their own share the network.
    pub congestion_control: BTreeMap<NodeId, CongestionControl>,
    /// The applications that ask: HTTP clients and pings, in the order of node, then name.
    pub clients: Vec<Client>,
}

/// A node of a load balancer, as DNS knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalancerNode {
    /// The node.
    pub node: NodeId,
    /// The zone in which it stands, if there are zones.
    pub zone: Option<Arc<str>>,
    /// The address by which DNS tells of it.
    pub address: IpAddr,
}

/// An application that asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The host it runs on.
    pub node: NodeId,
    /// Its name there.
    pub app: Arc<str>,
    /// How often it asks; `None` if there is no end to it.
    pub count: Option<u64>,
}

impl Directory {
    /// The name of a node.
    ///
    /// # Panics
    /// If the node is of another lab.
    #[must_use]
    pub fn node(&self, node: NodeId) -> &Arc<str> {
        &self.nodes[node.index()]
    }

    /// The node that has this address.
    #[must_use]
    pub fn owner(&self, address: IpAddr) -> Option<NodeId> {
        self.owners.get(&address).copied()
    }

    /// Whether the address is a balancer's.
    #[must_use]
    pub fn is_balancer(&self, address: IpAddr) -> bool {
        self.owner(address)
            .is_some_and(|node| self.balancers.contains(&node))
    }

    /// What a report calls a client: by its node if it is the only one there, else by `NODE.APP`.
    #[must_use]
    pub fn client_name(&self, node: NodeId, app: &str) -> Arc<str> {
        let name = self.node(node);
        let others = self.clients.iter();
        let is_alone = !others
            .filter(|client| client.node == node)
            .any(|client| *client.app != *app);
        if is_alone {
            name.clone()
        } else {
            format!("{name}.{app}").into()
        }
    }
}
