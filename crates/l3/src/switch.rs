//! A bridge and a router in one box: the layer 3 switch.

use std::net::Ipv4Addr;

use switchlab_core::{
    AppCounter, Counters, Device, DropReason, Egress, Explain, Explanation, Ingress, Instant,
    PortId, Silent, Step, Table, Verdict,
};
use switchlab_l2::Bridge;
use switchlab_wire::{Ethernet, Frame, VlanId, VlanTag};

use crate::config::{L3Config, L3ConfigError};
use crate::route_cache::{Lookup, RouteCache};
use crate::router::Router;
use crate::routes::InterfaceIndex;
use crate::ways::Ways;
use crate::{Attachment, Passage};

/// A layer 3 switch: bridges within a VLAN, routes between VLANs and routed ports.
///
/// `P` is what a layer above does with the packets that pass; `()` does nothing, and costs nothing.
#[derive(Debug)]
pub struct L3Switch<P = ()> {
    bridge: Bridge,
    router: Router<P>,
    route_cache: Option<RouteCache>,
    /// The interface of each routed port; `None` for ports of the bridge.
    routed: Vec<Option<Routed>>,
    /// The interfaces of VLANs, by VLAN.
    virtual_interfaces: Vec<(u16, InterfaceIndex)>,
    counters: Counters,
    now: Instant,
}

/// A port that is an interface.
#[derive(Debug, Clone, Copy)]
struct Routed {
    interface: InterfaceIndex,
    /// Longest frame that the port takes in.
    longest: usize,
}

/// A frame longer than the MTU by more than this is dropped: Ethernet header, and room for one tag.
const OVERHEAD: usize = Ethernet::HEADER_LEN + VlanTag::LEN;

impl L3Switch {
    /// Makes a switch.
    ///
    /// # Errors
    /// [`L3ConfigError`] if the settings contradict each other or a standard.
    pub fn new(config: L3Config) -> Result<Self, L3ConfigError> {
        Self::with_passage(config, ())
    }
}

impl<P: Passage> L3Switch<P> {
    /// Makes a switch through whose router packets pass under the eyes of a layer above.
    ///
    /// # Errors
    /// [`L3ConfigError`] if the settings contradict each other or a standard.
    pub fn with_passage(mut config: L3Config, passage: P) -> Result<Self, L3ConfigError> {
        let router = Router::new(&config, passage)?;
        let vlan_aware = config.bridge.is_vlan_aware();
        let mut routed = vec![None; config.bridge.ports.len()];
        let mut virtual_interfaces = Vec::new();
        for (interface, settings) in config.interfaces.iter().enumerate() {
            match settings.attachment {
                Attachment::Port(port) => {
                    let longest = usize::from(settings.mtu) + OVERHEAD;
                    config.bridge.ports[port.index()].bridged = false;
                    routed[port.index()] = Some(Routed { interface, longest });
                }
                Attachment::Vlan(vlan) if !vlan_aware && vlan != VlanId::DEFAULT => {
                    return Err(L3ConfigError::NoVlans { vlan });
                }
                Attachment::Vlan(vlan) => {
                    config.bridge.climbing.insert(vlan);
                    config.bridge.own.insert((vlan, settings.mac));
                    virtual_interfaces.push((vlan.get(), interface));
                }
            }
        }
        virtual_interfaces.sort_unstable();
        let bridge = Bridge::new(config.bridge)?;
        Ok(Self {
            counters: Counters::new(bridge.ports()),
            bridge,
            router,
            route_cache: config.route_cache.map(RouteCache::new),
            routed,
            virtual_interfaces,
            now: Instant::ZERO,
        })
    }

    /// What the layer above keeps.
    #[must_use]
    pub const fn passage(&self) -> &P {
        &self.router.passage
    }

    /// What the layer above keeps, for changing.
    pub const fn passage_mut(&mut self) -> &mut P {
        &mut self.router.passage
    }

    /// Sends a packet of the switch's own by the route to its destination, and counts it as originated.
    ///
    /// The frame's first 14 octets are room for the Ethernet header. [`Passage::originating`] sees it first.
    ///
    /// # Panics
    /// If there is no sound IPv4 packet behind that room.
    pub fn send_packet(&mut self, now: Instant, frame: Frame, tx: &mut Egress) {
        self.now = now;
        self.counters.originated += 1;
        let (router, mut ways) = self.split(tx);
        router.originate(frame, None, &mut ways);
    }

    /// The address that the switch speaks to somebody from; `None` if no route leads there.
    #[must_use]
    pub fn address_towards(&self, remote: Ipv4Addr) -> Option<Ipv4Addr> {
        self.router.leaving_address_to(remote)
    }

