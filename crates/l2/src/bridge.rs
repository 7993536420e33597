//! The bridge: learn where the source is, decide where the frame goes, send it there.
//!
//! IEEE 802.1Q-2022, 8.6 to 8.8, with the details that a Linux bridge adds: port flags, what it does
//! with reserved addresses, and static entries that follow their station.

mod egress;

use switchlab_core::{
    Counters, DropReason, Egress, Explain, Instant, PortId, Silent, Step, Table, Verdict,
};
use switchlab_wire::{Frame, MacAddr, VlanId};

use crate::arrival::{Arrival, Membership, port_name, reserved_octet, vlans_of};
use crate::config::{BridgeConfig, BridgeConfigError, PortConfig};
use crate::filtering::{FilteringDatabase, Kind, Learned};

/// A transparent bridge, to be built into a device.
///
/// It has no counters and no buffers of its own: the device that owns it lends them.
#[derive(Debug)]
pub struct Bridge {
    ports: Vec<Port>,
    database: FilteringDatabase,
    forward_reserved: u16,
    /// VLANs whose group frames climb; in order.
    climbing: Vec<u16>,
    vlan_aware: bool,
}

#[derive(Debug)]
struct Port {
    config: PortConfig,
    membership: Option<Membership>,
    up: bool,
}

/// A frame that leaves the bridge upwards: for the device itself, or for the layer above.
#[derive(Debug)]
pub struct Climbing {
    /// The VLAN it came from; VLAN 1 on a VLAN-unaware bridge.
    pub vlan: VlanId,
    /// The port it came in on.
    pub port: PortId,
    /// The frame, without the tag of its VLAN.
    pub frame: Frame,
}

impl Bridge {
    /// Makes a bridge.
    ///
    /// # Errors
    /// [`BridgeConfigError`] if the settings contradict each other or the standard.
    pub fn new(config: BridgeConfig) -> Result<Self, BridgeConfigError> {
        config.check()?;
        let vlan_aware = config.is_vlan_aware();
        let vlans = vlans_of(&config);
        let mut database = FilteringDatabase::new(config.ageing, config.capacity);
        for entry in &config.static_entries {
            let kind = if entry.sticky {
                Kind::Sticky
            } else {
                Kind::Static
            };
            for &vlan in vlans
                .iter()
                .filter(|vlan| entry.vlan.is_none_or(|only| only.get() == **vlan))
            {
                database.fix(vlan, entry.mac, entry.port, kind);
            }
        }
        let own = config.mac.iter().map(|mac| (PortId::new(0), *mac));
        let ports = config.ports.iter().zip((0..).map(PortId::new));
        for (port, mac) in own.chain(ports.filter_map(|(config, port)| Some((port, config.mac?)))) {
            for &vlan in &vlans {
                database.fix(vlan, mac, port, Kind::Own);
            }
        }
        for (vlan, mac) in &config.own {
            database.fix(vlan.get(), *mac, PortId::new(0), Kind::Own);
        }
        let membership = |port: &PortConfig| vlan_aware.then(|| Membership::new(port));
        Ok(Self {
            database,
            forward_reserved: config
                .forward_reserved
                .iter()
                .fold(0, |set, octet| set | 1 << octet),
            climbing: config.climbing.iter().map(|vlan| vlan.get()).collect(),
            vlan_aware,
            ports: config
                .ports
                .into_iter()
                .map(|config| Port {
                    membership: membership(&config),
                    config,
                    up: false,
                })
                .collect(),
        })
    }

    /// How many ports there are.
    #[must_use]
    pub fn ports(&self) -> u16 {
        self.ports.len() as u16
    }

    /// Whether a port takes part in bridging.
    #[must_use]
    pub fn is_bridged(&self, port: PortId) -> bool {
        self.ports
            .get(port.index())
            .is_some_and(|port| port.config.bridged)
    }

    /// Takes note that the link at a port came up or went down; what was learned there is forgotten.
    pub fn link_changed(&mut self, port: PortId, up: bool) {
        if let Some(state) = self.ports.get_mut(port.index()) {
            state.up = up;
            if !up {
                self.database.forget_port(port);
            }
        }
    }

    /// How many addresses were not learned because the filtering database was full.
    #[must_use]
    pub const fn unlearned(&self) -> u64 {
        self.database.refused()
    }

