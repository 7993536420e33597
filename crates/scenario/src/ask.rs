//! Asking the balancers of a lab what they would do with a request, without a run.

mod json;
mod text;

use std::collections::BTreeSet;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::value::RawValue;
use switchlab_core::Step;
use switchlab_l7::{Advisor, ListenerConfig, Protocol, Route};

use crate::{Balancer, ScenarioErrors, settings_from_toml};

/// The layer 7 balancers of a lab file, ready to be asked.
#[derive(Debug)]
pub struct Balancers {
    advisors: Vec<Advisor>,
}

/// Reads the balancers of a lab file, `name` being what the file is called. Nothing has to say when a run
/// would end.
///
/// # Errors
/// Everything that is wrong with the file, each with its place and what would be right.
///
/// ```
/// let lab = r#"
/// [node.alb]
/// kind = "l7-switch"
/// address = "10.0.1.10/24"
/// target_group.web = { targets = ["10.0.1.11:80"] }
///
/// [[node.alb.listener]]
/// port = 80
/// default = { forward = "web" }
/// rule = [{ priority = 10, path = "/old/*", redirect = { path = "/new" } }]
/// "#;
/// let balancers = switchlab_scenario::balancers_from_toml(lab, "lab.toml")?;
/// assert_eq!(balancers.names(), ["alb:80"]);
///
/// let octets = b"GET /old/x HTTP/1.1\r\nHost: shop.example\r\n\r\n";
/// let answer = balancers.ask("alb:80", [192, 0, 2, 1].into(), octets).unwrap();
/// assert_eq!(answer.route.location.as_deref(), Some("http://shop.example:80/new"));
/// # Ok::<(), switchlab_scenario::ScenarioErrors>(())
/// ```
pub fn balancers_from_toml(text: &str, name: &str) -> Result<Balancers, ScenarioErrors> {
    let balancers = settings_from_toml(text, name)?.balancers;
    let advisor =
        |balancer: Balancer| Advisor::new(balancer.config).expect("the file was found to be right");
    Ok(Balancers {
        advisors: balancers.into_iter().map(advisor).collect(),
    })
}

impl Balancers {
    /// The names of all listeners, those of a switch in their order, and each name once; then those of the
    /// load balancers of several nodes.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut known = BTreeSet::new();
        let names = self.listeners().map(|(.., name)| name);
        let first = names.filter(|name| known.insert(Arc::clone(name)));
        first.map(|name| name.to_string()).collect()
    }

    /// Asks the listener of this name about the first request in these octets, which a client at `from`
    /// sends; `None` if there is no such listener.
    ///
    /// A balancer of several nodes has each of its listeners once at every node: `alb-a:80`, `alb-b:80`. The
    /// balancer's own name, `shop:80`, and a name that all of them have mean the first node: rules and groups are
    /// the same at all, though a node that keeps to its zone has targets of its own.
    #[must_use]
    pub fn ask(&self, listener: &str, from: IpAddr, octets: &[u8]) -> Option<RouteAnswer> {
        let mut listeners = self.listeners();
        let (advisor, config, name) = listeners.find(|(.., name)| **name == *listener)?;
        Some(RouteAnswer {
            listener: name,
            from,
            is_secure: config.protocol == Protocol::Https,
            route: advisor.route(config.port, from, octets)?,
        })
    }

    /// Every listener by the name of its node, and then by that of its load balancer, if it has none of its own.
    fn listeners(&self) -> impl Iterator<Item = (&Advisor, &ListenerConfig, Arc<str>)> {
        let by_node = self.advisors.iter().map(|it| (it, &it.config().name));
        let by_balancer = self.advisors.iter().map(|it| {
            let balancer = &it.config().load_balancer;
            (it, &balancer.name)
        });
        by_node.chain(by_balancer).flat_map(|(advisor, owner)| {
            let listeners = advisor.config().listeners.iter();
            listeners.map(move |listener| {
                let by_port = || format!("{owner}:{}", listener.port).into();
                let name = listener.name.clone().unwrap_or_else(by_port);
                (advisor, listener, name)
            })
        })
    }
}

/// What a listener would do with a request.
///
/// # JSON
///
/// One object; a field that does not apply is null.
///
/// | field | value |
/// |---|---|
/// | `id` | what the question was called, character by character; left out if it had no name |
/// | `verdict` | `forward`, `redirect`, `fixed-response`, `reject` (refused before a rule was asked) or `incomplete` |
/// | `status` | integer: of the answer that the balancer makes itself |
/// | `location` | of a redirect |
/// | `rule` | priority of the rule that took the request, or `"default"` |
/// | `target_group`, `target` | the group's name; the target as `IP:PORT` |
/// | `desync`, `reason` | class of the head: `compliant`, `acceptable`, `ambiguous` or `severe`; its reason by ELB's name, `Compliant` if there is nothing to say. Of a head that is not whole: as if it ended there |
/// | `close` | whether both connections close behind this exchange: on `reject`, and where the class asks for it. A client's own wish to close is not meant |
/// | `consumed` | octets of the input that the request took; null on `reject` and `incomplete` |
/// | `forwarded` | base64: the whole request as the target gets it, body included; chunks are put together to one, chunk extensions are left out; trailers that may go on follow. Null without a target |
/// | `why` | list of steps in their order: `stage`, `asked`, `found`, `because` |
/// | `host`, `path` | host, and path with query, as a target sees them: after the transforms of the rule. On `forward`, even if no target is there; null if a transform failed |
/// | `passed_over` | list of the rules of lower numbers: `rule`, and of the first condition that failed `field`, `wanted`, `got` |
/// | `candidates` | list of the group's targets: `target`, `state`, `reason` (ELB's code or null), `eligible`, `because` |
///
/// The fields stand in this order.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteAnswer {
    /// The name of the listener.
    pub listener: Arc<str>,
    /// Who asks.
    pub from: IpAddr,
    /// Whether the listener speaks HTTPS, though octets are plain HTTP.
    pub is_secure: bool,
    /// What becomes of the request, and why.
    pub route: Route,
}

impl RouteAnswer {
    /// Notes that the request was told by a URL: a step of `why`, in front, if that speaks another protocol than
    /// the listener.
    pub fn asked_by_url(&mut self, is_secure: bool) {
        if is_secure == self.is_secure {
            return;
        }
        let (url, listener) = match is_secure {
            true => ("https", "HTTP"),
            false => ("http", "HTTPS"),
        };
        let step = Step {
            stage: "l7.listener",
            asked: format!("does {} speak {url}?", self.listener),
            found: format!("no: {listener}"),
            because: format!("The URL says {url}, and the listener is one of {listener}; it is asked all the same.").into(),
        };
        self.route.why.insert(0, step);
    }

    /// The answer as a page for a person.
    #[must_use]
    pub fn to_text(&self) -> String {
        text::render(self)
    }

    /// Writes the answer as JSON over several lines.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_json(&self, mut to: impl io::Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut to, &json::of(self, None))?;
        to.write_all(b"\n")
    }

    /// Writes the answer as JSON on one line; `id` is what the question was called, and is
    /// repeated as it is written.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_json_line(&self, id: Option<&RawValue>, mut to: impl io::Write) -> io::Result<()> {
        serde_json::to_writer(&mut to, &json::of(self, id))?;
        to.write_all(b"\n")
    }
}
