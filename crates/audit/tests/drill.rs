//! Drills of small labs: what is measured, and that the graph claims nothing that is not so.

use std::time::Duration;

use switchlab_audit::{Drill, DrillError, DrillPlan, Failure, drill};

const SINGLE: &str = include_str!("../../../examples/single_point.toml");
const DOUBLED: &str = include_str!("../../../examples/doubled.toml");

fn drilled(lab: &str, plan: DrillPlan) -> Drill {
    drill(lab, "lab.toml", plan, |_, _| {}).expect("it is a lab that ends")
}

/// What came of the failure of this node, or of the link at this port.
fn without<'a>(drill: &'a Drill, part: &str) -> &'a Failure {
    let has =
        |it: &&Failure| it.nodes == [part] || it.links.iter().flatten().any(|end| end == part);
    drill
        .failures
        .iter()
        .find(has)
        .expect("every part fails once")
}

#[test]
fn what_clients_see_is_measured() {
    let drill = drilled(SINGLE, DrillPlan::default());
    assert_eq!(drill.failures.len(), 5 + 4, "each node and each link once");
    let alb = &without(&drill, "alb").clients[0];
    assert_eq!(
        (&*alb.client, alb.asked),
        ("client", 60),
        "every 500 ms for 30 s"
    );
    assert!(alb.lost >= 50, "{alb:?}");
    assert_eq!(alb.answered, 0, "nobody else answers: {alb:?}");
    let dark = alb.outage.expect("it is answered again");
    assert!(
        (30..32).contains(&dark.as_secs()),
        "as long as the balancer is gone: {dark:?}"
    );
    assert_eq!(
        (alb.on_paper, &alb.because),
        (Some(true), &None),
        "the graph has it so"
    );

    let web = without(&drill, "web-a");
    // An interval of 5 s, a timeout of 2 s, the second failure counts.
    assert_eq!(web.detected, Some(Duration::from_secs(7)));
    let client = &web.clients[0];
    assert!(
        (1..20).contains(&client.lost),
        "every second request until then: {client:?}"
    );
    assert!(
        client.answered.abs_diff(client.lost) <= 1,
        "and the others are answered: {client:?}"
    );
    assert_eq!(client.on_paper, Some(false));
    let because = client.because.as_deref().expect("graph and drill disagree");
    assert!(
        because.starts_with("doubled on paper, yet unsteady for ")
            && because.ends_with("found out after 7.0 s"),
        "{because}"
    );
    assert!(
        web.recovered
            .is_some_and(|it| it <= Duration::from_secs(10)),
        "two good checks: {web:?}"
    );

    let own = without(&drill, "client");
    assert_eq!(own.clients, [], "who is gone himself sees nothing");
    let cable = &without(&drill, "client:0").clients[0];
    assert!(
        cable.on_paper == Some(true) && cable.lost >= 40,
        "{cable:?}"
    );
}

#[test]
fn what_is_doubled_is_missed_less() {
    let [single, doubled] = [SINGLE, DOUBLED].map(|lab| drilled(lab, DrillPlan::default()));
    let lost = |drill: &Drill, part: &str| without(drill, part).clients[0].lost;
    assert!(
        lost(&doubled, "alb-a") * 10 < lost(&single, "alb"),
        "the client tries the other"
    );
    assert!(lost(&doubled, "sw-a") * 5 < lost(&single, "sw"));
}

/// A part that the graph says a client cannot do without is missed, whenever somebody asks.
#[test]
fn what_is_on_paper_is_so() {
    let labs = [
        ("single_point", SINGLE),
        ("doubled", DOUBLED),
        (
            "two_subnets",
            include_str!("../../../examples/two_subnets.toml"),
        ),
        ("l4_vs_l7", include_str!("../../../examples/l4_vs_l7.toml")),
        (
            "direct_return",
            include_str!("../../../examples/direct_return.toml"),
        ),
        (
            "nlb_zones",
            include_str!("../../../examples/nlb_zones.toml"),
        ),
        ("zones", include_str!("../../../examples/zones.toml")),
    ];
    let plan = DrillPlan {
        at: Duration::from_secs(2),
        gone: Duration::from_secs(10),
        after: Duration::from_secs(10),
        pairs: false,
    };
    let mut claims = 0;
    for (name, lab) in labs {
        for failure in drilled(lab, plan).failures {
            let claimed = failure
                .clients
                .iter()
                .filter(|it| it.on_paper == Some(true) && it.asked > 10);
            for client in claimed {
                assert!(client.lost > 0, "{name}: {failure:?}");
                claims += 1;
            }
        }
    }
    assert!(claims > 10, "something was claimed: {claims}");
}

#[test]
fn two_parts_at_once_may_fail() {
    let plan = DrillPlan {
        pairs: true,
        ..DrillPlan::default()
    };
    let mut seen = Vec::new();
    let drill =
        drill(SINGLE, "lab.toml", plan, |done, all| seen.push((done, all))).expect("it ends");
    assert_eq!(drill.failures.len(), 9 + 36);
    assert_eq!(
        seen.last(),
        Some(&(46, 46)),
        "and the run without a failure"
    );
    let both = drill
        .failures
        .iter()
        .find(|it| it.nodes == ["web-a", "web-b"])
        .expect("each with each");
    let client = &both.clients[0];
    assert!(
        client.outage.is_some_and(|it| it.as_secs() >= 30),
        "nobody is left: {client:?}"
    );
    assert_eq!((client.on_paper, &client.because), (None, &None));
    assert_eq!(drill, drilled(SINGLE, plan), "equal labs, equal drills");
}

#[test]
fn what_would_never_be_done_is_refused() {
    let hosts: String = (1..65)
        .map(|it| format!("[node.h{it}]\nkind = \"host\"\naddress = \"10.0.0.{it}/24\"\n"))
        .collect();
    let pairs = DrillPlan {
        pairs: true,
        ..DrillPlan::default()
    };
    let days = DrillPlan {
        gone: Duration::MAX,
        ..DrillPlan::default()
    };
    let refused = |plan| drill(&hosts, "lab.toml", plan, |_, _| {}).expect_err("too much");
    assert!(matches!(refused(pairs), DrillError::Pairs { pairs: 2016 }));
    assert!(matches!(refused(days), DrillError::TooLong { .. }));
    let none = drill("[node.x]", "lab.toml", DrillPlan::default(), |_, _| {});
    assert!(matches!(none, Err(DrillError::File(_))));
}

#[test]
fn what_nobody_asked_for_is_not_told_at_length() {
    let late = DrillPlan {
        at: Duration::from_secs(100),
        pairs: true,
        ..DrillPlan::default()
    };
    let page = drilled(SINGLE, late).to_text();
    assert!(
        page.ends_with(
            "36 pairs of parts\n\nNobody asked anything while parts were gone: `--at` and `--gone` say when that is.\n"
        ),
        "its client is done after a minute: {page}"
    );
    let asked = drilled(SINGLE, DrillPlan::default()).to_text();
    assert!(!asked.contains("Nobody asked"), "{asked}");
}
