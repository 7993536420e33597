//! Health checks: probes in virtual time, and what becomes of the flows of a backend that is lost.

use std::time::Duration;

use switchlab_balance::HealthCheck;
use switchlab_core::{Device, Instant};
use switchlab_l4::L4Config;

use crate::bed::{ACK, Answer, Bed, INSIDE, OUTSIDE, SYN, VIRTUAL, client, config, server, tcp};

const WEB: (std::net::Ipv4Addr, u16) = (VIRTUAL, 80);
const NANOSECOND: Duration = Duration::from_nanos(1);

/// Probes every 10 s with 2 s of patience; two results in a row change the state.
fn checked(backends: u8) -> L4Config {
    let mut settings = config(backends);
    settings.services[0].health_check = Some(HealthCheck {
        interval: Duration::from_secs(10),
        timeout: Duration::from_secs(2),
        healthy: 2,
        unhealthy: 2,
        ..HealthCheck::default()
    });
    settings
}

fn servers(answers: &[Answer]) -> Vec<(std::net::Ipv4Addr, Answer)> {
    (11..).map(server).zip(answers.iter().copied()).collect()
}

/// Opens a connection, and says where it went.
fn connect(bed: &mut Bed, port: u16) -> String {
    let here = (client(2), port);
    let line = bed.one(OUTSIDE, &tcp(here, WEB, SYN, 100, 0));
    for host in [11, 12] {
        let there = server(host);
        if line.contains(&format!("{there}:8080")) {
            bed.give(INSIDE, &tcp((there, 8080), here, SYN | ACK, 900, 101));
            bed.give(OUTSIDE, &tcp(here, WEB, ACK, 101, 901));
            return there.to_string();
        }
    }
    line
}

/// Where the next segment of a connection goes.
fn goes_to(bed: &mut Bed, port: u16) -> String {
    let line = bed.one(OUTSIDE, &tcp((client(2), port), WEB, ACK, 101, 901));
    let to = line
        .split(" > ")
        .nth(1)
        .and_then(|rest| rest.split(':').next());
    to.unwrap_or(&line).to_owned()
}

#[test]
fn a_silent_backend_is_lost_exactly_when_its_second_probe_is_late() {
    let mut bed = Bed::new(checked(2));
    bed.answers = servers(&[Answer::Accepts, Answer::Accepts]);
    bed.wait_until(Instant::ZERO);
    let expected = [
        "0 web 10.0.1.11:8080 initial > healthy ",
        "0 web 10.0.1.12:8080 initial > healthy ",
    ];
    assert_eq!(bed.take_log(), expected, "the first probes begin at once");
    assert_eq!(connect(&mut bed, 4000), "10.0.1.11");
    assert_eq!(connect(&mut bed, 4001), "10.0.1.12");
    bed.take_log();

    bed.wait_until(Instant::from_secs(15));
    bed.answers = servers(&[Answer::Accepts, Answer::Silent]);
    bed.wait_until(Instant::ZERO + (Duration::from_secs(32) - NANOSECOND));
    assert!(
        bed.take_log().is_empty(),
        "the probe at 20 s failed at 22 s, but one is not two"
    );
    assert_eq!(goes_to(&mut bed, 4001), "10.0.1.12");
    bed.wait(NANOSECOND);
    assert_eq!(
        bed.take_log(),
        ["32 web 10.0.1.12:8080 healthy > unhealthy Target.Timeout"]
    );
    assert_eq!(goes_to(&mut bed, 4000), "10.0.1.11", "nobody else moves");
    assert_eq!(
        goes_to(&mut bed, 4001),
        "10.0.1.11",
        "his flows begin anew with the other"
    );
    for port in 5000..5004 {
        assert_eq!(connect(&mut bed, port), "10.0.1.11", "new ones avoid him");
    }
    bed.take_log();

    bed.wait_until(Instant::from_secs(35));
    bed.answers = servers(&[Answer::Accepts, Answer::Accepts]);
    bed.wait_until(Instant::from_secs(50));
    assert_eq!(
        bed.take_log(),
        ["50 web 10.0.1.12:8080 unhealthy > healthy "],
        "two in a row, at 40 s and 50 s"
    );
    let next: Vec<_> = (6000..6002).map(|port| connect(&mut bed, port)).collect();
    assert_eq!(next, ["10.0.1.12", "10.0.1.11"], "he has his turns again");
}