    #[inline]
    fn split<'a>(&'a mut self, tx: &'a mut Egress) -> (&'a mut Router<P>, Ways<'a>) {
        let ways = Ways {
            now: self.now,
            bridge: &mut self.bridge,
            counters: &mut self.counters,
            tx,
        };
        (&mut self.router, ways)
    }

    #[inline]
    fn take<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        self.now = now;
        self.counters.received(port, frame.len());
        match self.routed[port.index()] {
            Some(Routed { longest, .. }) if frame.len() > longest => {
                explain.step(|| {
                    let asked = format!("may {} octets come in at port {port}?", frame.len());
                    Step::refused("l2.ingress", asked, DropReason::Oversize)
                });
                self.counters.dropped(DropReason::Oversize);
                Verdict::Drop(DropReason::Oversize)
            }
            Some(Routed { interface, .. }) => self.route(interface, frame, tx, explain),
            None => self.bridge(port, frame, tx, explain),
        }
    }

    /// The frame goes to the router, at once or by way of the route cache's processor.
    #[inline]
    fn route<E: Explain>(
        &mut self,
        interface: InterfaceIndex,
        mut frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        if let Some(cache) = &mut self.route_cache {
            let asked = "is the destination in the route cache?";
            match cache.look_up(self.now, interface, frame) {
                Lookup::Goes(known) => frame = known,
                Lookup::Waits(before) => {
                    explain.step(|| Step {
                        stage: "l3.route-cache",
                        asked: asked.to_owned(),
                        found: format!("no; {before} packets wait before it"),
                        because: "The processor looks up the first packet to a destination; the rest go by its answer.".into(),
                    });
                    self.counters.kept += 1;
                    return Verdict::Climb;
                }
                Lookup::Full => {
                    let reason = DropReason::ProcessorBusy;
                    explain.step(|| Step::refused("l3.route-cache", asked, reason));
                    self.counters.dropped(reason);
                    return Verdict::Drop(reason);
                }
            }
        }
        let (router, mut ways) = self.split(tx);
        router.receive(interface, frame, &mut ways, explain)
    }

    /// The frame stays in its VLAN, or climbs to the router, or both.
    fn bridge<E: Explain>(
        &mut self,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
        explain: &mut E,
    ) -> Verdict {
        let (verdict, climbing) =
            self.bridge
                .forward_explained(self.now, port, frame, &mut self.counters, tx, explain);
        let Some(climbing) = climbing else {
            return verdict;
        };
        let vlan = climbing.vlan.get();
        match self
            .virtual_interfaces
            .binary_search_by_key(&vlan, |(vlan, _)| *vlan)
        {
            Ok(place) => {
                let interface = self.virtual_interfaces[place].1;
                let routed = self.route(interface, climbing.frame, tx, explain);
                if verdict == Verdict::Climb {
                    routed
                } else {
                    verdict
                }
            }
            Err(_) => {
                self.counters.kept += 1;
                verdict
            }
        }
    }
}

impl<P: Passage + Send> Device for L3Switch<P> {
    fn ports(&self) -> u16 {
        self.bridge.ports()
    }

    fn receive(&mut self, now: Instant, rx: &mut Ingress, tx: &mut Egress) {
        if rx.len() > 1 {
            let frames = rx.iter().map(|(_, frame)| frame);
            self.router.passage.foresee(now, frames);
        }
        while let Some((port, frame)) = rx.next() {
            self.take(now, port, frame, tx, &mut Silent);
        }
    }

    fn handle_timeout(&mut self, now: Instant, tx: &mut Egress) {
        self.now = now;
        while let Some((interface, frame)) = self
            .route_cache
            .as_mut()
            .and_then(|cache| cache.pop_due(now))
        {
            self.counters.kept -= 1;
            let (router, mut ways) = self.split(tx);
            router.receive(interface, frame, &mut ways, &mut Silent);
        }
        let (router, mut ways) = self.split(tx);
        router.handle_timeout(&mut ways);
    }

    fn poll_timeout(&self) -> Option<Instant> {
        let looked_up = self.route_cache.as_ref().and_then(RouteCache::next);
        self.router
            .poll_timeout()
            .into_iter()
            .chain(looked_up)
            .min()
    }

    fn link_changed(&mut self, now: Instant, port: PortId, up: bool, tx: &mut Egress) {
        self.now = now;
        self.bridge.link_changed(port, up);
        if let Some(cache) = &mut self.route_cache
            && !up
        {
            cache.forget();
        }
        if let Some(Some(Routed { interface, .. })) = self.routed.get(port.index()).copied()
            && !up
        {
            let (router, mut ways) = self.split(tx);
            router.forget(interface, &mut ways);
        }
    }

    fn receive_explained(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        tx: &mut Egress,
    ) -> Explanation {
        Explanation::of(|steps| self.take(now, port, frame, tx, steps))
    }

    fn counters(&self) -> Counters {
        let mut counters = self.counters.clone();
        let value = self.bridge.unlearned();
        let unlearned = AppCounter::total(&"bridge".into(), "unlearned", value);
        counters.apps.push(unlearned);
        if let Some(cache) = &self.route_cache {
            let name = "route_cache".into();
            let total = |counter, value| AppCounter::total(&name, counter, value);
            counters
                .apps
                .extend([total("hits", cache.hits), total("misses", cache.misses)]);
        }
        counters
    }

    fn tables(&self) -> Vec<Table> {
        let mut tables = self.router.tables();
        tables.push(self.bridge.table(self.now));
        tables
    }
}
