//! Channels: what one node reports another is told, in time, whatever else happens.

use std::borrow::Cow;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use switchlab_core::{
    Command, ControlError, Counters, Device, DnsChange, Egress, Event, Ingress, Instant, NodeId,
};
use switchlab_sim::{Action, Channel, Digest, Lab, LabError, Observer};

/// Reports at every second that it is in, and again when it is asked to announce.
struct Speaker {
    next: Instant,
    reports: u8,
}

fn change(is_in: bool) -> DnsChange {
    DnsChange {
        balancer: "shop".into(),
        zone: None,
        address: [10, 0, 0, 1].into(),
        is_in,
        because: Cow::Borrowed(""),
    }
}

impl Device for Speaker {
    fn ports(&self) -> u16 {
        1
    }
    fn receive(&mut self, _: Instant, _: &mut Ingress, _: &mut Egress) {}
    fn handle_timeout(&mut self, now: Instant, _: &mut Egress) {
        if now >= self.next {
            self.next += Duration::from_secs(1);
            self.reports += 1;
        }
    }
    fn poll_timeout(&self) -> Option<Instant> {
        Some(self.next)
    }
    fn control(
        &mut self,
        _: Instant,
        command: &Command,
        _: &mut Egress,
    ) -> Result<(), ControlError> {
        self.reports += u8::from(matches!(command, Command::Announce));
        Ok(())
    }
    fn poll_event(&mut self) -> Option<Event> {
        self.reports = self.reports.checked_sub(1)?;
        Some(Event::DnsChanged(change(true)))
    }
    fn counters(&self) -> Counters {
        Counters::new(1)
    }
}

/// Writes down what it is told.
struct Listener(Arc<Mutex<Vec<String>>>);

impl Device for Listener {
    fn ports(&self) -> u16 {
        1
    }
    fn receive(&mut self, _: Instant, _: &mut Ingress, _: &mut Egress) {}
    fn handle_timeout(&mut self, _: Instant, _: &mut Egress) {}
    fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    fn control(
        &mut self,
        now: Instant,
        command: &Command,
        _: &mut Egress,
    ) -> Result<(), ControlError> {
        if let Command::Tell(change) = command {
            let state = if change.is_in { "in" } else { "out" };
            let millis = now.as_nanos() / 1_000_000;
            self.0.lock().unwrap().push(format!("{millis} {state}"));
        }
        Ok(())
    }
    fn counters(&self) -> Counters {
        Counters::new(1)
    }
}

fn channel(speaker: &str, listener: &str) -> Channel {
    Channel {
        speaker: speaker.to_owned(),
        listener: listener.to_owned(),
        delay: Duration::from_millis(300),
        translate: Arc::new(|event| match event {
            Event::DnsChanged(change) => Some(Command::Tell(change.clone())),
            _ => None,
        }),
        silence: Some(Command::Tell(change(false))),
    }
}

/// What the listener was told over four seconds.
fn told(deeds: &[(u64, &str, Action)]) -> (Vec<String>, String) {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let mut lab = Lab::new(7);
    let begins = Instant::from_secs(1);
    lab.node("speaker", 1, move || {
        Box::new(Speaker {
            next: begins,
            reports: 0,
        })
    });
    let ear = Arc::clone(&heard);
    lab.node("listener", 1, move || Box::new(Listener(Arc::clone(&ear))));
    lab.channel(channel("speaker", "listener"));
    for (millis, node, action) in deeds {
        lab.at(Instant::from_millis(*millis), *node, action.clone());
    }
    let mut digest = Digest::default();
    let simulation = lab.build().expect("a good plan");
    let outcome = simulation
        .run(Some(Instant::from_secs(4)), &mut digest)
        .expect("it ends");
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    let heard = heard.lock().unwrap().clone();
    (heard, digest.to_string())
}

#[test]
fn what_is_reported_is_told_in_time() {
    type Row<'a> = (&'a [(u64, &'a str, Action)], &'a [&'a str], &'a str);
    let crash = |millis, node| (millis, node, Action::Crash);
    let start = |millis, node| (millis, node, Action::Start);
    #[rustfmt::skip]
    let rows: &[Row<'_>] = &[
        (&[], &["1300 in", "2300 in", "3300 in"], "300 ms later"),
        (&[crash(1100, "speaker")], &["1300 in", "1400 out"], "its silence, too; what was on its way arrives"),
        (&[crash(1100, "listener")], &[], "who is off hears nothing"),
        (&[crash(1100, "listener"), start(1500, "listener")], &["2100 in", "2300 in", "3300 in"], "who is on again asks, and is told"),
        (&[crash(500, "speaker"), crash(600, "listener"), start(900, "listener")], &[], "nobody is there to be asked"),
    ];
    for (deeds, expected, because) in rows {
        let (heard, digest) = told(deeds);
        assert_eq!(heard, *expected, "{because}");
        assert_eq!(told(deeds).1, digest, "the same history twice: {because}");
    }
}

/// Counts what is told, as an observer sees it.
#[derive(Default)]
struct Witness(Vec<String>);

impl Observer for Witness {
    fn admin(&mut self, _: Instant, _: NodeId, action: &str) {
        self.0.push(action.to_owned());
    }
}

#[test]
fn observers_see_what_nodes_are_told() {
    let mut lab = Lab::new(7);
    lab.node("speaker", 1, || {
        Box::new(Speaker {
            next: Instant::from_secs(1),
            reports: 0,
        })
    });
    lab.node("listener", 1, || Box::new(Listener(Arc::default())));
    lab.channel(channel("speaker", "listener"));
    let mut witness = Witness::default();
    let simulation = lab.build().expect("a good plan");
    simulation
        .run(Some(Instant::from_secs(2)), &mut witness)
        .expect("it ends");
    assert_eq!(witness.0, ["tell shop 10.0.0.1 in"]);
}

#[test]
fn a_channel_has_two_ends() {
    let mut lab = Lab::new(7);
    lab.node("listener", 1, || Box::new(Listener(Arc::default())));
    lab.channel(channel("speaker", "listener"));
    let errors = lab.build().expect_err("nobody speaks");
    let node = "speaker".to_owned();
    assert_eq!(errors, [LabError::NobodyThere { node }]);
}