#[test]
fn a_backend_that_refuses_is_lost_at_the_probe() {
    let mut bed = Bed::new(checked(2));
    bed.answers = servers(&[Answer::Accepts, Answer::Accepts]);
    bed.wait_until(Instant::from_secs(15));
    bed.take_log();
    bed.answers = servers(&[Answer::Accepts, Answer::Refuses]);
    bed.wait_until(Instant::from_secs(40));
    let expected = ["30 web 10.0.1.12:8080 healthy > unhealthy Target.FailedHealthChecks"];
    assert_eq!(bed.take_log(), expected, "refused at 20 s and at 30 s");
}

#[test]
fn without_any_healthy_backend_all_take_part_and_nobody_moves() {
    let mut bed = Bed::new(checked(2));
    bed.answers = servers(&[Answer::Accepts, Answer::Accepts]);
    bed.wait_until(Instant::ZERO);
    let before = [4000, 4001].map(|port| connect(&mut bed, port));
    bed.answers.clear();
    bed.wait_until(Instant::from_secs(25));
    let lost = bed
        .take_log()
        .into_iter()
        .filter(|line| line.contains("unhealthy"))
        .count();
    assert_eq!(lost, 2, "both are unhealthy");
    assert_eq!([4000, 4001].map(|port| goes_to(&mut bed, port)), before);
    let next: Vec<_> = (5000..5002).map(|port| connect(&mut bed, port)).collect();
    assert_eq!(
        next,
        ["10.0.1.11", "10.0.1.12"],
        "and new flows are tried with both"
    );
}

#[test]
fn checks_begin_when_the_switch_is_switched_on() {
    let mut bed = Bed::new(checked(1));
    bed.now = Instant::from_secs(1000);
    bed.answers = servers(&[Answer::Accepts]);
    bed.wait_until(bed.now);
    assert_eq!(
        bed.take_log(),
        ["1000 web 10.0.1.11:8080 initial > healthy "]
    );
    let next = bed
        .switch
        .poll_timeout()
        .expect("there is always a next probe");
    assert!(
        next > Instant::from_secs(1000),
        "nothing is made up for: {next:?}"
    );
}

#[test]
fn a_backend_that_no_route_leads_to_fails_its_checks_at_once() {
    let mut settings = checked(1);
    settings.services[0].backends[0].address = "10.9.9.9:80".parse().unwrap();
    let mut bed = Bed::new(settings);
    bed.wait_until(Instant::from_secs(10));
    let expected = ["10 web 10.9.9.9:80 initial > unhealthy Target.FailedHealthChecks"];
    assert_eq!(bed.take_log(), expected);
}

#[test]
fn probes_neither_need_room_in_a_full_table_nor_take_it() {
    let mut settings = checked(1);
    settings.flow_limit = 1;
    let mut bed = Bed::new(settings);
    bed.wait_until(Instant::ZERO);
    assert_eq!(
        connect(&mut bed, 4000),
        "10.0.1.11",
        "while a probe is under way"
    );
    bed.answers = servers(&[Answer::Accepts]);
    bed.wait_until(Instant::from_secs(25));
    let healthy = bed.take_log().pop();
    let expected = "1 web 10.0.1.11:8080 initial > healthy ";
    assert_eq!(
        healthy.as_deref(),
        Some(expected),
        "its SYN was repeated after 1 s"
    );
    assert_eq!(goes_to(&mut bed, 4000), "10.0.1.11");
}
