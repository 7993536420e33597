//! Source translation: from whom flows seem to come, and who gets the answers.

use switchlab_core::{Device, DropReason};
use switchlab_l3::Attachment;
use switchlab_l4::{L4Config, L4Error, L4Switch, SourceAddress, SourceNat};
use switchlab_wire::{Echo, FlowKey, IpProtocol, Ipv4, Ipv4Builder};

use crate::bed::{Bed, INSIDE, OUTSIDE, client, config, server, udp};

fn masquerade(from: Option<&str>, address: SourceAddress) -> L4Config {
    let mut settings = config(1);
    settings.source_nat.push(SourceNat {
        attachment: Attachment::Port(OUTSIDE),
        from: from.map(|net| net.parse().unwrap()),
        address,
    });
    settings
}

#[test]
fn hosts_inside_share_the_address_of_the_way_out() {
    let mut bed = Bed::new(masquerade(None, SourceAddress::Interface));
    let own = std::net::Ipv4Addr::new(10, 0, 0, 1);
    let (anna, ben) = ((server(11), 5000), (server(12), 5000));
    let (there, elsewhere) = ((client(2), 53), (client(3), 53));
    let ping = |identifier| {
        Ipv4Builder::new(server(11), client(2)).echo_request(
            Echo {
                identifier,
                sequence: 1,
            },
            b"",
        )
    };
    #[rustfmt::skip]
    let story = [
        (INSIDE,  udp(anna, there),                "0: UDP 10.0.0.1:5000 > 10.0.0.2:53",        "the port is kept where it is free"),
        (OUTSIDE, udp(there, (own, 5000)),         "1: UDP 10.0.0.2:53 > 10.0.1.11:5000",       "the answer goes to who asked"),
        (INSIDE,  udp(ben, elsewhere),             "0: UDP 10.0.0.1:5000 > 10.0.0.3:53",        "towards somebody else the same port is free"),
        (OUTSIDE, udp(elsewhere, (own, 5000)),     "1: UDP 10.0.0.3:53 > 10.0.1.12:5000",       "the remote end tells them apart"),
        (OUTSIDE, udp((client(4), 53), (own, 5000)), "0: 10.0.0.1 > 10.0.0.4 ICMP 3/3 about UDP 10.0.0.4:53 > 10.0.0.1:5000", "nobody was asked for this answer"),
        (INSIDE,  ping(9),                         "0: 10.0.0.1 > 10.0.0.2 ICMP 8",             "pings are translated too"),
        (OUTSIDE, udp((client(4), 7), anna),       "1: UDP 10.0.0.4:7 > 10.0.1.11:5000",        "flows from outside are not"),
        (INSIDE,  udp(anna, (client(4), 7)),       "0: UDP 10.0.1.11:5000 > 10.0.0.4:7",        "nor are their answers"),
    ];
    for (step, (port, packet, expected, because)) in story.into_iter().enumerate() {
        assert_eq!(bed.one(port, &packet), expected, "step {step}: {because}");
    }
}

#[test]
fn a_port_that_is_taken_is_replaced_by_another_for_good() {
    let mut bed = Bed::new(masquerade(None, SourceAddress::Interface));
    let there = (client(2), 53);
    bed.give(INSIDE, &udp((server(11), 5000), there));
    let leave = |bed: &mut Bed, to| {
        let line = bed.one(INSIDE, &udp((server(12), 5000), to));
        let port = line
            .strip_prefix("0: UDP 10.0.0.1:")
            .expect("it leaves translated");
        port.split(' ').next().unwrap().parse::<u16>().unwrap()
    };
    let port = leave(&mut bed, there);
    assert!(port >= 1024 && port != 5000, "{port}");
    assert_eq!(leave(&mut bed, there), port, "a flow keeps its port");
    assert_eq!(
        leave(&mut bed, (client(3), 53)),
        port,
        "so does the end inside, towards others"
    );
    let back = bed.one(OUTSIDE, &udp(there, ("10.0.0.1".parse().unwrap(), port)));
    assert_eq!(back, "1: UDP 10.0.0.2:53 > 10.0.1.12:5000");
}

#[test]
fn what_has_no_port_left_is_dropped_by_name() {
    let fixed = SourceAddress::Fixed("203.0.113.7".parse().unwrap());
    let mut bed = Bed::new(masquerade(Some("10.0.1.0/24"), fixed));
    let tunnel = |from| Ipv4Builder::new(from, client(2)).payload(IpProtocol(99), b"tunnel");
    let first = bed.one(INSIDE, &tunnel(server(11)));
    assert_eq!(first, "0: protocol 99 203.0.113.7 > 10.0.0.2");
    let second = bed.one(INSIDE, &tunnel(server(12)));
    assert_eq!(
        second, "nothing",
        "its answers could not be told from the first one's"
    );
    assert_eq!(bed.switch.counters().drops(DropReason::PortsExhausted), 1);
}

