//! Who hears of whom outside the network: servers of names of the nodes of load balancers.

use std::sync::Arc;

use switchlab_core::{Command, DnsChange, Event};
use switchlab_sim::Channel;

use super::Node;
use crate::Directory;

/// A channel from every node of a load balancer to every host that has to hear of it.
pub(super) fn channels(nodes: &[Node], directory: &Directory) -> Vec<Channel> {
    let mut channels = Vec::new();
    for listener in nodes {
        let heard = listener.machine.iter().flat_map(|machine| &machine.hears);
        for (balancer, delay) in heard {
            for speaker in directory.load_balancers.get(balancer).into_iter().flatten() {
                let name = Arc::clone(balancer);
                channels.push(Channel {
                    speaker: directory.node(speaker.node).to_string(),
                    listener: listener.name.to_string(),
                    delay: *delay,
                    translate: Arc::new(move |event| match event {
                        Event::DnsChanged(change) if change.balancer == name => {
                            Some(Command::Tell(change.clone()))
                        }
                        _ => None,
                    }),
                    silence: Some(Command::Tell(DnsChange {
                        balancer: Arc::clone(balancer),
                        zone: speaker.zone.clone(),
                        address: speaker.address,
                        is_in: false,
                        because: "The node is switched off.".into(),
                    })),
                });
            }
        }
    }
    channels
}
