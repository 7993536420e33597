//! A lab's history does not depend on the order in which its parts are declared, only on the seed.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use switchlab::core::{Instant, PortId};
use switchlab::l2::{BridgeConfig, Hub, L2Switch};
use switchlab::sim::{Action, Digest, Generator, Lab, Outcome};
use switchlab::topology::LinkConfig;
use switchlab::wire::{EtherType, EthernetBuilder, MacAddr};

/// Ports of every switch and hub; enough for all that could be plugged in.
const PORTS: u16 = 16;

/// One declaration; a lab is a list of them.
#[derive(Debug, Clone)]
enum Part {
    /// Node `number` forwards: a hub if it is odd, else a switch.
    Forwarder { number: usize },
    /// A station sends every so many nanoseconds to the station of another number.
    Station {
        number: usize,
        to: usize,
        every: u64,
    },
    /// A link between two nodes, on ports that are left to the plan, declared from one end or the other.
    Link {
        between: [String; 2],
        config: LinkConfig,
    },
    /// Something an administrator does.
    Deed {
        at: u64,
        node: String,
        action: Action,
    },
}

fn forwarder(number: usize) -> String {
    format!("forwarder {number}")
}

fn station(number: usize) -> String {
    format!("station {number}")
}

fn any_link() -> impl Strategy<Value = LinkConfig> {
    let chance = || prop_oneof![Just(0.0), 0.0..0.3];
    (
        chance(),
        chance(),
        chance(),
        chance(),
        0..2_000_u64,
        0..3_u64,
    )
        .prop_map(
            |(loss, duplicate, reorder, corrupt, jitter, delay)| LinkConfig {
                delay: Duration::from_micros(delay),
                queue: 2_000,
                loss,
                duplicate,
                reorder,
                corrupt,
                jitter: Duration::from_nanos(jitter),
                ..LinkConfig::default()
            },
        )
}

fn any_deed(forwarders: usize, stations: usize) -> impl Strategy<Value = Part> {
    // Few instants, so that deeds meet each other and frames.
    let at = (0..10_u64).prop_map(|step| step * 5_000);
    let actions = prop_oneof![
        (0..forwarders, any::<bool>()).prop_map(|(number, on)| {
            let action = if on { Action::Start } else { Action::Crash };
            (forwarder(number), action)
        }),
        (0..stations, any::<bool>()).prop_map(|(number, plugged)| {
            let port = PortId::new(0);
            let action = if plugged {
                Action::Plug(port)
            } else {
                Action::Unplug(port)
            };
            (station(number), action)
        }),
        (0..stations, any_link()).prop_map(|(number, config)| {
            (station(number), Action::SetLink(PortId::new(0), config))
        }),
    ];
    (at, actions).prop_map(|(at, (node, action))| Part::Deed { at, node, action })
}

/// A tree of forwarders with stations at random places, and some deeds.
fn any_parts() -> impl Strategy<Value = Vec<Part>> {
    let shape = (
        vec(any::<usize>(), 0..4),
        vec((any::<usize>(), any::<usize>(), 500..5_000_u64), 2..6),
    );
    shape.prop_flat_map(|(trunks, stations)| {
        let (forwarders, count) = (trunks.len() + 1, stations.len());
        let mut parts: Vec<_> = (0..forwarders)
            .map(|number| Part::Forwarder { number })
            .collect();
        let mut ends = Vec::new();
        for (number, up) in (1..).zip(&trunks) {
            ends.push([forwarder(number), forwarder(up % number)]);
        }
        for (number, (at, to, every)) in stations.into_iter().enumerate() {
            parts.push(Part::Station {
                number,
                to: to % count,
                every,
            });
            ends.push([station(number), forwarder(at % forwarders)]);
        }
        let configs = vec(any_link(), ends.len());
        let deeds = vec(any_deed(forwarders, count), 0..5);
        (configs, deeds).prop_map(move |(configs, deeds)| {
            let links = ends.iter().cloned().zip(configs);
            let links = links.map(|(between, config)| Part::Link { between, config });
            parts.iter().cloned().chain(links).chain(deeds).collect()
        })
    })
}