#[test]
fn two_clients_of_one_backend_are_told_apart_even_if_one_asks_it_directly() {
    let mut bed = Bed::new(config(1));
    let here = (client(2), 4000);
    bed.give(OUTSIDE, &udp(here, (server(11), 8053)));
    let line = bed.one(OUTSIDE, &udp(here, ("192.0.2.10".parse().unwrap(), 53)));
    let port: u16 = line
        .strip_prefix("1: UDP 10.0.0.2:")
        .and_then(|rest| rest.split(' ').next())
        .and_then(|port| port.parse().ok())
        .expect("it leaves for the backend");
    assert_ne!(port, 4000, "the answers of both flows would read alike");
    let answers = [
        (4000, "0: UDP 10.0.1.11:8053 > 10.0.0.2:4000"),
        (port, "0: UDP 192.0.2.10:53 > 10.0.0.2:4000"),
    ];
    for (port, expected) in answers {
        let answer = udp((server(11), 8053), (client(2), port));
        assert_eq!(bed.one(INSIDE, &answer), expected);
    }
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    let row = |change: fn(&mut L4Config), expected: &str| {
        let mut settings = masquerade(None, SourceAddress::Interface);
        change(&mut settings);
        let errors: Vec<String> = settings.errors().iter().map(L4Error::to_string).collect();
        assert_eq!(errors.len(), 1, "{expected}: {errors:?}");
        assert!(errors[0].contains(expected), "{expected}: {errors:?}");
        let refused = L4Switch::new(settings).map(|_| ()).unwrap_err();
        assert_eq!(refused.to_string(), errors[0]);
    };
    row(
        |it| it.services[1].name = "web".into(),
        "two services are named \"web\"",
    );
    row(
        |it| {
            it.services[1].protocol = it.services[0].protocol;
            it.services[1].address.set_port(80);
        },
        "service \"dns\": tcp 192.0.2.10:80 is service \"web\"'s already",
    );
    row(
        |it| it.services[0].address.set_port(0),
        "192.0.2.10:0 cannot be its address",
    );
    row(
        |it| it.services[0].backends[0].address = "[::1]:80".parse().unwrap(),
        "[::1]:80 cannot be a backend",
    );
    row(
        |it| {
            it.services[0].scheduler = switchlab_balance::Algorithm::FiveTuple;
            it.services[0].backends[0].weight = 2;
        },
        "the backend 10.0.1.11:8080 has a weight, but `hash-5-tuple` knows none",
    );
    row(
        |it| {
            let again = it.services[0].backends[0].clone();
            it.services[0].backends.push(again);
        },
        "service \"web\": the target 10.0.1.11:8080 is given twice",
    );
    row(
        |it| it.source_nat[0].attachment = Attachment::Port(switchlab_core::PortId::new(7)),
        "source translation at port 7, which has no interface",
    );
    row(
        |it| it.source_nat[0].address = SourceAddress::Fixed("224.0.0.1".parse().unwrap()),
        "source translation to 224.0.0.1",
    );
    row(
        |it| it.flow_limit = 0,
        "a flow table of 0 entries holds nothing",
    );
}

#[test]
fn an_echo_through_translation_keeps_its_identifier_apart() {
    let mut bed = Bed::new(masquerade(None, SourceAddress::Interface));
    let echo = Echo {
        identifier: 9,
        sequence: 1,
    };
    let mut seen = Vec::new();
    for host in [server(11), server(12)] {
        let packet = Ipv4Builder::new(host, client(2)).echo_request(echo, b"");
        let (mut rx, mut tx) = Default::default();
        crate::bed::push(&mut rx, INSIDE, &packet);
        switchlab_core::step(&mut bed.switch, bed.now, &mut rx, &mut tx);
        let (_, frame) = tx.next().expect("it leaves");
        seen.push(FlowKey::of_frame(&frame).unwrap().unwrap());
    }
    assert_eq!(seen[0].source_port, 9, "kept where it is free");
    assert_ne!(seen[1].source_port, 9, "another where it is not");
    let reply = Ipv4Builder::new(client(2), "10.0.0.1".parse().unwrap()).echo_reply(
        Echo {
            identifier: seen[1].source_port,
            sequence: 1,
        },
        b"",
    );
    assert!(Ipv4::parse(&reply).is_ok());
    assert_eq!(bed.one(OUTSIDE, &reply), "1: 10.0.0.2 > 10.0.1.12 ICMP 0");
}
