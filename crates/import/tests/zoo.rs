//! Graphs of the Internet Topology Zoo (`zoo/README.md`): what is read is what falls apart as it should.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::Deserialize;
use switchlab_analysis::{UnGraph, cuts};
use switchlab_import::graphml::{self, LabError, Network, Node};
use switchlab_scenario::lab_from_toml;

/// What is known of a graph.
#[derive(Debug, PartialEq, Deserialize)]
struct Answer {
    nodes: usize,
    edges: usize,
    components: usize,
    cut_nodes: Vec<String>,
    bridges: Vec<[String; 2]>,
}

fn zoo(file: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/zoo")
        .join(file);
    fs::read_to_string(path).expect("it is in the zoo")
}

fn network(name: &str) -> Network {
    let file = format!("{name}.graphml");
    graphml::read(&zoo(&file), &file).expect("the zoo is GraphML")
}

fn answer(network: &Network) -> Answer {
    let mut graph = UnGraph::<&str, ()>::with_capacity(network.nodes.len(), network.edges.len());
    for node in &network.nodes {
        graph.add_node(&node.id);
    }
    for edge in &network.edges {
        let [a, b] = edge.ends.map(|end| (end as u32).into());
        graph.add_edge(a, b, ());
    }
    let found = cuts(&graph);
    let mut cut_nodes: Vec<_> = found
        .nodes
        .iter()
        .map(|node| graph[*node].to_owned())
        .collect();
    cut_nodes.sort();
    let mut bridges = Vec::new();
    for bridge in found.bridges {
        let (a, b) = graph.edge_endpoints(bridge).expect("it is in the graph");
        let mut ends = [a, b].map(|end| graph[end].to_owned());
        ends.sort();
        bridges.push(ends);
    }
    bridges.sort();
    Answer {
        nodes: network.nodes.len(),
        edges: network.edges.len(),
        components: found.components,
        cut_nodes,
        bridges,
    }
}

#[test]
fn every_graph_of_the_zoo_falls_apart_where_it_is_known_to() {
    let known: BTreeMap<String, Answer> =
        serde_json::from_str(&zoo("answers.json")).expect("answers");
    assert_eq!(known.len(), 30);
    for (name, expected) in known {
        assert_eq!(answer(&network(&name)), expected, "{name}");
    }
}

/// Labels, places and speeds are read where a graph has them.
#[test]
fn what_a_graph_tells_of_nodes_and_edges_is_read() {
    let esnet = network("Esnet");
    assert_eq!(esnet.name.as_deref(), Some("ESnet"));
    let vision = network("VisionNet");
    let glasgow = &vision.nodes[0];
    assert_eq!(
        (&*glasgow.id, glasgow.label.as_deref()),
        ("0", Some("Glasgow"))
    );
    let place = glasgow.place.expect("it has one");
    assert_eq!((place.latitude, place.longitude), (48.19696, -106.63671));
    assert_eq!(
        vision.nodes[10].place, None,
        "the network of somebody else stands nowhere"
    );
    let speeds: Vec<_> = network("Abilene")
        .edges
        .iter()
        .map(|edge| edge.speed)
        .collect();
    let geant: Vec<_> = network("Geant2012")
        .edges
        .iter()
        .filter_map(|edge| edge.speed)
        .collect();
    assert!(
        speeds.iter().all(Option::is_none),
        "labels such as \"OC-192c\" are no numbers"
    );
    assert!(geant.contains(&155e6) && geant.contains(&1e10), "{geant:?}");
}

/// Each graph that is not too large for a test of minutes becomes a lab whose farthest nodes talk, and falls apart as the graph does.
#[test]
fn every_graph_of_the_zoo_becomes_a_lab_that_runs() {
    let known: BTreeMap<String, Answer> =
        serde_json::from_str(&zoo("answers.json")).expect("answers");
    for (name, expected) in known {
        let imported = graphml::lab(&network(&name)).expect("it has nodes");
        let lab = lab_from_toml(&imported.lab, "lab.toml", None);
        let lab = lab.unwrap_or_else(|errors| panic!("{name}: {}", errors.render(false)));
        assert_eq!(
            lab.plan.nodes().len(),
            expected.nodes + 2,
            "{name}: two hosts beside its nodes"
        );
        assert_eq!(lab.plan.links().count(), expected.edges + 2, "{name}");
        let report = lab.run(&mut ()).expect("it runs");
        assert!(report.has_passed(), "{name}: {}", report.to_text(false));
    }
}

/// Delay is the way light takes, and speed what the graph gives.
#[test]
fn a_lab_has_the_delays_and_rates_of_its_graph() {
    let imported = graphml::lab(&network("Geant2012")).expect("it has nodes");
    assert!(imported.lab.contains("rate = \"155000000 bit/s\""));
    let text = "<graphml><key id='x' for='node' attr.name='Longitude'/><key id='y' for='node' attr.name='Latitude'/><graph>\
        <node id='a'><data key='x'>126.98</data><data key='y'>37.57</data></node>\
        <node id='b'><data key='x'>139.77</data><data key='y'>35.68</data></node>\
        <node id='b:'/><edge source='a' target='b'/><edge source='a' target='b:'/><edge source='a' target='a'/></graph></graphml>";
    let imported =
        graphml::lab(&graphml::read(text, "it").expect("GraphML")).expect("it has nodes");
    let lab = lab_from_toml(&imported.lab, "lab.toml", None).expect("it loads");
    let delays: Vec<_> = lab
        .plan
        .links()
        .map(|link| link.config.delay.as_micros())
        .collect();
    let mut sorted = delays.clone();
    sorted.sort_unstable();
    let [.., farthest] = &*sorted else {
        panic!("no links")
    };
    assert!(
        (5_780..5_800).contains(farthest),
        "1,159.6 km at 200,000 km/s: {delays:?}"
    );
    assert_eq!(
        imported.notes,
        [
            "edges from a node to itself are left out: 1",
            "links have a delay of 5 us, since the graph does not say where their ends stand: 1",
            "links have the rate that links have, 1 Gbit/s, since the graph gives none: 2",
        ]
    );
}

#[test]
fn what_makes_no_lab_is_refused() {
    let network = |nodes: usize| Network {
        nodes: (0..nodes)
            .map(|id| Node {
                id: id.to_string(),
                label: None,
                place: None,
            })
            .collect(),
        ..Network::default()
    };
    assert_eq!(graphml::lab(&network(0)), Err(LabError::Empty));
    let nodes = graphml::MOST_NODES + 1;
    assert_eq!(
        graphml::lab(&network(nodes)),
        Err(LabError::TooLarge { nodes })
    );
    let alone = graphml::lab(&network(1)).expect("one is enough");
    let lab = lab_from_toml(&alone.lab, "lab.toml", None).expect("it loads");
    assert!(
        lab.run(&mut ()).expect("it runs").has_passed(),
        "a host pings the only router"
    );
}
