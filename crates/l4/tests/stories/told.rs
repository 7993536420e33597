//! What the switch tells: steps of reasoning, tables.

use std::time::Duration;

use switchlab_core::{Device, Egress, Table};

use crate::bed::{Bed, INSIDE, OUTSIDE, VIRTUAL, client, config, frame, server, tcp, udp};

fn explained(bed: &mut Bed, port: switchlab_core::PortId, packet: &[u8]) -> Vec<[String; 2]> {
    let mut tx = Egress::default();
    let explanation = bed
        .switch
        .receive_explained(bed.now, port, frame(port, packet), &mut tx);
    assert!(explanation.verdict.is_some());
    for step in &explanation.steps {
        assert!(step.because.ends_with('.'), "a sentence: {step:?}");
    }
    let steps = explanation.steps.into_iter();
    steps
        .map(|step| [step.stage.to_owned(), step.found])
        .collect()
}

#[test]
fn the_way_of_a_packet_is_explained() {
    let mut bed = Bed::new(config(2));
    let here = (client(2), 4000);
    let question = udp(here, (VIRTUAL, 53));
    let first = explained(&mut bed, OUTSIDE, &question);
    let expected = [
        ["l4.flow", "a new one, UDP 10.0.0.2:4000 > 192.0.2.10:53"],
        ["l4.service", "dns"],
        ["l4.backend", "10.0.1.11:8053"],
        ["l3.route", "10.0.1.0/24, connected"],
        ["l3.ttl", "time to live 64"],
        ["l4.source", "10.0.0.2:4000"],
        ["l3.next-hop", "port 1"],
    ];
    assert_eq!(first, expected.map(|step| step.map(str::to_owned)));
    let again = explained(&mut bed, OUTSIDE, &question);
    let known = "UDP 10.0.0.2:4000 > 192.0.2.10:53 (unanswered), 10.0.1.11:8053 of dns, onwards";
    assert_eq!(again[0], ["l4.flow", known]);
    let answer = explained(&mut bed, INSIDE, &udp((server(11), 8053), here));
    assert!(answer[0][1].ends_with("of dns, back"), "{answer:?}");
    let stray = tcp(here, (VIRTUAL, 80), switchlab_wire::TcpFlags::RST, 1, 1);
    let stray = explained(&mut bed, OUTSIDE, &stray);
    assert!(stray[0][1].starts_with("none that is known"), "{stray:?}");
}

#[test]
fn tables_show_flows_and_targets() {
    let mut bed = Bed::new(config(2));
    let here = (client(2), 4000);
    bed.give(OUTSIDE, &udp(here, (VIRTUAL, 53)));
    bed.give(
        OUTSIDE,
        &tcp(here, (VIRTUAL, 80), switchlab_wire::TcpFlags::SYN, 1, 0),
    );
    bed.wait(Duration::from_millis(1500));
    bed.give(INSIDE, &udp((server(11), 8053), here));
    let tables = bed.switch.tables();
    let table = |title| -> &Table { tables.iter().find(|table| table.title == title).unwrap() };
    let flows = table("flows");
    assert_eq!(
        flows.columns,
        ["comes as", "leaves as", "service", "state", "silent (s)"]
    );
    #[rustfmt::skip]
    assert_eq!(flows.rows, [
        ["TCP 10.0.0.2:4000 > 192.0.2.10:80", "TCP 10.0.0.2:4000 > 10.0.1.11:8080", "web", "SYN-SENT", "1.500"],
        ["UDP 10.0.0.2:4000 > 192.0.2.10:53", "UDP 10.0.0.2:4000 > 10.0.1.11:8053", "dns", "answered", "0.000"],
    ]);
    #[rustfmt::skip]
    assert_eq!(table("targets").rows, [
        ["web", "10.0.1.11:8080", "healthy", "", "1"],
        ["web", "10.0.1.12:8080", "healthy", "", "0"],
        ["dns", "10.0.1.11:8053", "healthy", "", "1"],
        ["dns", "10.0.1.12:8053", "healthy", "", "0"],
    ]);
}
