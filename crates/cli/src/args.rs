//! The command line: what can be said to the program.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use switchlab::audit::Kind;
use switchlab::import::elbv2::Quota;
use switchlab::live;
use switchlab::scenario;

use crate::files;

/// A lab of network switches: hub, L2, L3, L4 and L7, true to the wire and deterministic.
#[derive(Debug, Parser)]
#[command(
    name = "switchlab",
    version,
    propagate_version = true,
    after_help = "\
Examples:
  switchlab run examples/quest07.toml
  switchlab replay --device switch.toml --in in.pcapng --out out.pcapng
  switchlab import elbv2 replies/ -o lab.toml
  switchlab check lab.toml
  switchlab drill lab.toml
  switchlab route lab.toml --listener alb:80 --request 'GET http://shop.example/cart'

Exit status: 0 done, 1 an expectation failed or a finding is denied, 2 a file or an argument is wrong, 3 the event budget is exhausted.
Every command has --help with examples of its own."
)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Algorithms(Algorithms),
    Run(Run),
    Replay(Replay),
    Import(Import),
    Check(Check),
    Drill(Drill),
    Route(Route),
}

/// Run a lab and tell what happened: who answered, what failed and for how long, and whether it was as expected
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab run lab.toml                                    the report as text
  switchlab run lab.toml --json | jq '.requests | length'   as JSON
  switchlab run lab.toml --pcapng run.pcapng                and every frame, for Wireshark
  switchlab run lab.toml --pcapng c.pcapng --port client:0  only what passes one port
  switchlab run lab.toml --access-log access.log            a line for each request, as ELB logs it
  switchlab run lab.toml --junit report.xml                 expectations as test cases for CI
  switchlab run lab.toml --seed 8 --digest                  another history, and its fingerprint

Exit status: 0 all expectations held, 1 one failed, 2 a file or an argument is wrong, 3 the event budget is exhausted.
A run that exhausts its budget has no report, and leaves the files of reports as they were; its capture and its access log go as far as the run.")]
pub(crate) struct Run {
    /// The lab: nodes, links, what happens, what is expected
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write every transmission to this capture: once, on its sender's interface NODE:PORT
    #[arg(long, value_name = "OUT")]
    pub(crate) pcapng: Option<PathBuf>,

    /// Capture only what passes this port, in both directions; may be repeated. Without it a frame is there
    /// once for each link that it takes, which Wireshark reports as retransmissions and overlaps
    #[arg(long = "port", value_name = "NODE:PORT", requires = "pcapng")]
    pub(crate) ports: Vec<String>,

    /// Write a line for each request that an l7-switch was sent, in the format of ELB's access logs
    #[arg(long, value_name = "OUT")]
    pub(crate) access_log: Option<PathBuf>,

    /// Print the run's digest: equal digests, equal histories, byte for byte
    #[arg(long)]
    pub(crate) digest: bool,

    /// Give the run up after this many events; by default the file's `budget`, else 500,000,000
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) budget: Option<u64>,

    /// Take this seed instead of the file's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Print the report as JSON in place of text; with =FILE write it there, beside the text (=- is standard output)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub(crate) json: Option<Option<PathBuf>>,

    /// Write the expectations to this file as JUnit test cases
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

impl Run {
    /// Whether the report is printed as JSON.
    pub(crate) fn prints_json(&self) -> bool {
        self.json.is_some() && self.json_file().is_none()
    }

    /// The file that the report is written to as JSON.
    pub(crate) fn json_file(&self) -> Option<&Path> {
        let file = self.json.as_ref()?.as_deref()?;
        (!files::is_standard_output(file)).then_some(file)
    }
}

/// Measure the algorithms that balancers choose targets by: how evenly they share, and what moves when a target leaves
///
/// Every key is a request of a client of its own, for a URI of its own. Hashes take what they take by default.
/// The result depends on the two numbers alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab algorithms                               ten targets, 100,000 keys
  switchlab algorithms --targets 100 --keys 1000000  larger
  switchlab algorithms --json | jq '.algorithms[] | select(.moved_needlessly == 0) | .algorithm'