    /// Handles a frame that came in at `port`, and returns it, or a copy, if it climbs.
    ///
    /// The frame has been counted as received; here it is counted as sent, copied or dropped. What
    /// climbs is the caller's to account for.
    #[inline]
    pub fn forward(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        counters: &mut Counters,
        tx: &mut Egress,
    ) -> Option<Climbing> {
        self.forward_explained(now, port, frame, counters, tx, &mut Silent)
            .1
    }

    /// Does what [`forward`](Self::forward) does, gives its reasons, and tells the verdict.
    #[inline]
    pub fn forward_explained<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        frame: Frame,
        counters: &mut Counters,
        tx: &mut Egress,
        explain: &mut E,
    ) -> (Verdict, Option<Climbing>) {
        let state = &self.ports[port.index()];
        let arrival = match Arrival::read(&frame, state.config.mtu, state.membership.as_ref()) {
            Ok(arrival) => arrival,
            Err(reason) => {
                explain.step(|| {
                    let asked = format!("may {} octets come in at port {port}?", frame.len());
                    Step::refused("l2.ingress", asked, reason)
                });
                counters.dropped(reason);
                return (Verdict::Drop(reason), None);
            }
        };
        let verdict = self.admit(now, port, &arrival, explain).unwrap_or_else(|| {
            self.learn(now, port, &arrival, explain);
            self.decide(now, port, &arrival, frame.octets(), explain)
        });
        self.send(verdict, port, &arrival, frame, counters, tx, explain)
    }

    /// Sends a frame of the layer above into a VLAN: to the port of its station, or to all.
    ///
    /// The caller has counted where the frame comes from; here it is counted as sent, copied or dropped.
    pub fn originate(
        &mut self,
        now: Instant,
        vlan: VlanId,
        frame: Frame,
        counters: &mut Counters,
        tx: &mut Egress,
    ) {
        let destination = frame
            .octets()
            .first_chunk()
            .map_or(MacAddr::ZERO, |octets| MacAddr::new(*octets));
        let arrival = Arrival {
            destination,
            source: MacAddr::ZERO,
            vlan: vlan.get(),
            tag: None,
        };
        match self
            .database
            .find(now, arrival.vlan, destination)
            .filter(|_| !destination.is_group())
        {
            Some(entry) if entry.kind != Kind::Own => {
                let port = entry.port;
                match self.refusal(None, port, &arrival, frame.octets()) {
                    None => self.send_by(port, &arrival, frame, counters, tx),
                    Some(reason) => counters.dropped(reason),
                }
            }
            _ => {
                self.flood(None, &arrival, frame, false, counters, tx);
            }
        }
    }

    /// The filtering database as a person would look at it.
    #[must_use]
    pub fn table(&self, now: Instant) -> Table {
        let row = |(vlan, mac, entry): (u16, MacAddr, crate::filtering::Entry)| {
            let (kind, age) = match entry.kind {
                Kind::Learned => (
                    "learned",
                    format!("{:.3}", now.since(entry.seen).as_secs_f64()),
                ),
                Kind::Static => ("static", "-".to_owned()),
                Kind::Sticky => ("static, sticky", "-".to_owned()),
                Kind::Own => ("own", "-".to_owned()),
            };
            let vlan = if self.vlan_aware {
                vlan.to_string()
            } else {
                "-".to_owned()
            };
            vec![
                vlan,
                mac.to_string(),
                entry.port.to_string(),
                kind.to_owned(),
                age,
            ]
        };
        Table {
            title: "filtering database",
            columns: vec!["VLAN", "address", "port", "kind", "age (s)"],
            rows: self.database.sorted(now).into_iter().map(row).collect(),
        }
    }

    /// What is decided before learning: reserved addresses, and locked ports.
    fn admit<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        arrival: &Arrival,
        explain: &mut E,
    ) -> Option<Verdict> {
        if let Some(octet) = reserved_octet(arrival.destination)
            && self.forward_reserved >> octet & 1 == 0
        {
            // The bridge group address is flooded while no spanning tree runs; PAUSE ends at the port.
            match octet {
                0x00 => {}
                0x01 => {
                    return Some(self.reserved(
                        Verdict::Drop(DropReason::Reserved),
                        arrival,
                        explain,
                    ));
                }
                _ => {
                    self.learn(now, port, arrival, explain);
                    return Some(self.reserved(Verdict::Climb, arrival, explain));
                }
            }
        }
        if self.ports[port.index()].config.locked {
            let found = self.database.find(now, arrival.vlan, arrival.source);
            if found.is_none_or(|entry| entry.port != port || entry.kind == Kind::Own) {
                explain.step(|| Step {
                    stage: "l2.locked",
                    asked: format!("is {} allowed in at port {port}?", arrival.source),
                    found: found.map_or("no entry".to_owned(), |entry| {
                        format!("its entry is on port {}", entry.port)
                    }),
                    because: DropReason::Locked.sentence().into(),
                });
                return Some(Verdict::Drop(DropReason::Locked));
            }
        }
        None
    }

    fn reserved<E: Explain>(
        &self,
        verdict: Verdict,
        arrival: &Arrival,
        explain: &mut E,
    ) -> Verdict {
        explain.step(|| Step {
            stage: "l2.reserved",
            asked: format!("may a frame to {} be forwarded?", arrival.destination),
            found: "a reserved group address".to_owned(),
            because: "These addresses speak to the bridge at the other end of the link; they never cross one.".into(),
        });
        verdict
    }

    #[inline]
    fn learn<E: Explain>(
        &mut self,
        now: Instant,
        port: PortId,
        arrival: &Arrival,
        explain: &mut E,
    ) {
        if !self.ports[port.index()].config.learning {
            explain.step(|| Step {
                stage: "l2.learn",
                asked: format!("where is {}?", arrival.source),
                found: "learning is off here".to_owned(),
                because: "The port forwards but teaches nothing.".into(),
            });
            return;
        }
        let learned = self.database.learn(now, arrival.vlan, arrival.source, port);
        explain.step(|| Step {
            stage: "l2.learn",
            asked: format!("where is {}?", arrival.source),
            found: match learned {
                Learned::Moved { from } => format!("it was on port {from} and is now on port {port}"),
                Learned::Full => "nowhere: nothing can be learned".to_owned(),
                Learned::Fixed => "it has an entry that does not move".to_owned(),
                Learned::Added | Learned::Refreshed => port_name(port),
            },
            because: match learned {
                Learned::Added => "Its first frame shows where it is; frames to it need not be flooded any more.",
                Learned::Refreshed => "It was seen again, so its entry stays valid for another ageing time.",
                Learned::Moved { .. } => "A station that speaks elsewhere has moved; the newest sight counts.",
                Learned::Fixed => "Own addresses and sticky entries are not for a frame to change.",
                Learned::Full => "With no room left, or an ageing time of zero, frames to it go on being flooded.",
            }
            .into(),
        });
    }

    /// Where an admitted frame goes.
    #[inline]
    fn decide<E: Explain>(
        &self,
        now: Instant,
        port: PortId,
        arrival: &Arrival,
        octets: &[u8],
        explain: &mut E,
    ) -> Verdict {
        if arrival.destination.is_group() {
            let climbs = self.climbing.binary_search(&arrival.vlan).is_ok();
            explain.step(|| Step {
                stage: "l2.lookup",
                asked: format!("where is {}?", arrival.destination),
                found: if arrival.destination.is_broadcast() { "everywhere" } else { "a group" }.to_owned(),
                because: "A group address names no single port: every other port of the VLAN gets a copy.".into(),
            });
            return if climbs {
                Verdict::FloodAndClimb
            } else {
                Verdict::Flood
            };
        }
        let Some(entry) = self.database.find(now, arrival.vlan, arrival.destination) else {
            explain.step(|| Step {
                stage: "l2.lookup",
                asked: format!("where is {}?", arrival.destination),
                found: "unknown".to_owned(),
                because: "Nobody knows where it is, so every other port of the VLAN gets a copy."
                    .into(),
            });
            return Verdict::Flood;
        };
        let verdict = match entry.kind {
            Kind::Own => Verdict::Climb,
            _ => self
                .refusal(Some(port), entry.port, arrival, octets)
                .map_or(Verdict::Forward(entry.port), Verdict::Drop),
        };
        explain.step(|| Step {
            stage: "l2.lookup",
            asked: format!("where is {}?", arrival.destination),
            found: if entry.kind == Kind::Own {
                "here".to_owned()
            } else {
                port_name(entry.port)
            },
            because: match verdict {
                Verdict::Drop(reason) => reason.sentence(),
                Verdict::Climb => {
                    "It is an address of this device, so the layer above gets the frame."
                }
                _ => "It was seen behind that port, so only that port gets the frame.",
            }
            .into(),
        });
        verdict
    }
}
