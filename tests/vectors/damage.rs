//! Recordings with damage, to see whether the comparison sees it.

use std::collections::BTreeSet;

use crate::capture::Seen;
use crate::case::{Bpdu, Case};
use crate::mask::{is_bpdu, is_left_out};

/// The recording with damage of each kind, none of which may pass: what was done, and the outcome.
pub(crate) fn damaged(case: &Case) -> Vec<(String, Vec<Seen>)> {
    let rules = &case.device.compare;
    let mut all = Vec::new();
    let mut damage = |what: String, change: &dyn Fn(&mut Vec<Seen>)| {
        let mut frames = case.recorded.clone();
        change(&mut frames);
        all.push((what, frames));
    };
    damage("a frame too many".into(), &|frames| {
        frames.push(Seen {
            at: rules.until(),
            port: 0,
            octets: [&[0xff; 6][..], &[2; 6], &[0x88, 0xb5], &[0; 50]].concat(),
        });
    });
    damage("a port that is not there".into(), &|frames| {
        frames.push(Seen {
            at: 0,
            port: case.device.ports,
            octets: vec![2; 60],
        });
    });
    if rules.bpdu == Some(Bpdu::Set) {
        let first = case.recorded.iter().find(|seen| is_bpdu(&seen.octets));
        let first = first.expect("a case about BPDUs has some").octets.clone();
        damage("another BPDU".into(), &|frames| {
            for seen in frames.iter_mut().filter(|seen| seen.octets == first) {
                seen.octets[30] ^= 0x77;
            }
        });
    }
    let counted: Vec<_> = (0..case.recorded.len())
        .filter(|place| !is_left_out(rules, &case.recorded[*place].octets))
        .collect();
    let Some(last) = counted.len().checked_sub(1) else {
        return all;
    };
    for place in BTreeSet::from([counted[0], counted[last / 2], counted[last]]) {
        damage(format!("the loss of frame {place}"), &|frames| {
            frames.remove(place);
        });
        damage(format!("a second frame {place}"), &|frames| {
            frames.insert(place, frames[place].clone());
        });
        damage(format!("another end of frame {place}"), &|frames| {
            let end = frames[place].octets.last_mut();
            *end.expect("frames have headers") ^= 1;
        });
        damage(format!("another destination of frame {place}"), &|frames| {
            frames[place].octets[0] ^= 2;
        });
        damage(format!("an octet behind frame {place}"), &|frames| {
            frames[place].octets.push(0);
        });
        if case.device.ports > 1 {
            damage(format!("another port for frame {place}"), &|frames| {
                frames[place].port = (frames[place].port + 1) % case.device.ports;
            });
        }
        let next = case.stimuli.get(case.stimulus(case.recorded[place].at));
        if let Some(next) = next.filter(|next| next.at <= rules.until()) {
            damage(
                format!("frame {place} after the next stimulus"),
                &|frames| {
                    frames[place].at = next.at;
                },
            );
        }
    }
    all
}