Shares in JSON are parts of the mean, moves parts of all keys; null where keys belong to nobody.
Exit status: 0 done, 2 an argument is wrong.")]
pub(crate) struct Algorithms {
    /// How many targets share
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(2..=1000))]
    pub(crate) targets: u16,

    /// How many keys they share
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) keys: u32,

    /// Print the table as JSON in place of text
    #[arg(long)]
    pub(crate) json: bool,
}

/// Put a capture through one device and capture what leaves it
///
/// Interface p<n> of the capture is port n of the device; an interface of another name is the port of its
/// position. The device is switched on at 0, its timers run at their own times, and a frame goes before a
/// timer of the same instant. Frames of which the capture holds only the beginning are counted as
/// capture.truncated and left out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab replay --device switch.toml --in in.pcapng --out out.pcapng
  switchlab replay --device router.toml --in in.pcapng --out out.pcapng --until 90s
  switchlab replay --device switch.toml --in office.pcapng --out out.pcapng --origin first

Exit status: 0 done, 2 a file or an argument is wrong, 3 the event budget is exhausted.")]
pub(crate) struct Replay {
    /// The device: one node's table of a lab, on its own
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,

    /// The capture to put in (pcapng, Ethernet)
    #[arg(long = "in", value_name = "FILE")]
    pub(crate) input: PathBuf,

    /// The capture to write; with - to standard output, and the summary to standard error
    #[arg(long = "out", value_name = "FILE")]
    pub(crate) output: PathBuf,

    /// The last instant of the device's time, as 90s or 250ms; by default the device file's
    /// [compare] run_until, else one second after the last frame
    #[arg(long, value_name = "TIME", value_parser = scenario::duration)]
    pub(crate) until: Option<Duration>,

    /// Where the device's time begins; by default at the first frame if that is stamped a day or
    /// more after 0, as captures from life are, else at 0
    #[arg(long, value_name = "WHERE")]
    pub(crate) origin: Option<Origin>,
}

/// Ask a balancer of a lab what it would do with a request: the rule, why not the others, group and target
///
/// Nothing is run: the balancer is fresh at every request, its targets are as the file has them, and healthy
/// where it says nothing. The JSON is described at RouteAnswer in the documentation of the library.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("question").required(true).args(["request", "raw", "requests"]),
    after_help = "\
Examples:
  switchlab route lab.toml --listener alb:80 --request 'GET http://shop.example/cart?x=1'
  switchlab route lab.toml --listener alb:80 --request 'GET http://a/' --from 10.0.0.9
  printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n' | switchlab route lab.toml --listener alb:80 --raw -
  switchlab route lab.toml --listener alb:80 --requests questions.jsonl > answers.jsonl

