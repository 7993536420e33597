//! What the router does by the clock, when a link goes down, and what a person sees of it.

use switchlab_core::{Instant, Table};
use switchlab_ip::IcmpError;
use switchlab_wire::Frame;

use super::attached::Attached;
use super::{Arrival, Router, packet_mut, view};
use crate::Passage;
use crate::routes::InterfaceIndex;
use crate::ways::Ways;

impl<P: Passage> Router<P> {
    /// When [`handle_timeout`](Self::handle_timeout) next has work.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let mut next = self.local.poll_timeout();
        let mut consider = |due: Option<Instant>| {
            if let Some(due) = due {
                next = Some(next.map_or(due, |next| next.min(due)));
            }
        };
        consider(self.transit.poll_timeout());
        for attached in &self.interfaces {
            consider(attached.ip.poll_timeout());
        }
        next
    }

    /// Acts on what is due: neighbours that do not answer, fragments that do not come.
    pub(crate) fn handle_timeout(&mut self, ways: &mut Ways<'_>) {
        while let Some(first) = self.local.expire(ways.now, ways.counters) {
            self.tell_of_timeout(&first, ways);
        }
        while let Some(first) = self.transit.expire(ways.now, ways.counters) {
            // Who only passes fragments on does not answer for them.
            let destination = view(&first).destination();
            if self.routes.is_own(destination) {
                self.tell_of_timeout(&first, ways);
            }
        }
        for index in 0..self.interfaces.len() {
            let attached = &mut self.interfaces[index];
            attached
                .ip
                .handle_timeout(ways.now, &mut ways.at(attached.attachment));
            self.give_up(index, ways);
        }
    }

    /// Forgets what was learned at an interface whose link went down.
    pub(crate) fn forget(&mut self, interface: InterfaceIndex, ways: &mut Ways<'_>) {
        self.interfaces[interface].ip.forget();
        self.give_up(interface, ways);
    }

    /// Tells the senders of packets whose next hop did not answer. RFC 1812, 5.2.7.1.
    fn give_up(&mut self, interface: InterfaceIndex, ways: &mut Ways<'_>) {
        while let Some(mut frame) = self.interfaces[interface]
            .ip
            .poll_unreachable(ways.counters)
        {
            let mark = self.passage.returning(ways.now, packet_mut(&mut frame));
            let arrival = Arrival {
                mark: Some(mark),
                ..Arrival::unknown(interface)
            };
            let source = view(&frame).source();
            if !self.routes.is_own(source) {
                self.tell(IcmpError::HostUnreachable, None, &frame, &arrival, ways);
            }
        }
    }

    fn tell_of_timeout(&mut self, first: &Frame, ways: &mut Ways<'_>) {
        let own = view(first).destination();
        self.tell(
            IcmpError::ReassemblyTimeout,
            Some(own),
            first,
            &Arrival::unknown(0),
            ways,
        );
    }

    /// Routes and neighbours as a person would look at them.
    pub(crate) fn tables(&self) -> Vec<Table> {
        let interface = |attached: &Attached| {
            let addresses: Vec<String> = attached
                .ip
                .addresses()
                .iter()
                .map(ToString::to_string)
                .collect();
            vec![
                attached.attachment.to_string(),
                attached.ip.mac().to_string(),
                addresses.join(", "),
                attached.ip.mtu().to_string(),
            ]
        };
        let neighbours = self.interfaces.iter().flat_map(|attached| {
            let rows = attached.ip.neighbour_rows().into_iter();
            rows.map(|row| [vec![attached.attachment.to_string()], row].concat())
        });
        vec![
            Table {
                title: "interfaces",
                columns: vec!["at", "MAC address", "addresses", "MTU"],
                rows: self.interfaces.iter().map(interface).collect(),
            },
            self.routes.table(&self.attachments),
            Table {
                title: "neighbours",
                columns: vec!["at", "address", "MAC address", "state", "held"],
                rows: neighbours.collect(),
            },
        ]
    }
}
