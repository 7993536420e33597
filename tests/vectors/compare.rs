//! Whether what left a device is what was recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::capture::Seen;
use crate::case::{Bpdu, Case, Mode};
use crate::flow::Flow;
use crate::mask::{Masker, is_bpdu, is_left_out};

/// Frames by stimulus and port: when each left, and what counts of it.
type Groups = BTreeMap<(usize, u16), Vec<(u64, Vec<u8>)>>;

/// Frames by stimulus: the leg that each took, and what stands behind its MAC addresses.
type OnLegs = BTreeMap<usize, Vec<(usize, Vec<u8>)>>;

/// Holds the frames that left against the recorded ones; an error tells the first difference.
///
/// A frame belongs to the last stimulus not later than itself. Within one stimulus the frames of each port
/// must be the same, in the same order; order between ports is free.
pub(crate) fn compare(case: &Case, left: &[Seen]) -> Result<(), String> {
    if let Some(stray) = left.iter().find(|seen| seen.port >= case.device.ports) {
        return Err(format!(
            "a frame left by port {}, which is not there",
            stray.port
        ));
    }
    match case.device.compare.mode {
        Mode::Exact => exactly(case, &case.recorded, left),
        Mode::Ecmp => by_any_leg(case, &case.recorded, left),
    }
}

fn exactly(case: &Case, recorded: &[Seen], left: &[Seen]) -> Result<(), String> {
    let (wanted, got) = (groups(case, recorded), groups(case, left));
    let places: BTreeSet<_> = wanted.keys().chain(got.keys()).copied().collect();
    for place in places {
        let none = Vec::new();
        let wanted = wanted.get(&place).unwrap_or(&none);
        let got = got.get(&place).unwrap_or(&none);
        for number in 0..wanted.len().max(got.len()) {
            let difference = match (wanted.get(number), got.get(number)) {
                (Some((_, wanted)), None) => format!("is missing\n  want {}", hex(wanted)),
                (None, Some((_, got))) => format!("is not recorded\n  got  {}", hex(got)),
                (Some((_, wanted)), Some((_, got))) if wanted != got => {
                    let at = wanted.iter().zip(got).take_while(|(a, b)| a == b).count();
                    format!(
                        "differs from octet {at}\n  want {}\n  got  {}",
                        hex(wanted),
                        hex(got)
                    )
                }
                (Some((wanted, _)), Some((got, _))) => match case.device.compare.grid() {
                    Some(grid) if wanted.abs_diff(*got) > grid => {
                        format!("left at {got} ns, want {wanted} ns ± {grid} ns")
                    }
                    _ => continue,
                },
                (None, None) => continue,
            };
            return Err(format!(
                "{}: frame {number} {difference}",
                name(case, place)
            ));
        }
    }
    if case.device.compare.bpdu == Some(Bpdu::Set) && bpdus(case, recorded) != bpdus(case, left) {
        return Err(format!(
            "other BPDUs\n  want {:?}\n  got  {:?}",
            bpdus(case, recorded),
            bpdus(case, left)
        ));
    }
    Ok(())
}

fn groups(case: &Case, frames: &[Seen]) -> Groups {
    let rules = &case.device.compare;
    let mut masker = Masker::new(case);
    let mut groups = Groups::new();
    for seen in frames {
        if seen.at <= rules.until() && !is_left_out(rules, &seen.octets) {
            groups
                .entry((case.stimulus(seen.at), seen.port))
                .or_default()
                .push((seen.at, masker.masked(seen)));
        }
    }
    groups
}

/// The different BPDUs that each port sent, whenever and however often.
fn bpdus(case: &Case, frames: &[Seen]) -> BTreeSet<(u16, String)> {
    let mut masker = Masker::new(case);
    frames
        .iter()
        .filter(|seen| seen.at <= case.device.compare.until() && is_bpdu(&seen.octets))
        .map(|seen| (seen.port, hex(&masker.masked(seen))))
        .collect()
}

/// Which way of a multipath route a flow takes is free; that it keeps to it, and that each way has its
/// share, is not.
fn by_any_leg(case: &Case, recorded: &[Seen], left: &[Seen]) -> Result<(), String> {
    let (wanted, wanted_rest) = on_legs(case, recorded);
    let (got, got_rest) = on_legs(case, left);
    exactly(case, &wanted_rest, &got_rest)?;

    let mut flows: BTreeMap<Flow, usize> = BTreeMap::new();
    let stimuli: BTreeSet<_> = wanted.keys().chain(got.keys()).copied().collect();
    for stimulus in stimuli {
        let contents = |frames: &OnLegs| {
            let frames = frames.get(&stimulus).into_iter().flatten();
            let mut contents: Vec<_> = frames.map(|(_, octets)| hex(octets)).collect();
            contents.sort();
            contents
        };
        if contents(&wanted) != contents(&got) {
            return Err(format!(
                "stimulus {stimulus}: other frames on the legs\n  want {:#?}\n  got  {:#?}",
                contents(&wanted),
                contents(&got)
            ));
        }
        for (leg, octets) in got.get(&stimulus).into_iter().flatten() {
            let is_ipv6 = octets.starts_with(&[0x86, 0xdd]);
            let flow = Flow::of(&octets[2..], is_ipv6, case.device.ecmp_hash);
            let before = *flows.entry(flow).or_insert(*leg);
            if before != *leg {
                return Err(format!(
                    "stimulus {stimulus}: a flow moves from leg {before} to {leg}"
                ));
            }
        }
    }
    for (number, leg) in case.device.compare.legs.iter().enumerate() {
        let carried = flows.values().filter(|taken| **taken == number).count();
        let share = carried as f64 / flows.len().max(1) as f64;
        if !(leg.min_share..=leg.max_share).contains(&share) {
            return Err(format!(
                "leg {number} carries {carried} of {} flows, want a share of {} to {}",
                flows.len(),
                leg.min_share,
                leg.max_share
            ));
        }
    }
    Ok(())
}

/// The frames on legs, and all others.
fn on_legs(case: &Case, frames: &[Seen]) -> (OnLegs, Vec<Seen>) {
    let (mut legs, mut rest) = (OnLegs::new(), Vec::new());
    for seen in frames
        .iter()
        .filter(|seen| seen.at <= case.device.compare.until())
    {
        let leg = case
            .device
            .compare
            .legs
            .iter()
            .position(|leg| leg.port == seen.port && seen.octets.starts_with(&leg.addresses()));
        match leg {
            Some(leg) => legs
                .entry(case.stimulus(seen.at))
                .or_default()
                .push((leg, seen.octets[12..].to_vec())),
            None => rest.push(seen.clone()),
        }
    }
    (legs, rest)
}

fn name(case: &Case, (stimulus, port): (usize, u16)) -> String {
    match stimulus.checked_sub(1) {
        None => format!("port {port}, before the first stimulus"),
        Some(index) => {
            let stimulus = &case.stimuli[index];
            format!(
                "port {port}, after stimulus {index} (at {} ns on port {})",
                stimulus.at, stimulus.port
            )
        }
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}