A line of --requests, of which only url is needed, or raw:
  {\"id\": 1, \"method\": \"GET\", \"url\": \"http://a.example/\", \"headers\": [[\"X-Beta\", \"on\"]],
   \"from\": \"10.0.0.9\", \"body\": BASE64}
  {\"id\": 2, \"from\": \"10.0.0.9\", \"raw\": BASE64}
No other key may stand there. Each is answered as soon as it is read. A line that is no question
is answered {\"id\": 1, \"error\": TEXT}, the others as if it were not there, and in the end the
exit status is 2.

Exit status: 0 answered, whatever the answer is, 2 a file, an argument or a question is wrong."
)]
pub(crate) struct Route {
    /// The lab
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The listener, by its name: NODE:PORT unless the lab gives it another; LOAD_BALANCER:PORT means the first of
    /// several nodes
    #[arg(long, value_name = "NAME")]
    pub(crate) listener: Option<String>,

    /// The request: a method and a URL, http or https or a path alone, of which the host becomes Host
    #[arg(long, value_name = "METHOD URL")]
    pub(crate) request: Option<String>,

    /// A header of the request; may be repeated, and Host replaces that of the URL
    #[arg(long = "header", value_name = "NAME: VALUE", requires = "request")]
    pub(crate) headers: Vec<String>,

    /// The address of the client; 192.0.2.1 by default
    #[arg(long, value_name = "IP", conflicts_with = "requests")]
    pub(crate) from: Option<IpAddr>,

    /// The request as octets, from a file, or with - from standard input; what follows it is left alone
    #[arg(long, value_name = "FILE")]
    pub(crate) raw: Option<PathBuf>,

    /// Many requests, one JSON object a line, from a file or with - from standard input: the answers are
    /// JSON, one a line, in the same order, each with the id of its question
    #[arg(long, value_name = "FILE")]
    pub(crate) requests: Option<PathBuf>,

    /// Print the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Origin {
    /// At the capture's own instant 0
    Zero,
    /// At the stamp of the first frame
    First,
}

impl From<Origin> for live::Origin {
    fn from(origin: Origin) -> Self {
        match origin {
            Origin::Zero => Self::Zero,
            Origin::First => Self::First,
        }
    }
}

/// Make a lab from the configuration of another system
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab import elbv2 replies/ -o lab.toml        load balancers of an account, from replies of aws elbv2
  switchlab import graphml Abilene.graphml -o lab.toml   a network of routers, from its graph

Exit status: 0 done, 2 a file or an argument is wrong, or the configuration is.")]
pub(crate) struct Import {
    #[command(subcommand)]
    pub(crate) system: System,
}

/// Whose configuration it is.
#[derive(Debug, Subcommand)]
pub(crate) enum System {
    Elbv2(Elbv2),
    Graphml(Graphml),
}

/// Make a lab from replies of `aws elbv2 describe-*`
///
/// Replies of describe-load-balancers, -listeners, -listener-attributes, -rules, -target-groups,
/// -target-health, -load-balancer-attributes and -target-group-attributes, in any number of files, one or
/// several in each. Those that do not say whose they are need a file named target-health--NAME.json,
/// target-group-attributes--NAME.json, load-balancer-attributes--NAME.json, listener-attributes--NAME:PORT.json,
/// or a member TargetGroupArn, LoadBalancerArn or ListenerArn at the top. What Elastic Load Balancing would
/// refuse is refused: every refusal is told with its code, and nothing is written. What the replies do not
/// tell is noted, each with the command that tells it; without the target groups there is no lab.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  aws elbv2 describe-load-balancers > replies/load-balancers.json
  aws elbv2 describe-target-health --target-group-arn ARN > replies/target-health--web.json
  switchlab import elbv2 replies/ -o lab.toml
  switchlab import elbv2 replies/*.json -o lab.toml --json | jq '.[].code'   refusals as JSON
  switchlab import elbv2 replies/ -o lab.toml --quota rules=200   an account that may have more than 100
  switchlab route lab.toml --listener shop:80 --request 'GET http://shop.example/'

Exit status: 0 done, 2 a file or an argument is wrong, or Elastic Load Balancing would refuse the configuration.")]
pub(crate) struct Elbv2 {
    /// Files of replies, or folders of such files, whose names end in .json
    #[arg(value_name = "DIR|FILE", required = true)]
    pub(crate) replies: Vec<PathBuf>,

    /// The lab to write; `-` is standard output
    #[arg(short, long, value_name = "LAB.toml")]
    pub(crate) output: PathBuf,

    /// A quota that ELB has raised for the account, as in rules=200; may be repeated, and the last of a name
    /// counts. listeners, rules, targets, targets_per_target_group and certificates can be raised; they
    /// become `quotas` of the lab's balancers
    #[arg(long = "quota", value_name = "NAME=NUMBER")]
    pub(crate) quotas: Vec<Quota>,

    /// Print what is wrong as JSON: a list of objects with code, resource and message, empty if nothing is.
    /// Codes are those of the API; MalformedReply, UnnamedReply and MissingReply are of replies, whose
    /// resource is the file or what is missing, and UnreadableFile is of files
    #[arg(long)]
    pub(crate) json: bool,
}

/// Make a lab from the graph of a network in GraphML
///
/// Each node becomes a layer 3 switch with static routes by the shortest delay, so that any two can talk; a link's delay is the
/// distance of its ends (Latitude, Longitude) at 200,000 km/s, its rate what the graph gives as LinkSpeed. Two hosts, at the
/// nodes that are farthest apart, ping. Up to 2,000 nodes.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab import graphml Abilene.graphml -o abilene.toml
  switchlab run abilene.toml
  switchlab check abilene.toml

Exit status: 0 done, 2 a file or an argument is wrong.")]
pub(crate) struct Graphml {
    /// The graph
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The lab to write; `-` is standard output
    #[arg(short, long, value_name = "LAB.toml")]
    pub(crate) output: PathBuf,
}

/// Find what is wrong with a lab without running it, and where its graph, or one in GraphML, falls apart
///
/// Cut nodes and bridges: without one of them, parts that are joined are so no more. Links side by side are several.
/// Of GraphML there is no more than that. Of a lab, single points of failure are the nodes and links without which a
/// client gets no answer from what it asks for, or a balancer has nobody to ask: by VLANs, addresses, gateways, routes,
/// rules and targets. What is named is one; which of several ways is taken, no graph can tell. Also nodes without links,
/// rings of bridges, addresses that two have.
///
/// Shadowed and unreachable rules, a rule for everything before others, /x/* without /x, weights that are all 0,
/// quotas nearly used up, target groups that nobody uses or that are empty, targets in no subnet, health checks that can never
/// pass, timeouts out of order, services in one zone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab check lab.toml
  switchlab check lab.toml --json | jq '.findings[].kind'
  switchlab check lab.toml --deny shadowed-rule --deny unused-group   for CI
  switchlab check Abilene.graphml --json | jq -c '.cut_nodes, .bridges'
  switchlab check lab.toml --svg lab.svg --dot lab.dot                a picture, with cut nodes and bridges in red

Exit status: 0 done, whatever was found; 1 something denied was found; 2 a file or an argument is wrong.")]
pub(crate) struct Check {
    /// The lab, or a graph in GraphML: what begins with a tag
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// Write the graph as SVG, cut nodes and bridges in red
    #[arg(long, value_name = "OUT")]
    pub(crate) svg: Option<PathBuf>,

    /// Write the graph in Graphviz DOT, cut nodes and bridges in red
    #[arg(long, value_name = "OUT")]
    pub(crate) dot: Option<PathBuf>,

    /// Print one JSON object: `findings`, a list of objects with kind, node, link, listener, rule, by, group, target,
    /// place, because and remedy; `nodes`, `edges` and `components`, how many there are; `cut_nodes`, a list of names or ids;
    /// `bridges`, a list of pairs of them; `services`, a list of objects with client (null if a balancer offers it, whoever
    /// asks), asks, answered, because, nodes and links: what it cannot do without. Names are in the order of their text, as are
    /// pairs
    #[arg(long)]
    pub(crate) json: bool,

    /// Exit 1 if something of this kind is found; may be repeated
    #[arg(long, value_name = "KIND")]
    pub(crate) deny: Vec<Kind>,
}

/// Let every node and every link of a lab fail in turn, and measure what its clients see of it
///
/// For each there is a run in which a node crashes and is started again, or a cable is pulled out and put back, and nothing else
/// on the timetable happens. Told are the requests and pings lost, the time without an answer, the time until a balancer
/// noticed, and the time to recover; and why, where that is not what `check` has on paper.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  switchlab drill lab.toml
  switchlab drill lab.toml --at 20s --gone 60s --after 60s
  switchlab drill lab.toml --pairs --json | jq '.failures[] | select(.clients[].outage == null)'

A client that has done all it had to do before the failure sees none: let it ask often enough.
Exit status: 0 done, whatever was lost; 2 a file or an argument is wrong; 3 the event budget of a run is exhausted.")]
pub(crate) struct Drill {
    /// The lab
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// When parts fail; by default after 10 s
    #[arg(long, value_name = "TIME", value_parser = scenario::duration)]
    pub(crate) at: Option<Duration>,

    /// How long they are gone; 30 s by default
    #[arg(long, value_name = "TIME", value_parser = scenario::duration)]
    pub(crate) gone: Option<Duration>,

    /// How long runs go on when they are back; 30 s by default
    #[arg(long, value_name = "TIME", value_parser = scenario::duration)]
    pub(crate) after: Option<Duration>,

    /// Let two parts at once fail as well, each with each; up to 2,000 pairs
    #[arg(long)]
    pub(crate) pairs: bool,

    /// Print one JSON object: lab, at, back, end and `failures`, a list of objects with nodes, links, clients, detected and
    /// recovered; a client has client, asked, lost, answered, first, last, outage, on_paper and because. Times are nanoseconds
    #[arg(long)]
    pub(crate) json: bool,
}
