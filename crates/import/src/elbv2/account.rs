//! The objects of an account: balancers with listeners with rules, and target groups.

use super::answers::{AskedFor, Pages};
use super::attributes::is_on;
use super::shapes::{
    Flag, Listener, LoadBalancer, Number, Rule, TargetGroup, TargetHealthDescription,
};

/// What there is, in the order of names, ports and priorities.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) balancers: Vec<Balancer>,
    pub(super) groups: Vec<Group>,
    /// Which of the two lists there are.
    pub(super) asked_for: AskedFor,
    /// What the reader should know.
    pub(super) notes: Vec<String>,
}

/// Attributes as key and value, in the order of the reply; keys may stand twice.
pub(super) type Attributes = Vec<(String, String)>;

/// A load balancer of any type.
#[derive(Debug)]
pub(super) struct Balancer {
    pub(super) name: String,
    /// The ARN; the name, if there is none.
    pub(super) resource: String,
    pub(super) shape: LoadBalancer,
    pub(super) attributes: Attributes,
    pub(super) listeners: Vec<Listening>,
    /// In which its listeners came.
    pub(super) pages: Pages,
}

/// A listener of a load balancer.
#[derive(Debug)]
pub(super) struct Listening {
    /// `BALANCER:PORT`.
    pub(super) name: String,
    /// The ARN; the name, if there is none.
    pub(super) resource: String,
    pub(super) shape: Listener,
    pub(super) attributes: Attributes,
    pub(super) rules: Vec<Ruling>,
    /// In which its rules came.
    pub(super) pages: Pages,
}

/// A rule of a listener.
#[derive(Debug)]
pub(super) struct Ruling {
    /// The ARN; listener and priority, if there is none.
    pub(super) resource: String,
    pub(super) shape: Rule,
}

/// A target group.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    /// The ARN; the name, if there is none.
    pub(super) resource: String,
    pub(super) shape: TargetGroup,
    pub(super) attributes: Attributes,
    /// Each target once.
    pub(super) targets: Vec<TargetHealthDescription>,
    /// Whether a reply lists its targets, be there none.
    pub(super) has_health: bool,
    /// Whether a reply describes it; if not, other replies name it.
    pub(super) is_described: bool,
}

impl Balancer {
    /// `application`, `network` or `gateway`; what is not said is an application load balancer.
    pub(super) fn kind(&self) -> &str {
        let by_arn = || match self.resource.split('/').nth(1) {
            Some("net") => "network",
            Some("gwy") => "gateway",
            _ => "application",
        };
        self.shape.kind.as_deref().unwrap_or_else(by_arn)
    }

    /// Whether this is one that a lab has.
    pub(super) fn is_application(&self) -> bool {
        self.kind() == "application"
    }
}

impl Ruling {
    /// Whether this is the listener's default action once more.
    pub(super) fn is_default(&self) -> bool {
        let named = self
            .shape
            .priority
            .as_ref()
            .is_some_and(|text| text.0 == "default");
        named || self.shape.is_default == Some(Flag(true))
    }

    /// The priority as a number, if it is written as one: without sign and leading zeros.
    pub(super) fn priority(&self) -> Option<i64> {
        let text = &*self.shape.priority.as_ref()?.0;
        let number = text.parse::<i64>().ok()?;
        (number.to_string() == text).then_some(number)
    }
}

impl Account {
    /// The group that an action names, by ARN or by name.
    pub(super) fn group(&self, reference: &str) -> Option<&Group> {
        self.groups
            .iter()
            .find(|group| group.resource == reference || group.name == reference)
    }

    /// Notes what of the account no lab has.
    pub(super) fn note_what_is_left_out(&mut self) {
        let mut notes = Vec::new();
        for balancer in &self.balancers {
            let name = &balancer.name;
            if !balancer.is_application() {
                notes.push(format!(
                    "{name} is a {} load balancer and left out",
                    balancer.kind()
                ));
                continue;
            }
            let tls = "routing.http.x_amzn_tls_version_and_cipher_suite.enabled";
            if is_on(&balancer.attributes, tls) {
                notes.push(format!(
                    "{name} tells targets of TLS; a lab has none, and sends no x-amzn-tls-version"
                ));
            }
            for listener in &balancer.listeners {
                let mode = listener
                    .shape
                    .mutual_authentication
                    .as_ref()
                    .and_then(|it| it.mode.as_deref());
                if let Some(mode @ ("passthrough" | "verify")) = mode {
                    let name = &listener.name;
                    notes.push(format!(
                        "{name} asks clients for certificates ({mode}); a lab does not"
                    ));
                }
            }
        }
        for group in &self.groups {
            if group.is_for_applications() {
                notes.extend(group.shape.target_control_port.map(|Number(port)| {
                    format!(
                        "the targets of {} tell at port {port} how many requests they take; in a lab nobody asks them",
                        group.name
                    )
                }));
                continue;
            }
            let protocol = group.shape.protocol.as_deref().unwrap_or("no");
            notes.push(format!(
                "the target group {} with {protocol} protocol is left out",
                group.name
            ));
        }
        self.notes.extend(notes);
    }
}