/// A lab's parts, and the same in another order and with links declared from the other end.
fn twice_declared() -> impl Strategy<Value = (Vec<Part>, Vec<Part>)> {
    any_parts().prop_flat_map(|parts| {
        let swaps = vec(any::<bool>(), parts.len());
        (Just(parts.clone()), Just(parts).prop_shuffle(), swaps).prop_map(
            |(parts, mut shuffled, swaps)| {
                for (part, swap) in shuffled.iter_mut().zip(swaps) {
                    if let Part::Link { between, .. } = part
                        && swap
                    {
                        between.reverse();
                    }
                }
                (parts, shuffled)
            },
        )
    })
}

fn run(parts: &[Part], seed: u64) -> (Digest, Outcome) {
    let mut lab = Lab::new(seed);
    for part in parts.iter().cloned() {
        match part {
            Part::Forwarder { number } => lab.node(forwarder(number), PORTS, move || {
                if number % 2 == 1 {
                    return Box::new(Hub::new(PORTS));
                }
                let switch = L2Switch::new(BridgeConfig::with_ports(PORTS));
                Box::new(switch.expect("a sound configuration"))
            }),
            Part::Station { number, to, every } => lab.node(station(number), 1, move || {
                let mac = |number| MacAddr::from_name(&station(number));
                let frame = EthernetBuilder::new(mac(number), mac(to));
                let frame = frame.payload(EtherType(0x88b5), &[number as u8; 100]);
                Box::new(Generator::new(frame, Duration::from_nanos(every), None))
            }),
            Part::Link {
                between: [a, b],
                config,
            } => lab.link(a, b, config),
            Part::Deed { at, node, action } => lab.at(Instant::from_nanos(at), node, action),
        };
    }
    let simulation = lab.build().expect("a sound lab");
    let mut digest = Digest::default();
    let until = Some(Instant::from_nanos(60_000));
    let outcome = simulation.run(until, &mut digest).expect("a short run");
    (digest, outcome)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nodes, links and deeds may stand in any order, and links may be written from either end.
    #[test]
    fn the_order_of_declaration_never_shows((parts, shuffled) in twice_declared(), seed in any::<u64>()) {
        let history = run(&parts, seed);
        prop_assert!(history.1.events > 0, "something happens");
        prop_assert_eq!(&history, &run(&parts, seed), "the same once more");
        prop_assert_eq!(&history, &run(&shuffled, seed), "in another order");
    }
}

/// Every lane draws from a stream of its own: a part more changes no draw of the others.
#[test]
fn the_seed_shows_in_what_is_drawn() {
    let config = LinkConfig {
        loss: 0.3,
        ..LinkConfig::default()
    };
    let mut parts = vec![
        Part::Forwarder { number: 0 },
        Part::Station {
            number: 0,
            to: 1,
            every: 1_000,
        },
        Part::Station {
            number: 1,
            to: 0,
            every: 1_000,
        },
    ];
    parts.extend([0, 1].map(|number| Part::Link {
        between: [station(number), forwarder(0)],
        config: config.clone(),
    }));
    let (one, outcome) = run(&parts, 1);
    assert_ne!(one, run(&parts, 2).0, "another seed, another history");

    // A station elsewhere.
    parts.extend([
        Part::Forwarder { number: 2 },
        Part::Station {
            number: 2,
            to: 2,
            every: 1_000,
        },
        Part::Link {
            between: [station(2), forwarder(2)],
            config,
        },
    ]);
    let (_, larger) = run(&parts, 1);
    let lane = |outcome: &Outcome| {
        let lanes = outcome.lanes.iter();
        let wanted = |from: &str| from.starts_with("station 0") || from.starts_with("station 1");
        lanes
            .filter(|lane| wanted(&lane.from))
            .cloned()
            .collect::<Vec<_>>()
    };
    assert_eq!(lane(&outcome), lane(&larger), "the others draw as before");
}
