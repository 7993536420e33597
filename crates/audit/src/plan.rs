//! What is odd about the plan of a lab: nodes without links, rings of bridges, addresses that two have.

use std::collections::BTreeMap;

use switchlab_scenario::Scenario;

use crate::outline::unlinked;
use crate::ways::Ways;
use crate::{Finding, Kind, Outline};

/// All of it: unlinked nodes, rings, then addresses, each in the order of names.
pub(crate) fn inspect(lab: &Scenario) -> Vec<Finding> {
    let ways = Ways::of(lab);
    let name = |node: usize| &*lab.directory.nodes[node];
    let mut findings = Vec::new();
    let outline = Outline::from(&lab.plan);
    // A lab without any link is one to be asked about rules.
    if !outline.links.is_empty() {
        findings.extend(outline.unlinked().into_iter().map(unlinked));
    }
    for ring in ways.fabric.rings() {
        let names: Vec<_> = ring.iter().map(|node| name(*node)).collect();
        let because = match &*names {
            [one] => format!("a link joins {one} to itself"),
            names => format!("{} are joined in a ring", names.join(", ")),
        };
        findings.push(Finding {
            because: because + ", and no spanning tree is run: a broadcast goes round for ever",
            remedy: "take one of its links out, or route between them".to_owned(),
            ..Finding::about(Kind::LoopWithoutSpanningTree, names[0])
        });
    }
    findings.extend(duplicates(lab, &ways));
    findings
}

/// Two interfaces that hear each other have one MAC address.
fn duplicates(lab: &Scenario, ways: &Ways<'_>) -> Vec<Finding> {
    let mut by_mac: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for nic in &ways.nics {
        by_mac.entry(nic.mac).or_default().push(nic);
    }
    let mut findings = Vec::new();
    for (mac, nics) in by_mac.into_iter().filter(|(_, nics)| nics.len() > 1) {
        let name = |node: usize| &*lab.directory.nodes[node];
        let heard = ways.fabric.heard(nics[0].spot, None);
        let others = nics[1..]
            .iter()
            .filter(|nic| nic.node != nics[0].node && heard.spots().any(|it| it == nic.spot));
        for other in others {
            let (a, b) = (name(nics[0].node), name(other.node));
            findings.push(Finding {
                because: format!("{a} has the address {mac} as well, and they hear each other: frames go to whoever spoke last"),
                remedy: "leave `mac` out, and each gets one of its own".to_owned(),
                ..Finding::about(Kind::DuplicateAddress, b)
            });
        }
    }
    findings
}
