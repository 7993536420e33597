//! Why frames go no further: one list of names, stable codes and sentences.

use std::fmt;

/// Lists the reasons once: symbol, code, sentence.
macro_rules! drop_reasons {
    ($($symbol:ident $code:literal $sentence:literal)*) => {
        /// Why a frame went no further. Not an error: a switch that drops a frame has done its work.
        ///
        /// The code names the layer that decided and is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum DropReason {
            $(#[doc = $sentence] $symbol,)*
        }

        impl DropReason {
            /// All reasons, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$symbol),*];

            /// The stable code: layer, dot, reason.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$symbol => $code,)* }
            }

            /// The reason as a sentence for a learner.
            #[must_use]
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$symbol => $sentence,)* }
            }
        }
    };
}

drop_reasons! {
    LaneQueueFull "lane.queue-full" "The link's queue was full when the frame came."
    LaneLoss "lane.loss" "The link lost the frame, as it was told to."
    LaneDown "lane.down" "The link was unplugged."
    LaneMtu "lane.mtu" "The frame is longer than the link carries."
    LaneUnconnected "lane.unconnected" "No link is plugged into the port."
    NodeDown "node.down" "The node at the end of the link is switched off."
    CaptureTruncated "capture.truncated" "The capture holds only the beginning of the frame."
    MediumQueueFull "l1.queue-full" "Too much already waited for the shared medium."
    ExcessiveCollisions "l1.excessive-collisions" "Sixteen attempts to send the frame ended in collisions."
    Malformed "l2.malformed" "The frame is too short to hold an Ethernet header."
    Oversize "l2.oversize" "The frame is longer than the port's MTU allows."
    BadSource "l2.bad-source" "The source address names no single station."
    Reserved "l2.reserved" "The group address is reserved for the link itself."
    Locked "l2.locked" "The port is locked and the source address has no entry on it."
    SamePort "l2.same-port" "The destination is on the port the frame came from."
    NotMember "l2.not-member" "The port does not take part in the frame's VLAN."
    Isolated "l2.isolated" "Both ports are isolated from each other."
    NoEgress "l2.no-egress" "No port was left to send the frame out of."
    Blocked "l2.blocked" "Spanning tree blocks the port."
    NotForMe "l2.not-for-me" "The frame is addressed to another station."
    UnknownProtocol "l3.unknown-protocol" "Nobody here reads this protocol."
    ArpMalformed "arp.malformed" "The ARP message makes no sense."
    ArpUnanswered "arp.unanswered" "The next hop did not answer; the frames held for it are given up."
    ArpQueueFull "arp.queue-full" "Too many frames already wait for the next hop's address."
    ArpFailed "arp.failed" "The next hop did not answer a moment ago and is not asked again yet."
    HeaderMalformed "l3.malformed" "The IP header contradicts itself or the frame."
    HeaderChecksum "l3.checksum" "The IP header checksum is wrong."
    Martian "l3.martian" "The source or destination address may not appear on a wire here."
    TtlExpired "l3.ttl-expired" "The packet has made as many hops as it may."
    NoRoute "l3.no-route" "No route leads to the destination."
    RouteUnreachable "l3.route-unreachable" "The route says that the destination is unreachable."
    RouteProhibited "l3.route-prohibited" "The route says that the destination is prohibited."
    RouteBlackhole "l3.route-blackhole" "The route says to swallow the packet."
    FragmentationNeeded "l3.fragmentation-needed" "The packet is longer than the next link carries and may not be cut."
    ReversePath "l3.reverse-path" "No route back to the source leads through the port the packet came from."
    SourceRoute "l3.source-route" "The packet asks for a route of its own, which is not allowed here."
    NotForwarded "l3.not-forwarded" "The destination is a group or broadcast address that is not routed."
    ProcessorBusy "l3.processor-busy" "Too many packets already wait for the processor that fills the route cache."
    ReassemblyTimeout "l3.reassembly-timeout" "The other fragments of the datagram did not come in time."
    ReassemblyFailed "l3.reassembly-failed" "The fragments of the datagram contradict each other, or are too many."
    IcmpSuppressed "icmp.suppressed" "An ICMP message may not be sent about this packet."
    PolicyDenied "acl.denied" "A rule of the administrator denies the packet."
    TransportMalformed "l4.malformed" "The TCP, UDP or ICMP header contradicts itself or the packet."
    TransportChecksum "l4.checksum" "The TCP, UDP or ICMP checksum is wrong."
    NoHealthyTarget "l4.no-healthy-target" "No backend of the service can take the flow."
    FlowTableFull "l4.flow-table-full" "The flow table is full and no entry may be replaced."
    FlowState "l4.flow-state" "The segment does not fit the state of its flow."
    NoFlow "l4.no-flow" "The segment belongs to no flow that is known, and begins none."
    PortsExhausted "l4.ports-exhausted" "No port is left to translate the flow to."
    PortClosed "l4.port-closed" "Nobody listens on the port."
    HalfOpenFull "l4.half-open-full" "Too many connections are only half open."
    ConnectionsFull "l4.connections-full" "The host has as many connections as it may have."
    ReceiveQueueFull "l4.receive-queue-full" "The application does not read its datagrams fast enough."
    HostStopped "host.stopped" "The host has no use for the packet."
}

impl fmt::Display for DropReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_name_their_layer() {
        let codes: BTreeSet<_> = DropReason::ALL.iter().map(|reason| reason.code()).collect();
        assert_eq!(
            codes.len(),
            DropReason::ALL.len(),
            "a code belongs to one reason"
        );
        for reason in DropReason::ALL {
            let (layer, name) = reason.code().split_once('.').expect("layer, dot, reason");
            assert!(!layer.is_empty() && !name.is_empty(), "{reason}");
            assert!(
                reason.sentence().ends_with('.'),
                "{reason} is explained by a sentence"
            );
        }
    }

    #[test]
    fn the_discriminant_is_the_place_in_the_list() {
        for (place, reason) in DropReason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, place);
        }
    }
}
