//! The table against a list that is searched from end to end.

use proptest::prelude::*;
use switchlab_wire::IpProtocol;

use super::*;
use crate::flow::Protocol;

const CAPACITY: usize = 4;

fn timeouts() -> Timeouts {
    Timeouts {
        udp: Duration::from_secs(3),
        udp_stream: Duration::from_secs(5),
        icmp: Duration::from_secs(2),
        ..Timeouts::default()
    }
}

/// The flow with this number; every third is of one kind, and some translate their source.
fn flow(now: Instant, number: u16) -> Flow {
    let (protocol, state) = match number % 3 {
        0 => (IpProtocol::UDP, Protocol::Udp(now)),
        1 => (IpProtocol::ICMP, Protocol::Icmp),
        _ => (IpProtocol(99), Protocol::Other),
    };
    let end = |address: [u8; 4], port| End {
        address: address.into(),
        port,
    };
    let (client, server) = (
        end([10, 0, 0, 2], 1000 + number % 2),
        end([10, 0, 1, 2], number),
    );
    let mut flow = Flow::new(Tuple::new(protocol, client, server), state);
    if number.is_multiple_of(4) {
        let outside = end([203, 0, 113, 7], client.port);
        flow.reply = Tuple::new(protocol, server, outside);
    }
    flow.is_own = number == 11;
    flow
}

/// A flow in the list, which is in the order in which they were heard last.
#[derive(Debug)]
struct Known {
    flow: Flow,
    heard: Instant,
    idle: Idle,
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Insert(u16),
    Hear(u16),
    /// As `Hear`, in the other direction.
    Answer(u16),
    Forget(u16),
    Wait(u64),
}

fn deed() -> impl Strategy<Value = Deed> {
    let number = 0..12_u16;
    prop_oneof![
        4 => number.clone().prop_map(Deed::Insert),
        3 => number.clone().prop_map(Deed::Hear),
        2 => number.clone().prop_map(Deed::Answer),
        1 => number.prop_map(Deed::Forget),
        2 => prop::sample::select(vec![1, 999, 1000, 1001, 2000, 3000, 5000]).prop_map(Deed::Wait),
    ]
}

fn is_live(known: &Known, now: Instant) -> bool {
    now.since(known.heard) < known.idle.limit(&timeouts())
}

/// What `insert` does to the list: whether it is taken in.
fn insert(list: &mut Vec<Known>, now: Instant, flow: Flow) -> bool {
    list.retain(|known| is_live(known, now));
    let count = list.iter().filter(|known| !known.flow.is_own).count();
    if count >= CAPACITY && !flow.is_own {
        let oldest = [Idle::OVER, Idle::EMBRYONIC].iter().find_map(|kinds| {
            let may_go = |known: &Known| kinds.contains(&known.idle) && !known.flow.is_own;
            let heard = |place: &usize| (list[*place].heard, list[*place].idle);
            (0..list.len())
                .filter(|place| may_go(&list[*place]))
                .min_by_key(heard)
        });
        let Some(oldest) = oldest else { return false };
        list.remove(oldest);
    }
    let idle = flow.idle(now);
    list.push(Known {
        flow,
        heard: now,
        idle,
    });
    true
}

proptest! {
    #[test]
    fn the_table_is_a_list_without_the_searching(deeds in prop::collection::vec(deed(), 1..120)) {
        let mut table = FlowTable::new(CAPACITY, &timeouts(), Stream::of(7, "flows"));
        let mut list: Vec<Known> = Vec::new();
        let mut now = Instant::ZERO;
        for deed in deeds {
            match deed {
                Deed::Wait(millis) => now += Duration::from_millis(millis),
                Deed::Insert(number) => {
                    let flow = flow(now, number);
                    if table.find(now, flow.original).is_none() {
                        let has_room = table.has_room(now) || flow.is_own;
                        let taken = insert(&mut list, now, flow.clone());
                        prop_assert_eq!(has_room, taken);
                        prop_assert_eq!(table.insert(now, flow).is_ok(), taken);
                    }
                }
                Deed::Hear(number) | Deed::Answer(number) => {
                    let key = flow(now, number).original;
                    let Some((id, _)) = table.find(now, key) else { continue };
                    table.heard(now, id);
                    let place = list.iter().position(|known| known.flow.original == key);
                    let mut known = list.remove(place.expect("the table knows it"));
                    (known.heard, known.idle) = (now, known.flow.idle(now));
                    if matches!(deed, Deed::Answer(_)) {
                        known.flow.replied = true;
                        table.get_mut(id).expect("it was found").replied = true;
                    }
                    list.push(known);
                }
                Deed::Forget(number) => {
                    let key = flow(now, number).original;
                    if let Some((id, _)) = table.find(now, key) {
                        table.forget(id);
                        list.retain(|known| known.flow.original != key);
                    }
                }
            }
            let mut live: Vec<_> = list.iter().filter(|known| is_live(known, now)).collect();
            for known in &live {
                for (key, way) in [(known.flow.original, Direction::Original), (known.flow.reply, Direction::Reply)] {
                    let found = table.find(now, key);
                    prop_assert_eq!(found.map(|(_, direction)| direction), Some(way));
                }
                let outside = table.outside_of(known.flow.original.key().source_socket(), known.flow.original.key().protocol);
                if known.flow.changes_source(Direction::Original) {
                    prop_assert_eq!(outside, Some(known.flow.leaves_as(Direction::Original).source_socket()));
                }
            }
            live.sort_by_key(|known| known.flow.original.key());
            let live: Vec<_> = live.iter().map(|known| (known.flow.original, now.since(known.heard))).collect();
            let sorted: Vec<_> = table.sorted(now).iter().map(|(flow, silent)| (flow.original, *silent)).collect();
            prop_assert_eq!(sorted, live);
        }
        now += Duration::from_secs(600);
        table.forget_due(now);
        prop_assert_eq!(table.sorted(now).len(), 0);
        prop_assert!(table.mappings.is_empty() && table.index.is_empty() && table.len() == 0);
    }
}
